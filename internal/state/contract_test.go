package state

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"go.etcd.io/etcd/server/v3/embed"
)

// opener opens the same state again and again.
type opener func(t *testing.T) *Store

func openDir(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, EdgeTTL: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cluster starts an etcd that listens on a unix socket, and opens stores over its endpoint.
func cluster(t *testing.T) opener {
	t.Helper()
	socket := url.URL{Scheme: "unix", Path: filepath.Join(shortDir(t), "etcd:1")}
	cfg := embedConfig(&Options{Dir: t.TempDir(), Log: discard()})
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{socket}, []url.URL{socket}
	server, err := embed.StartEtcd(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	<-server.Server.ReadyNotify()
	return func(t *testing.T) *Store {
		t.Helper()
		s, err := Open(t.Context(), Options{Endpoints: []string{"unix://" + socket.Path}, EdgeTTL: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	kinds := map[string]func(t *testing.T) opener{
		"embedded": func(t *testing.T) opener {
			dir := t.TempDir()
			return func(t *testing.T) *Store { return openDir(t, dir) }
		},
		"cluster": cluster,
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := kind(t)
			s := open(t)
			t.Run("transactions", func(t *testing.T) { testTransactions(t, s) })
			t.Run("conditions", func(t *testing.T) { testConditions(t, s) })
			t.Run("watch", func(t *testing.T) { testWatch(t, s) })
			t.Run("edges", func(t *testing.T) { testEdges(t, s) })
			t.Run("members", func(t *testing.T) { testMembers(t, s) })
			t.Run("large", func(t *testing.T) { testLarge(t, s) })
			testReopen(t, s, open)
		})
	}
}

func distribution(id string) *Distribution {
	return &Distribution{
		Meta:   Meta{ID: id, Created: time.Unix(1, 0).UTC(), Modified: time.Unix(2, 0).UTC()},
		Domain: id + ".cloudfront.localhost",
		Config: cloudfront.DistributionConfig{CallerReference: "ref-" + id, Comment: "é & <"},
	}
}

func mustCommit(t *testing.T, s *Store, t1 *Txn) int64 {
	t.Helper()
	rev, err := s.Commit(t.Context(), t1)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func wantConflict(t *testing.T, s *Store, txn *Txn, kind ConflictKind, key Key, value string) {
	t.Helper()
	_, err := s.Commit(t.Context(), txn)
	var c *ConflictError
	if !errors.As(err, &c) || c.Kind != kind || c.Key != key || value != "*" && c.Value != value {
		t.Fatalf("got %v (%+v), want kind %d on %s holding %q", err, c, kind, key, value)
	}
}

func testTransactions(t *testing.T, s *Store) {
	d := distribution("E1")
	var txn Txn
	txn.Create(d)
	txn.Claim(AliasKey("A.Example"), "E1")
	rev := mustCommit(t, s, &txn)

	got := &Distribution{Meta: Meta{ID: "E1"}}
	if err := s.Read(t.Context(), got); err != nil || got.Revision != rev || got.Config.Comment != d.Config.Comment {
		t.Fatalf("read %+v, %v", got, err)
	}
	if id, err := s.Holder(t.Context(), AliasKey("a.example")); err != nil || id != "E1" {
		t.Fatalf("alias held by %q, %v", id, err)
	}

	txn = Txn{}
	txn.Create(distribution("E2"))
	txn.Claim(AliasKey("a.example"), "E2")
	wantConflict(t, s, &txn, Exists, "alias/a.example", "E1")
	if err := s.Read(t.Context(), &Distribution{Meta: Meta{ID: "E2"}}); !errors.Is(err, ErrNotFound) {
		t.Fatalf("half a transaction happened: %v", err)
	}

	txn = Txn{}
	txn.Update(got)
	mustCommit(t, s, &txn)
	txn = Txn{}
	txn.Update(got)
	wantConflict(t, s, &txn, Changed, "config/distribution/E1", "*")
	txn = Txn{}
	txn.Delete(&Distribution{Meta: Meta{ID: "E9", Revision: 7}})
	wantConflict(t, s, &txn, Missing, "config/distribution/E9", "")

	if err := s.Read(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	txn = Txn{}
	txn.Delete(got)
	txn.Remove(AliasKey("a.example"))
	rev = mustCommit(t, s, &txn)
	c, err := s.Load(t.Context())
	if err != nil || len(c.Distributions) != 0 || c.Revision != rev {
		t.Fatalf("after removal: %+v, %v; want revision %d", c, err, rev)
	}
}

func testConditions(t *testing.T, s *Store) {
	var txn Txn
	txn.Create(&KeyGroup{Meta: Meta{ID: "g1"}})
	txn.Mark(ReferenceKey(KindPublicKey, "K1", "g1"), "")
	txn.Mark(ReferenceKey(KindPublicKey, "K1", "g2"), "")
	rev := mustCommit(t, s, &txn)

	txn = Txn{}
	txn.Require(RecordKey(KindKeyGroup, "g1"))
	txn.Require(RecordKey(KindPublicKey, "K1"))
	wantConflict(t, s, &txn, Missing, "config/public-key/K1", "")

	txn = Txn{}
	txn.RequireUnused(KindPublicKey, "K1")
	wantConflict(t, s, &txn, InUse, "ref/public-key/K1/g1", "")
	newest, err := s.Newest(t.Context(), RecordKey(KindPublicKey, "K1"), RecordKey(KindKeyGroup, "g1"), RecordKey(KindKeyGroup, "nope"))
	if none, _ := s.Newest(t.Context(), RecordKey(KindKeyGroup, "nope")); err != nil || newest == 0 || none != 0 {
		t.Errorf("newest of two is %d, of none %d, %v", newest, none, err)
	}
	users, err := s.Users(t.Context(), KindPublicKey, "K1")
	if err != nil || len(users) != 2 || users[1] != "g2" {
		t.Fatalf("users %v, %v", users, err)
	}

	txn = Txn{}
	txn.RequireUnused(KindPublicKey, "K") // a prefix of another id is not it
	txn.RequireNoneNewer(KindKeyGroup, rev)
	txn.RequireNoneNewer(KindKeyPair, 0)
	txn.Create(&KeyGroup{Meta: Meta{ID: "g2"}})
	mustCommit(t, s, &txn)
	txn = Txn{}
	txn.RequireNoneNewer(KindKeyGroup, rev)
	wantConflict(t, s, &txn, Changed, "config/key-group/", "*")

	groups, _, err := List[KeyGroup](t.Context(), s, "", Page{After: "g1", Limit: 5})
	if err != nil || len(groups) != 1 || groups[0].ID != "g2" {
		t.Fatalf("list %v, %v", groups, err)
	}
	var tags []string
	if rev, err := s.Value(t.Context(), TagsKey("arn"), &tags); rev != 0 || err != nil {
		t.Fatal(rev, err)
	}
}

func testWatch(t *testing.T, s *Store) {
	c, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan Batch, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, c.Observed, func(b Batch) error { seen <- b; return nil })
	}()
	var txn Txn
	inv := &Invalidation{Meta: Meta{ID: "I1"}, DistributionID: "E5"}
	txn.Create(inv)
	txn.Create(distribution("E5"))
	rev := mustCommit(t, s, &txn)
	b := <-seen
	if b.Revision != rev || len(b.Changes) != 2 || b.Changes[0].ID != "E5/I1" || b.Changes[1].Revision != rev {
		t.Fatalf("batch %+v", b)
	}
	c.Apply(b)
	txn = Txn{}
	inv.Revision = rev
	txn.Delete(inv)
	rev = mustCommit(t, s, &txn)
	c.Apply(<-seen)
	loaded, err := s.Load(t.Context())
	if err != nil || loaded.Revision != rev || c.Revision != rev {
		t.Fatalf("revisions %d and %d, want %d (%v)", loaded.Revision, c.Revision, rev, err)
	}
	if len(c.Invalidations) != 0 || c.Distributions["E5"] == nil {
		t.Fatalf("applied: %+v", c)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("watch ended with %v", err)
	}
	if _, err := s.client.Compact(t.Context(), rev); err != nil {
		t.Fatal(err)
	}
	if err := s.Watch(t.Context(), rev-2, func(Batch) error { return nil }); !errors.Is(err, ErrCompacted) {
		t.Fatalf("watch from a compacted revision: %v", err)
	}
}

func testEdges(t *testing.T, s *Store) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	h, err := s.KeepEdge(ctx, Edge{ID: "e1", POP: "LCL50-C1", Applied: 3})
	if err != nil {
		t.Fatal(err)
	}
	edges, members, rev, err := s.Edges(ctx)
	if err != nil || len(edges) != 1 || edges[0].Applied != 3 || len(members) != 1 || members[0].POP != "LCL50-C1" || members[0].Applied != 3 {
		t.Fatalf("edges %+v %+v, %v", edges, members, err)
	}
	events := make(chan EdgeEvent, 100)
	go s.WatchEdges(ctx, rev, func(evs []EdgeEvent) error {
		for _, ev := range evs {
			events <- ev
		}
		return nil
	})
	h.Applied(4)
	if ev := <-events; ev.Edge == nil || ev.Edge.Applied != 4 {
		t.Fatalf("event %+v", ev)
	}
	for i := int64(5); i <= 200; i++ {
		h.Applied(i)
	}
	writes := 0
	for ev := range events {
		writes++
		if ev.Edge.Applied == 200 {
			break
		}
	}
	if writes > 20 {
		t.Errorf("%d writes for a burst of reports", writes)
	}
	// A lost lease is noticed and the record written again.
	resp, err := s.kv.Get(ctx, "edge/e1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Revoke(ctx, leaseOf(resp)); err != nil {
		t.Fatal(err)
	}
	for ev := range events {
		if ev.Edge != nil {
			break
		}
	}
	h.Close()
	for ev := range events {
		if ev.Edge == nil && !ev.OfMember {
			break
		}
	}
}

// What is kept of an edge outlives its lease, is noted and forgotten only while the edge is away,
// and is as new when it returns.
func testMembers(t *testing.T, s *Store) {
	ctx := t.Context()
	edge := Edge{ID: "m1", Applied: 7, MaxAge: time.Hour}
	h, err := s.KeepEdge(ctx, edge)
	if err != nil {
		t.Fatal(err)
	}
	member := func() *Member {
		t.Helper()
		_, members, _, err := s.Edges(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if m.ID == "m1" {
				return m
			}
		}
		return nil
	}
	conflict := func(what string, err error) {
		t.Helper()
		if _, ok := errors.AsType[*ConflictError](err); !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	left := time.Unix(1000, 0).UTC()
	m := member()
	if m == nil || m.Edge.MaxAge != time.Hour || m.Left != nil || m.Until() != nil || m.Passed(left) {
		t.Fatalf("%+v", m)
	}
	m.Left = &left
	conflict("noted while live", s.PutMember(ctx, m))
	conflict("forgotten while live", s.ForgetMember(ctx, m))
	h.Close()
	if err := s.PutMember(ctx, m); err != nil {
		t.Fatal(err)
	}
	conflict("noted twice", s.PutMember(ctx, m))
	m = member()
	if !m.Left.Equal(left) || !m.Until().Equal(left.Add(time.Hour)) || m.Passed(left.Add(time.Hour)) || !m.Passed(left.Add(time.Hour+1)) || m.Applied != 7 {
		t.Fatalf("%+v", m)
	}
	if h, err = s.KeepEdge(ctx, edge); err != nil {
		t.Fatal(err)
	}
	if m = member(); m.Left != nil {
		t.Errorf("returned: %+v", m)
	}
	h.Close()
	if err := s.ForgetMember(ctx, m); err != nil || member() != nil {
		t.Errorf("forgotten: %v, %+v", err, member())
	}
	conflict("forgotten twice", s.ForgetMember(ctx, m))

	var handles []*EdgeHandle
	for _, id := range []string{"m1", "m2", "m3"} {
		h, err := s.KeepEdge(ctx, Edge{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, h)
	}
	for range 2 {
		if err := s.ForgetOtherEdges(ctx, "m1"); err != nil {
			t.Fatal(err)
		}
	}
	if edges, members, _, err := s.Edges(ctx); err != nil || len(edges) != 1 || len(members) != 1 || edges[0].ID != "m1" {
		t.Errorf("%+v %+v %v", edges, members, err)
	}
	for _, h := range handles {
		h.Close()
	}
}

func testLarge(t *testing.T, s *Store) {
	var txn Txn
	txn.Create(distribution("E7"))
	for i := range 1000 {
		txn.Claim(AliasKey("n"+string(rune('0'+i%10))+filepath.Base(t.Name())+time.Duration(i).String()), "E7")
	}
	mustCommit(t, s, &txn)
	txn = Txn{}
	for i := range maxTxnOps + 1 {
		txn.Require(Key(time.Duration(i).String()))
	}
	if _, err := s.Commit(t.Context(), &txn); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("too many operations: %v", err)
	}
}

func testReopen(t *testing.T, s *Store, open opener) {
	before, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Health(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Watch(t.Context(), before.Observed, func(Batch) error { return nil }) }()
	if _, err := s.KeepEdge(t.Context(), Edge{ID: "kept"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) && !errors.Is(err, ErrCompacted) {
		t.Fatalf("watch of a closed store: %v", err)
	}
	s = open(t)
	defer s.Close()
	after, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if edges, members, _, err := s.Edges(t.Context()); err != nil || len(edges) != 0 || len(members) != 2 { // m1 and kept
		t.Fatalf("edges of a closed store: %v %v, %v", edges, members, err)
	}
	if after.Revision != before.Revision || after.ClusterID != before.ClusterID || after.ClusterID == "" ||
		len(after.Distributions) != len(before.Distributions) || len(after.KeyGroups) != 2 {
		t.Fatalf("reopened: %+v, had %+v", after, before)
	}
}

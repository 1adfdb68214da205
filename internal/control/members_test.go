package control

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// fleetOf is a control with a live edge "live" and a movable clock, and the means to bring and
// take away others.
type fleetOf struct {
	*Control
	t     *testing.T
	clock interface{ Add(int64) int64 }
	key   string
}

func newFleetOf(t *testing.T) *fleetOf {
	t.Helper()
	clock, options := movable(time.Minute)
	c := start(t, options)
	startEdge(t, c.store, "live")
	return &fleetOf{Control: c, t: t, clock: clock, key: c.mustKey(t, "k")}
}

// leaves has an edge be live and go away, and waits until that has been noted.
func (f *fleetOf) leaves(id string, maxAge time.Duration) {
	f.t.Helper()
	h, err := f.store.KeepEdge(f.t.Context(), state.Edge{ID: id, MaxAge: maxAge})
	must(f.t, err)
	awaitEdges(f.t, f.Control, 2)
	h.Close()
	f.awaitAbsent(id, func(m *state.Member) bool { return m != nil && m.Left != nil })
}

func (f *fleetOf) awaitAbsent(id string, ok func(*state.Member) bool) {
	f.t.Helper()
	eventually(f.t, f.Control, func() bool {
		_, absent, err := f.Edges(f.t.Context())
		must(f.t, err)
		i := slices.IndexFunc(absent, func(m *state.Member) bool { return m.ID == id })
		if i < 0 {
			return ok(nil)
		}
		return ok(absent[i])
	})
}

func (f *fleetOf) revoke() *state.Revocation {
	f.t.Helper()
	r, err := f.CreateRevocation(f.t.Context(), &RevocationConfig{KeyID: f.key, Until: f.o.Now().Add(1000 * time.Hour)})
	must(f.t, err)
	if !f.InForce(r.Revision) {
		f.t.Error("not in force on the live edge")
	}
	return r
}

func (f *fleetOf) receipt(kind state.Kind, id string) Receipt {
	f.t.Helper()
	receipts, err := f.Receipts(f.t.Context(), kind, id)
	must(f.t, err)
	return receipts[0]
}

func (f *fleetOf) awaitReceipt(r *state.Revocation, ok func(Receipt) bool) (last Receipt) {
	f.t.Helper()
	eventually(f.t, f.Control, func() bool {
		last = f.receipt(state.KindRevocation, r.ID)
		return ok(last)
	})
	return last
}

func completedReceipt(r Receipt) bool { return r.Completed != nil }

func waitingFor(r Receipt) (ids []string) {
	for _, m := range r.Waiting {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	return ids
}

// A revocation waits for absent edges until they return, have passed their time, or are
// forgotten; a deployment names them and waits for live ones only.
func TestReceiptsWaitForAbsentEdges(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t)
	ctx := t.Context()
	f.leaves("day", 24*time.Hour)
	f.clock.Add(3600)
	f.leaves("ever", 0)
	f.leaves("back", 24*time.Hour)

	d, _ := f.mustCreate(t, s3Config("d"))
	got, _, err := f.Distribution(ctx, d.Id)
	if err != nil || got.Status != deployed {
		t.Fatal(got, err)
	}
	plain := f.receipt(state.KindDistribution, d.Id)
	if plain.Strict || plain.Completed == nil || !slices.Equal(plain.Absent, []string{"back", "day", "ever"}) || len(plain.Waiting) > 0 {
		t.Errorf("deployed: %+v", plain)
	}

	r := f.revoke()
	got1 := f.receipt(state.KindRevocation, r.ID)
	if !got1.Strict || got1.Completed != nil || len(got1.Edges) != 1 || !slices.Equal(waitingFor(got1), []string{"back", "day", "ever"}) {
		t.Fatalf("revoked: %+v", got1)
	}
	stop := startEdge(t, f.store, "back")
	got1 = f.awaitReceipt(r, func(r Receipt) bool { return len(r.Waiting) == 2 })
	if len(got1.Edges) != 2 || !slices.Equal(got1.Absent, []string{"day", "ever"}) || got1.Completed != nil {
		t.Errorf("one has returned: %+v", got1)
	}
	stop() // it serves the change, whether it is there or not
	f.awaitAbsent("back", func(m *state.Member) bool { return m != nil && m.Left != nil && m.Applied >= r.Revision })

	f.clock.Add(24*3600 - 3600) // exactly its age: it still admits
	if got1 = f.receipt(state.KindRevocation, r.ID); !slices.Equal(waitingFor(got1), []string{"day", "ever"}) {
		t.Errorf("a moment before: %+v", got1)
	}
	f.clock.Add(1)
	f.fleet.wake() // as the bookkeeper's timer does
	got1 = f.awaitReceipt(r, func(r Receipt) bool { return len(r.Waiting) == 1 })
	if got1.Completed != nil || waitingFor(got1)[0] != "ever" {
		t.Errorf("one has passed its time: %+v", got1)
	}
	must(t, f.ForgetEdge(ctx, "ever"))
	got1 = f.awaitReceipt(r, completedReceipt)
	if !slices.Equal(got1.Absent, []string{"day", "ever"}) || !got1.Completed.Equal(f.o.Now()) {
		t.Errorf("completed: %+v", got1)
	}
	awaitStored(t, f.Control, state.ReceiptPrefix(state.KindRevocation, r.ID))
}

// The bookkeeper's own timer ends the waiting.
func TestAbsentEdgesPassByTimer(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	startEdge(t, c.store, "live")
	f := &fleetOf{Control: c, t: t, key: c.mustKey(t, "k")}
	f.leaves("short", 2*time.Second)
	r := f.revoke() // it may have passed its time by now
	f.awaitReceipt(r, completedReceipt)
}

// Who is waited for, and until when, is known after a restart of control: also of edges that
// left while nobody looked.
func TestReceiptsWaitOverARestart(t *testing.T) {
	t.Parallel()
	clock, options := movable(-1)
	s := openStore(t, t.TempDir())
	t.Cleanup(func() { s.Close() })
	ctx := t.Context()
	first, stop := runOn(t, s, options)
	f := &fleetOf{Control: first, t: t, clock: clock, key: first.mustKey(t, "k")}
	live, err := s.KeepEdge(ctx, state.Edge{ID: "live"})
	must(t, err)
	awaitEdges(t, first, 1)
	f.leaves("absent", time.Hour)
	unseen, err := s.KeepEdge(ctx, state.Edge{ID: "unseen", MaxAge: time.Hour})
	must(t, err)
	awaitEdges(t, first, 2)
	r, err := first.CreateRevocation(ctx, &RevocationConfig{KeyID: f.key, Until: f.o.Now().Add(1000 * time.Hour)})
	must(t, err)
	stop()
	unseen.Close()
	live.Applied(r.Revision)
	clock.Add(600)

	f.Control = startOn(t, s, options)
	f.awaitAbsent("unseen", func(m *state.Member) bool { return m != nil && m.Left != nil && m.Left.Equal(f.o.Now()) })
	got := f.awaitReceipt(r, func(r Receipt) bool { return len(r.Edges) == 1 })
	if got.Completed != nil || !got.Strict || !slices.Equal(waitingFor(got), []string{"absent", "unseen"}) {
		t.Fatalf("after a restart: %+v", got)
	}
	clock.Add(3001)
	f.fleet.wake()
	if got = f.awaitReceipt(r, func(r Receipt) bool { return len(r.Waiting) < 2 }); !slices.Equal(waitingFor(got), []string{"unseen"}) {
		t.Errorf("the first has passed: %+v", got)
	}
	clock.Add(600)
	f.fleet.wake()
	f.awaitReceipt(r, completedReceipt)
	live.Close()
}

func TestForgetEdge(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t)
	ctx := t.Context()
	wantCode(t, f.ForgetEdge(ctx, "live"), "EdgeIsLive", 409)
	wantCode(t, f.ForgetEdge(ctx, "nobody"), "NoSuchEdge", 404)
	f.leaves("gone", 0)
	must(t, f.ForgetEdge(ctx, "gone"))
	wantCode(t, f.ForgetEdge(ctx, "gone"), "NoSuchEdge", 404)
	f.leaves("gone", 0) // it may come back as a new one
}

// What takes access away is strict, what gives it is not.
func TestWhatTakesAccessAwayIsStrict(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t)
	ctx := t.Context()
	strict := func(what string, want bool, kind state.Kind, id string) {
		t.Helper()
		if r := f.receipt(kind, id); r.Strict != want {
			t.Errorf("%s: strict %v", what, r.Strict)
		}
	}
	one, two := f.mustKey(t, "one"), f.mustKey(t, "two")
	group, etag := f.mustGroup(t, "g", one)
	update := func(keys ...string) {
		t.Helper()
		_, next, err := f.UpdateKeyGroup(ctx, group, etag, &cloudfront.KeyGroupConfig{Name: "g", Items: keys})
		must(t, err)
		etag = next
	}
	update(one, two)
	strict("a key added", false, state.KindKeyGroup, group)
	update(two)
	strict("a key removed", true, state.KindKeyGroup, group)

	pair, err := f.CreateKeyPair(ctx, publicKeyPEM(t))
	must(t, err)
	strict("a key pair made", false, state.KindKeyPair, pair.ID)
	for _, active := range []bool{false, true} {
		_, err = f.ActivateKeyPair(ctx, pair.ID, active)
		must(t, err)
		strict("a key pair (de)activated", !active, state.KindKeyPair, pair.ID)
	}
	k, err := f.Rotate(ctx, pair.ID, publicKeyPEM(t), nil)
	must(t, err)
	_, err = f.FinishRotation(ctx, pair.ID, true)
	must(t, err)
	strict("a rotation finished", true, state.KindKeyPair, pair.ID)
	must(t, f.DeleteKeyPair(ctx, pair.ID))
	strict("an inactive key pair deleted", false, state.KindKeyPair, pair.ID)
	must(t, f.DeleteKeyPair(ctx, k.Rotation.New))
	strict("an active key pair deleted", true, state.KindKeyPair, k.Rotation.New)

	r := f.revoke()
	must(t, f.DeleteRevocation(ctx, r.ID))
	strict("a revocation taken back", false, state.KindRevocation, r.ID)
}

func TestNarrows(t *testing.T) {
	t.Parallel()
	restricted := func(cfg *cloudfront.DistributionConfig) {
		cfg.DefaultCacheBehavior.TrustedKeyGroups = &cloudfront.TrustedKeyGroups{Enabled: true, Quantity: 2, Items: []string{"g1", "g2"}}
	}
	behavior := func(patterns ...string) func(*cloudfront.DistributionConfig) {
		return func(cfg *cloudfront.DistributionConfig) {
			cfg.CacheBehaviors = &cloudfront.CacheBehaviors{Quantity: int64(len(patterns))}
			for _, p := range patterns {
				cfg.CacheBehaviors.Items = append(cfg.CacheBehaviors.Items, cloudfront.CacheBehavior{PathPattern: p, TargetOriginId: "o1", ViewerProtocolPolicy: "allow-all"})
			}
		}
	}
	methods := func(items ...cloudfront.Method) func(*cloudfront.DistributionConfig) {
		return func(cfg *cloudfront.DistributionConfig) {
			cfg.DefaultCacheBehavior.AllowedMethods = &cloudfront.AllowedMethods{Quantity: int64(len(items)), Items: items}
		}
	}
	aliases := func(items ...string) func(*cloudfront.DistributionConfig) {
		return func(cfg *cloudfront.DistributionConfig) { cfg.Aliases = &cloudfront.Aliases{Items: items} }
	}
	signers := func(cfg *cloudfront.DistributionConfig) {
		cfg.DefaultCacheBehavior.TrustedSigners = &cloudfront.TrustedSigners{Enabled: true, Quantity: 1, Items: []string{"self"}}
	}
	lessGroups := func(cfg *cloudfront.DistributionConfig) {
		cfg.DefaultCacheBehavior.TrustedKeyGroups = &cloudfront.TrustedKeyGroups{Enabled: true, Quantity: 1, Items: []string{"g2"}}
	}
	disabled := func(cfg *cloudfront.DistributionConfig) { cfg.Enabled = false }
	https := func(cfg *cloudfront.DistributionConfig) { cfg.DefaultCacheBehavior.ViewerProtocolPolicy = "https-only" }
	comment := func(cfg *cloudfront.DistributionConfig) { cfg.Comment = "x" }
	none := func(*cloudfront.DistributionConfig) {}
	for name, tc := range map[string]struct {
		before, now func(*cloudfront.DistributionConfig)
		want        bool
	}{
		"nothing":               {none, none, false},
		"the comment":           {none, comment, false},
		"disabled":              {none, disabled, true},
		"enabled":               {disabled, none, false},
		"disabled, restricted":  {disabled, with2(disabled, restricted), false},
		"restricted":            {none, restricted, true},
		"public":                {restricted, none, false},
		"a group less":          {restricted, lessGroups, true},
		"a group more":          {lessGroups, restricted, false},
		"other signers":         {restricted, signers, true},
		"signers too":           {restricted, with2(restricted, signers), false},
		"https only":            {none, https, true},
		"clear text again":      {https, none, false},
		"a method less":         {methods("GET", "HEAD", "OPTIONS"), methods("GET", "HEAD"), true},
		"a method more":         {methods("GET", "HEAD"), methods("GET", "HEAD", "OPTIONS"), false},
		"an alias less":         {aliases("a.example", "b.example"), aliases("b.example"), true},
		"an alias more":         {none, aliases("b.example"), false},
		"a behavior more":       {none, behavior("/a"), true},
		"behaviors in exchange": {behavior("/a", "/b"), behavior("/b", "/a"), true},
		"the same behaviors":    {behavior("/a", "/b"), behavior("/a", "/b"), false},
	} {
		before, now := with(s3Config("d"), tc.before), with(s3Config("d"), tc.now)
		cloudfront.SetDefaults(before)
		cloudfront.SetDefaults(now)
		if got := narrows(before, now); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func with2(a, b func(*cloudfront.DistributionConfig)) func(*cloudfront.DistributionConfig) {
	return func(cfg *cloudfront.DistributionConfig) {
		a(cfg)
		b(cfg)
	}
}

// What is kept of old edges, and what they have seen, goes when nobody can need it.
func TestSweepOfEdgesAndRotations(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t)
	ctx := t.Context()
	f.leaves("day", 24*time.Hour)
	f.leaves("ever", 0)
	now := f.o.Now()
	for edge, expiry := range map[string]time.Time{"live": now, "day": now.Add(time.Hour), "links": now.Add(10000 * time.Hour)} {
		u := &state.Usage{Edge: edge, Since: now, Keys: map[string]*state.KeyUsage{}}
		u.Add(f.key, 1, now, expiry, now)
		must(t, f.store.PutUsage(ctx, u))
	}
	old, err := f.CreateKeyPair(ctx, publicKeyPEM(t))
	must(t, err)
	k, err := f.Rotate(ctx, old.ID, publicKeyPEM(t), nil)
	must(t, err)
	_, err = f.FinishRotation(ctx, old.ID, true)
	must(t, err)
	must(t, f.DeleteKeyPair(ctx, old.ID))
	_, err = f.Rotate(ctx, k.Rotation.New, publicKeyPEM(t), nil) // stays under way
	must(t, err)

	kept := func(what string, edges, usages, rotations []string) {
		t.Helper()
		must(t, f.Sweep(ctx))
		_, absent, err := f.Edges(ctx)
		must(t, err)
		us, err := f.store.Usages(ctx)
		must(t, err)
		rs, err := f.store.Rotations(ctx)
		must(t, err)
		got := [3][]string{}
		for _, m := range absent {
			got[0] = append(got[0], m.ID)
		}
		for _, u := range us {
			got[1] = append(got[1], u.Edge)
		}
		for _, r := range rs {
			got[2] = append(got[2], r.Old)
		}
		for i, want := range [][]string{edges, usages, rotations} {
			slices.Sort(want)
			slices.Sort(got[i])
			if !slices.Equal(got[i], want) {
				t.Errorf("%s: kept %v, want %v", what, got[i], want)
			}
		}
	}
	const day = 24 * 3600
	f.clock.Add(29 * day)
	kept("within retention", []string{"day", "ever"}, []string{"day", "links", "live"}, []string{old.ID, k.Rotation.New})
	f.clock.Add(2 * day)
	kept("past it", []string{"ever"}, []string{"links", "live"}, []string{k.Rotation.New})
	f.clock.Add(1000 * day)
	kept("much later", []string{"ever"}, []string{"live"}, []string{k.Rotation.New})
}

// A receipt whose control has gone is taken up by another one.
func TestSweepTakesUpReceipts(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t)
	r := &state.Receipt{Kind: state.KindKeyPair, RecordID: "other", ID: "1", Action: state.Created, At: f.o.Now()}
	var txn state.Txn
	txn.Put(r.Key(), r)
	rev, err := f.store.Commit(t.Context(), &txn)
	must(t, err)
	f.mustKey(t, "later") // the edge passes the receipt's revision
	eventually(t, f.Control, func() bool { return f.fleet.applied(rev) })
	must(t, f.Sweep(t.Context()))
	if got := f.receipt(r.Kind, r.RecordID); got.Completed != nil {
		t.Errorf("taken up at once: %+v", got)
	}
	f.clock.Add(61)
	must(t, f.Sweep(t.Context()))
	awaitStored(t, f.Control, state.ReceiptPrefix(r.Kind, r.RecordID))
}

// A member whose notes cannot be written is tried again.
func TestNoteLeftIgnoresWhoeverWasFirst(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t)
	f.leaves("gone", 0)
	_, absent, err := f.Edges(t.Context())
	must(t, err)
	stale := *absent[0]
	stale.Revision--
	err = f.store.PutMember(t.Context(), &stale)
	if _, ok := errors.AsType[*state.ConflictError](err); !ok {
		t.Errorf("a stale note: %v", err)
	}
	if !f.noteLeft(t.Context()) || !f.writeReceipts(t.Context()) {
		t.Error("the books are not in order")
	}
}

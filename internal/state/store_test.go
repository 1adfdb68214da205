package state

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func leaseOf(resp *clientv3.GetResponse) clientv3.LeaseID { return clientv3.LeaseID(resp.Kvs[0].Lease) }

func TestETag(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, rev := range []int64{1, 2, 3, 1000, 1<<40 + 5, 1<<48 - 1} {
		tag := ETag(rev)
		if got, ok := ParseETag(tag); !ok || got != rev || len(tag) != 14 || tag[0] != 'E' || seen[tag] {
			t.Errorf("ETag(%d) = %s, parsed %d %v", rev, tag, got, ok)
		}
		seen[tag] = true
	}
	for _, bad := range []string{"", "E", "E2QWRUHAPOMQZL", "E2QWRUHEXAMPLE", "EAAAAAAAAAAAAA", ETag(1) + "A", "*", "E222222\n222222", "E2222222\xff00000", ETag(-1), ETag(1 << 48)} {
		if rev, ok := ParseETag(bad); ok {
			t.Errorf("ParseETag(%q) = %d", bad, rev)
		}
	}
}

func FuzzParseETag(f *testing.F) {
	f.Add(ETag(7))
	f.Fuzz(func(t *testing.T, s string) {
		if rev, ok := ParseETag(s); ok && ETag(rev) != s {
			t.Errorf("%q parsed as %d, which is %q", s, rev, ETag(rev))
		}
	})
}

func TestConfigJSON(t *testing.T) {
	t.Parallel()
	c := NewConfig("cluster")
	d, inv := distribution("E1"), &Invalidation{Meta: Meta{ID: "I1", Revision: 8}, DistributionID: "E1"}
	d.Revision, d.OriginSecret = 7, []byte{1, 2, 3}
	c.Apply(Batch{Revision: 8, Observed: 12, Changes: []Change{
		{Kind: KindDistribution, ID: "E1", Revision: 7, Record: d},
		{Kind: KindInvalidation, ID: "E1/I1", Revision: 8, Record: inv},
		{Kind: KindKeyPair, ID: "APKA1", Record: &KeyPair{Meta: Meta{ID: "APKA1"}, Active: true}},
		{Kind: KindKeyGroup, ID: "gone"},
		{Kind: KindCachePolicy, ID: "c", Record: &CachePolicy{Meta: Meta{ID: "c"}, Config: cloudfront.CachePolicyConfig{Name: "c", MinTTL: 1}}},
		{Kind: KindOriginRequestPolicy, ID: "o", Record: &OriginRequestPolicy{Meta: Meta{ID: "o"}}},
		{Kind: KindResponseHeadersPolicy, ID: "r", Record: &ResponseHeadersPolicy{Meta: Meta{ID: "r"}}},
		{Kind: KindRevocation, ID: "R1", Revision: 8, Record: &Revocation{Meta: Meta{ID: "R1", Revision: 8}, Cut: true, OfKey: &RevokedKey{KeyID: "K1", Fingerprint: []byte{1}}}},
	}})
	c.revoked.forget(c.Revision) // the log of changes is not kept
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Config
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, &back) {
		t.Fatalf("%s\nread back as %+v", b, back)
	}
	if err := json.Unmarshal([]byte(`{"version":9}`), &back); !errors.Is(err, ErrDamaged) {
		t.Fatalf("a later version: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	s := openDir(t, dir)
	wantOpenError(t, Options{Dir: dir}, ErrLocked, "state directory "+dir+" is in use by another process")
	s.Close()

	s, err := Open(t.Context(), Options{Dir: dir, AccountID: "111122223333"})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	wantOpenError(t, Options{Dir: dir, AccountID: "999999999999"}, ErrAccount, "")

	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, Options{Dir: file}, ErrUnwritable, "")
	wantOpenError(t, Options{Dir: filepath.Join(file, "sub")}, ErrUnwritable, "")

	damage(t, filepath.Join(dir, "etcd", "member", "snap", "db"))
	wantOpenError(t, Options{Dir: dir}, ErrDamaged, "")
}

func TestDamagedLog(t *testing.T) {
	t.Parallel()
	dir := shortDir(t) // etcd's goroutines outlive the failure and may still write here
	openDir(t, dir).Close()
	wals, err := filepath.Glob(filepath.Join(dir, "etcd", "member", "wal", "*.wal"))
	if err != nil || len(wals) == 0 {
		t.Fatal(wals, err)
	}
	damage(t, wals[0])
	wantOpenError(t, Options{Dir: dir}, ErrDamaged, "")
}

func wantOpenError(t *testing.T, o Options, kind error, text string) {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, kind) || text != "" && err.Error() != text {
		t.Errorf("Open gave %v, want %v", err, kind)
	}
}

// damage overwrites the beginning of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	junk := make([]byte, 64<<10)
	for i := range junk {
		junk[i] = byte(i*7 + 1)
	}
	if _, err := f.WriteAt(junk, 0); err != nil {
		t.Fatal(err)
	}
}

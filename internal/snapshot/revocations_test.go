package snapshot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

var revokedAt = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// revoking is a configuration whose revocations change.
type revoking struct {
	t    testing.TB
	cfg  *state.Config
	last *Snapshot
}

func newRevoking(t testing.TB) *revoking { return &revoking{t: t, cfg: state.NewConfig("c")} }

// change applies and compiles; nil records are removals.
func (r *revoking) change(records map[string]*state.Revocation) {
	r.t.Helper()
	b := state.Batch{Revision: r.cfg.Revision + 1}
	for id, rec := range records {
		ch := state.Change{Kind: state.KindRevocation, ID: id, Revision: b.Revision}
		if rec != nil {
			rec.ID, rec.Revision = id, b.Revision
			ch.Record = rec
		}
		b.Changes = append(b.Changes, ch)
	}
	r.cfg.Apply(b)
	s, err := Compile(r.cfg, r.last, Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.last = s
}

func newPublic(t testing.TB) *signedurl.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := signedurl.NewPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func ofPolicy(key *signedurl.PublicKey, until time.Time, texts ...string) *state.Revocation {
	f := key.Fingerprint()
	r := &state.Revocation{Until: until, OfPolicy: &state.RevokedPolicy{Fingerprint: f[:]}}
	for _, text := range texts {
		sum := sha256.Sum256([]byte(text))
		r.OfPolicy.Texts = append(r.OfPolicy.Texts, sum[:])
	}
	return r
}

func ofKey(key *signedurl.PublicKey, until time.Time, by *time.Time) *state.Revocation {
	f := key.Fingerprint()
	return &state.Revocation{Until: until, OfKey: &state.RevokedKey{Fingerprint: f[:], ExpiringBy: by}}
}

func ofPath(path string, until time.Time) *state.Revocation {
	return &state.Revocation{Until: until, OfResource: &state.RevokedResource{DistributionID: "E1", Path: path}}
}

func found(r *state.Revocation) string {
	if r == nil {
		return ""
	}
	return r.ID
}

func TestRevokedSignatures(t *testing.T) {
	t.Parallel()
	r := newRevoking(t)
	one, two := newPublic(t), newPublic(t)
	hour, day := revokedAt.Add(time.Hour), revokedAt.Add(24*time.Hour)
	signed := func(key *signedurl.PublicKey, text, alt string, expires time.Time) *Signed {
		s := &Signed{Key: key, Policy: []byte(text), Expires: expires}
		if alt != "" {
			s.AltPolicy = []byte(alt)
		}
		return s
	}
	check := func(name string, s *Signed, now time.Time, cut bool, want string) {
		t.Helper()
		if got := found(r.last.RevokedSignature(s, now, cut)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	r.change(nil)
	check("nothing is revoked", signed(one, "p", "", hour), revokedAt, false, "")

	r.change(map[string]*state.Revocation{"R1": ofPolicy(one, hour, "p", "p without port")})
	check("the policy", signed(one, "p", "", hour), revokedAt, false, "R1")
	check("under the other spelling", signed(one, "p:443", "p without port", hour), revokedAt, false, "R1")
	check("of another key", signed(two, "p", "", hour), revokedAt, false, "")
	check("another policy", signed(one, "q", "", hour), revokedAt, false, "")
	check("once it is over", signed(one, "p", "", hour), hour, false, "")
	check("it does not cut", signed(one, "p", "", hour), revokedAt, true, "")

	by := revokedAt.Add(2 * time.Hour)
	r.change(map[string]*state.Revocation{"R2": ofKey(two, day, &by)})
	check("expires in time", signed(two, "x", "", by), revokedAt, false, "R2")
	check("expires later", signed(two, "x", "", by.Add(time.Second)), revokedAt, false, "")
	check("the first is still there", signed(one, "p", "", hour), revokedAt, false, "R1")
	all := ofKey(two, hour, nil)
	all.Cut = true
	r.change(map[string]*state.Revocation{"R3": all})
	check("the whole key", signed(two, "x", "", day), revokedAt, false, "R3")
	check("the longer one is told", signed(two, "x", "", by), revokedAt, false, "R2")
	check("the one that cuts", signed(two, "x", "", by), revokedAt, true, "R3")
	if r.last.LastCut() != r.cfg.Revision {
		t.Errorf("last cut %d", r.last.LastCut())
	}
	r.change(map[string]*state.Revocation{"R1": nil, "R3": nil})
	check("deleted", signed(one, "p", "", hour), revokedAt, false, "")
	check("deleted, the other stays", signed(two, "x", "", by), revokedAt, false, "R2")
	check("deleted, all of it", signed(two, "x", "", day), revokedAt, false, "")
	r.change(map[string]*state.Revocation{"R2": nil})
	if s := &r.last.revoked; s.keys.size != 0 || s.policies.size != 0 || s.expiries.size != 0 || s.records.size != 0 || len(s.paths) != 0 {
		t.Errorf("something is left: %+v", s)
	}
}

func TestRevokedPaths(t *testing.T) {
	t.Parallel()
	r := newRevoking(t)
	d, until := &Distribution{ID: "E1", DefaultRootObject: "index.html"}, revokedAt.Add(time.Hour)
	r.change(map[string]*state.Revocation{
		"film": ofPath("/film/*", until), "exact": ofPath("/one.txt", until), "coffee": ofPath("/caf%C3%A9*", until), "dots": ofPath("/d/.*", until),
		"root": ofPath("/index.html", until), "percent": ofPath("/100%25", until), "short": ofPath("/fi", until), "slashes": ofPath("/a//b/../c", until),
	})
	for path, want := range map[string]string{
		"/film/": "film", "/film/a/b": "film", "/film": "", "/films": "", "//film/a": "film", "/%66ilm/a": "film", "/x/../film/a": "film", "/film%2fa": "film",
		"/film%252Fa": "film", `/film\a`: "film", "/Film/a": "", "/x/..;/film/a": "film", "/film;v=1/a": "film",
		"/one.txt": "exact", "/one.txt2": "", "/one.txt/": "exact", "/one.tx": "", "/one%2Etxt": "exact", "/./one.txt": "exact", "/one.txt%00.jpg": "exact",
		"/caf%c3%a9": "coffee", "/caf\xc3\xa9s": "coffee", "/cafe": "",
		"/d/.hidden": "dots", "/d/seen": "", "/": "root", "/index.html": "root", "/%2e/": "root", "/100%25": "percent", "/100%": "percent", "/fi": "short", "/f": "", "/fil": "",
		"/a/c": "slashes", "/a//b/../c": "slashes", "/%" + strings.Repeat("25", 90) + "66ilm": "any",
	} {
		got := found(r.last.RevokedPath(d, path, revokedAt, false))
		if want == "any" && got != "" {
			continue
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for name, got := range map[string]*state.Revocation{
		"another distribution": r.last.RevokedPath(&Distribution{ID: "E2"}, "/film/a", revokedAt, false),
		"later":                r.last.RevokedPath(d, "/film/a", until, false),
		"not to be cut":        r.last.RevokedPath(d, "/film/a", revokedAt, true),
		"no root object":       r.last.RevokedPath(&Distribution{ID: "E1"}, "/", revokedAt, false),
	} {
		if got != nil {
			t.Errorf("%s: %s", name, got.ID)
		}
	}
}

// TestPathTreeIsItsModel changes a tree at random and compares it with a plain list. Older
// trees must not change.
func TestPathTreeIsItsModel(t *testing.T) {
	t.Parallel()
	rnd := mathrand.New(mathrand.NewPCG(1, 2))
	r := newRevoking(t)
	r.change(nil)
	model := map[string]string{} // id → path
	word := func() string {
		b := []byte("/")
		for range rnd.IntN(6) {
			b = append(b, "ab/"[rnd.IntN(3)])
		}
		return string(b)
	}
	until, d := revokedAt.Add(time.Hour), &Distribution{ID: "E1"}
	for i := range 3000 {
		old, probe := r.last, word()
		before := old.RevokedPath(d, probe, revokedAt, false) != nil
		id := fmt.Sprint("R", rnd.IntN(40))
		if _, there := model[id]; there {
			delete(model, id)
			r.change(map[string]*state.Revocation{id: nil})
		} else {
			path, literal := word(), ""
			if literal = clean(path); rnd.IntN(2) == 0 {
				literal = clean(path[:strings.LastIndexByte(path, '/')+1]) + path[strings.LastIndexByte(path, '/')+1:] + "*"
				path += "*"
			}
			model[id] = literal
			r.change(map[string]*state.Revocation{id: ofPath(path, until)})
		}
		if (old.RevokedPath(d, probe, revokedAt, false) != nil) != before {
			t.Fatalf("step %d: an older tree has changed", i)
		}
		want := false
		for _, reading := range []string{probe, clean(probe), dropSlash(probe), dropSlash(clean(probe))} {
			for _, m := range model {
				prefix, wild := strings.CutSuffix(m, "*")
				want = want || wild && strings.HasPrefix(reading, prefix) || !wild && reading == m
			}
		}
		if got := r.last.RevokedPath(d, probe, revokedAt, false) != nil; got != want {
			t.Fatalf("step %d: %s is revoked: %v, want %v by %v", i, probe, got, want, model)
		}
	}
}

// TestRevocationsAreTheSameAnew compares tables brought up to date with tables made at once.
func TestRevocationsAreTheSameAnew(t *testing.T) {
	t.Parallel()
	r := newRevoking(t)
	key, until := newPublic(t), revokedAt.Add(time.Hour)
	for i := range 3000 {
		r.change(map[string]*state.Revocation{fmt.Sprint("R", i): ofPolicy(key, until, fmt.Sprint(i)), fmt.Sprint("R", i-7): nil})
	}
	fresh, err := Compile(r.cfg, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3000 {
		s := &Signed{Key: key, Policy: fmt.Append(nil, i), Expires: until}
		want := ""
		if i >= 2993 {
			want = fmt.Sprint("R", i)
		}
		if a, b := found(r.last.RevokedSignature(s, revokedAt, false)), found(fresh.RevokedSignature(s, revokedAt, false)); a != want || b != want {
			t.Fatalf("%d: %q and %q, want %q", i, a, b, want)
		}
	}
	if a, b := &r.last.revoked, &fresh.revoked; a.policies.size != 7 || b.policies.size != 7 || a.expiries.size != 1 || b.expiries.size != 1 {
		t.Errorf("sizes %d %d %d %d", a.policies.size, b.policies.size, a.expiries.size, b.expiries.size)
	}
}

// BenchmarkRevoked is the look-up of an admitted request, with nothing and with 100,000
// revocations of each kind; and one more revocation put in force.
func BenchmarkRevoked(b *testing.B) {
	key, until := newPublic(b), revokedAt.Add(time.Hour)
	d := &Distribution{ID: "E1"}
	const path = "/films/one/segment-00042.ts"
	for _, n := range []int{0, 100_000} {
		r := newRevoking(b)
		many := map[string]*state.Revocation{}
		for i := range n {
			by := revokedAt.Add(time.Duration(i) * time.Second)
			many[fmt.Sprint("P", i)] = ofPolicy(key, until.Add(time.Duration(i%5000)*time.Second), fmt.Sprint(i))
			many[fmt.Sprint("K", i)] = ofKey(key, until.Add(time.Duration(i)*time.Second), &by)
			many[fmt.Sprint("R", i)] = ofPath(fmt.Sprintf("/films/one/segment-%05d.mp4", i), until)
		}
		r.change(many)
		far := &Signed{Key: key, Policy: make([]byte, 180), Expires: until.AddDate(1, 0, 0)}
		near := &Signed{Key: key, Policy: make([]byte, 180), Expires: until.Add(100_001 * time.Second)}
		if n > 0 {
			many = map[string]*state.Revocation{"X": ofPolicy(key, near.Expires, "x")}
			r.change(many)
		}
		b.Run(fmt.Sprintf("signature/%d", n), func(b *testing.B) {
			for b.Loop() {
				if r.last.RevokedSignature(far, revokedAt, false) != nil {
					b.Fatal("revoked")
				}
			}
		})
		b.Run(fmt.Sprintf("signature-same-expiry/%d", n), func(b *testing.B) {
			for b.Loop() {
				if r.last.RevokedSignature(near, revokedAt, false) != nil {
					b.Fatal("revoked")
				}
			}
		})
		b.Run(fmt.Sprintf("path/%d", n), func(b *testing.B) {
			for b.Loop() {
				if r.last.RevokedPath(d, path, revokedAt, false) != nil {
					b.Fatal("revoked")
				}
			}
		})
		b.Run(fmt.Sprintf("one-more/%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				r.change(map[string]*state.Revocation{fmt.Sprint("N", i): ofPolicy(key, until, fmt.Sprint("n", i))})
			}
		})
	}
}

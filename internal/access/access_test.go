package access

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/sealed"
	"github.com/warmfront/warmfront/internal/state"
)

var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// detached are keys of a node without state.
func detached(t testing.TB, node byte, now *time.Time) *Keys {
	t.Helper()
	ring, err := sealed.NewKeyring(nil, bytes.Repeat([]byte{node}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{
		Root:  func() (string, string) { return "AKIAROOT000000000000", "secret" },
		Store: func() *state.Store { return nil }, Ring: ring, Now: func() time.Time { return *now },
	})
}

func TestWithoutState(t *testing.T) {
	t.Parallel()
	now := begin
	k := detached(t, 1, &now)
	root, err := k.Find(t.Context(), "AKIAROOT000000000000", "")
	if err != nil || root.Role != state.RoleRoot || root.Temporary() {
		t.Fatalf("root: %+v %v", root, err)
	}
	s, err := k.NewSession(root, state.RoleFull, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Find(t.Context(), s.ID, s.Token)
	if err != nil || !got.Temporary() || got.Secret != s.Secret || got.Role != state.RoleFull || got.Maker != root.ID {
		t.Fatalf("session: %+v %v", got, err)
	}
	for what, tc := range map[string]struct {
		keys      *Keys
		id, token string
		want      error
	}{
		"a key of the account": {k, "AKIA0000000000000000", "", state.ErrUnavailable},
		"nonsense":             {k, "nonsense", "", ErrUnknown},
		"no token":             {k, s.ID, "", ErrUnknown},
		"another key's token":  {k, "ASIA0000000000000000", s.Token, ErrToken},
		"a token for root":     {k, root.ID, s.Token, ErrToken},
		"another node's key":   {detached(t, 2, &now), s.ID, s.Token, ErrToken},
	} {
		if key, err := tc.keys.Find(t.Context(), tc.id, tc.token); !errors.Is(err, tc.want) || key != nil {
			t.Errorf("%s: %+v %v", what, key, err)
		}
	}
	now = begin.Add(time.Hour)
	if _, err := k.Find(t.Context(), s.ID, s.Token); !errors.Is(err, ErrExpired) {
		t.Errorf("at its end: %v", err)
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	roles := []state.Role{"", state.RoleReadOnly, state.RoleFull, state.RoleRoot}
	for i, maker := range roles {
		for j, given := range roles {
			if want := j > 0 && j <= i; Covers(maker, given) != want {
				t.Errorf("%q gives %q: %v", maker, given, !want)
			}
		}
	}
	if Covers(state.RoleRoot, "admin") {
		t.Error("an unknown role is given")
	}
}

// FuzzToken looks at arbitrary tokens: none opens anything.
func FuzzToken(f *testing.F) {
	now := begin
	k := detached(f, 1, &now)
	f.Add("ASIA0000000000000000", "AQ")
	f.Fuzz(func(t *testing.T, id, token string) {
		if key, err := k.Find(t.Context(), id, token); err == nil && id != "AKIAROOT000000000000" {
			t.Errorf("%q %q opened %+v", id, token, key)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	store, err := state.Open(b.Context(), state.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	now := begin
	k := detached(b, 1, &now)
	k.o.Store = func() *state.Store { return store }
	record := &state.AccessKey{Meta: state.Meta{ID: "AKIA0123456789ABCDEF"}, Role: state.RoleFull, Active: true}
	if record.Secret, err = k.o.Ring.Seal([]byte("secret"), record.ID); err != nil {
		b.Fatal(err)
	}
	var txn state.Txn
	txn.Create(record)
	if _, err := store.Commit(b.Context(), &txn); err != nil {
		b.Fatal(err)
	}
	maker, err := k.Find(b.Context(), record.ID, "")
	if err != nil {
		b.Fatal(err)
	}
	s, err := k.NewSession(maker, state.RoleFull, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	for name, of := range map[string]Session{"permanent": {Key: *maker}, "temporary": *s} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Find(b.Context(), of.ID, of.Token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

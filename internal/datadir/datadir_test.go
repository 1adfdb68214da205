package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootKeyIsMadeOnce(t *testing.T) {
	d := Dir(filepath.Join(t.TempDir(), "data"))
	if err := d.Make(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.RootKey(); !errors.Is(err, ErrNoRootKey) {
		t.Fatalf("before the first start: %v", err)
	}
	k, err := d.MakeRootKey()
	if err != nil {
		t.Fatal(err)
	}
	if len(k.AccessKeyID) != 20 || !strings.HasPrefix(k.AccessKeyID, "AKIA") || len(k.SecretAccessKey) != 40 {
		t.Errorf("key %q with a secret of %d characters is not shaped like AWS's", k.AccessKeyID, len(k.SecretAccessKey))
	}
	if again, err := d.MakeRootKey(); again != k || err != nil {
		t.Errorf("second start: %v %v", again, err)
	}
	if st, _ := os.Stat(d.RootEnv()); st.Mode().Perm() != 0o600 {
		t.Errorf("root.env has mode %v", st.Mode())
	}
}

func TestDamagedRootKey(t *testing.T) {
	d := Dir(t.TempDir())
	if err := os.WriteFile(d.RootEnv(), []byte("AWS_ACCESS_KEY_ID=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.MakeRootKey(); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("got %v", err)
	}
}

func TestEndpointsRoundTrip(t *testing.T) {
	d := Dir(t.TempDir())
	want := Endpoints{API: "http://127.0.0.1:4480", Region: "eu-west-1"}
	if err := d.WriteEndpoints(want); err != nil {
		t.Fatal(err)
	}
	if got, err := d.ReadEndpoints(); got != want || err != nil {
		t.Errorf("got %v %v", got, err)
	}
}

func TestLockIsExclusive(t *testing.T) {
	d := Dir(t.TempDir())
	l, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Lock(); !errors.Is(err, ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if l, err = d.Lock(); err != nil {
		t.Errorf("after release: %v", err)
	}
	l.Release()
}

package sealed

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func ring(t *testing.T, fill ...byte) *Keyring {
	t.Helper()
	var keys [][]byte
	for _, b := range fill {
		keys = append(keys, bytes.Repeat([]byte{b}, keySize))
	}
	k, err := NewKeyring(nil, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	k := ring(t, 1)
	for _, secret := range []string{"", "x", strings.Repeat("long", 1000)} {
		s, err := k.Seal([]byte(secret), "name")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.Open(s, "name"); err != nil || string(got) != secret {
			t.Errorf("opened %q, %v", got, err)
		}
		if _, err := k.Open(s, "other"); !errors.Is(err, ErrDamaged) {
			t.Errorf("another name: %v", err)
		}
		again, err := k.Seal([]byte(secret), "name")
		if err != nil || bytes.Equal(s, again) {
			t.Errorf("sealing twice gave the same, %v", err)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	old, err := ring(t, 1).Seal([]byte("s"), "n")
	if err != nil {
		t.Fatal(err)
	}
	both := ring(t, 2, 1)
	if got, err := both.Open(old, "n"); err != nil || string(got) != "s" {
		t.Errorf("old key: %q, %v", got, err)
	}
	fresh, err := both.Seal([]byte("s"), "n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring(t, 1).Open(fresh, "n"); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("without the new key: %v", err)
	}
}

// TestEveryByteCounts changes each byte of a sealed secret and cuts it everywhere.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	k := ring(t, 1)
	s, err := k.Seal([]byte("secret"), "n")
	if err != nil {
		t.Fatal(err)
	}
	for i := range s {
		bad := bytes.Clone(s)
		bad[i] ^= 1
		if _, err := k.Open(bad, "n"); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnknownKey) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := k.Open(s[:i], "n"); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
}

// TestFormat opens a secret sealed by the first release: version 1 must stay readable.
func TestFormat(t *testing.T) {
	t.Parallel()
	k, err := NewKeyring(bytes.NewReader(bytes.Repeat([]byte{9}, 100)), bytes.Repeat([]byte{1}, keySize))
	if err != nil {
		t.Fatal(err)
	}
	s, err := k.Seal([]byte("secret"), "WFOAIE1")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile(filepath.Join("testdata", "v1.hex"))
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(s); got != strings.TrimSpace(string(golden)) {
		t.Errorf("sealed to %s", got)
	}
}

func TestNewKeyringErrors(t *testing.T) {
	t.Parallel()
	if _, err := NewKeyring(nil); err == nil {
		t.Error("no key accepted")
	}
	if _, err := NewKeyring(nil, make([]byte, 16)); err == nil {
		t.Error("short key accepted")
	}
	k, err := NewKeyring(strings.NewReader("short"), make([]byte, keySize))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Seal(nil, "n"); err == nil {
		t.Error("sealed without randomness")
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys", "node.key")
	found := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range found {
		wg.Go(func() {
			key, err := LoadOrCreateKey(path, nil)
			if err != nil {
				t.Error(err)
			}
			found[i] = key
		})
	}
	wg.Wait()
	for _, key := range found {
		if len(key) != keySize || !bytes.Equal(key, found[0]) {
			t.Fatalf("several keys from one file: %x and %x", key, found[0])
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Fatalf("left behind: %v, %v", entries, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateKey(path, nil); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by others: %v", err)
	}
	if err := os.WriteFile(path, []byte("xyz"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateKey(path, nil); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	k, err := NewKeyring(nil, make([]byte, keySize))
	if err != nil {
		f.Fatal(err)
	}
	s, err := k.Seal([]byte("secret"), "n")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s, "n")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		if got, err := k.Open(b, name); err == nil && (string(got) != "secret" || name != "n") {
			t.Errorf("forged: %q for %q", got, name)
		}
	})
}

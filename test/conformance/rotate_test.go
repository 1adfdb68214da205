package conformance

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/test/harness"
)

// TestKeyRotation replaces a key of either kind with the command, which is run again and again:
// links of both keys work until the old one is removed.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	for name, prepare := range map[string]func(*site){"legacy": legacy, "modern": modern} {
		t.Run(name, func(t *testing.T) {
			w := newSite(t, s, name+"-rotated", prepare)
			w.upload("a.txt", "text/plain", []byte("a\n"))
			dir := t.TempDir()
			run := func(args ...string) string {
				t.Helper()
				return w.Command(harness.Binary(t), append(append([]string{"key"}, args...), "--data", string(w.Dir))...)
			}
			old := w.sign(w.url("/a.txt"), time.Now().Add(time.Hour))
			if resp, _ := w.get(t, old); resp.StatusCode != 200 {
				t.Fatal(resp.StatusCode)
			}
			seen := awaitSeen(t, run, w.keyID)
			if d := time.Until(*seen.LatestExpiry); d < 50*time.Minute || d > time.Hour {
				t.Errorf("the latest expiry seen is in %v", d)
			}

			text := run("rotate", w.keyID, "--out", dir, "--remove-after", "30d")
			files, _ := filepath.Glob(filepath.Join(dir, "pk-*.pem"))
			if len(files) != 1 || !strings.Contains(text, files[0]) {
				t.Fatalf("files %v\n%s", files, text)
			}
			fresh := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(files[0]), "pk-"), ".pem")
			if text = run("rotate", w.keyID, "--out", dir); !strings.Contains(text, w.keyID+" stays until ") || !strings.Contains(text, "Key-Pair-Id "+fresh+" with "+files[0]) {
				t.Errorf("again:\n%s", text)
			}
			next := strings.TrimSpace(w.Command(harness.Binary(t), "sign", "url", "--key", files[0], w.url("/a.txt")))
			awaitStatus(t, w, next, 200) // the edge has heard of the key
			awaitStatus(t, w, old, 200)

			if text = run("rotate", w.keyID, "--out", dir, "--force"); !strings.Contains(text, "is trusted no more") {
				t.Errorf("forced:\n%s", text)
			}
			if resp, _ := w.get(t, old); resp.StatusCode != 403 { // the very next request
				t.Errorf("the old key is still trusted: %d", resp.StatusCode)
			}
			awaitStatus(t, w, next, 200)
			if text = run("status"); !strings.Contains(text, "replaced by "+fresh) {
				t.Errorf("status:\n%s", text)
			}
		})
	}
}

type seenKey struct {
	ID           string
	Requests     int64
	LatestExpiry *time.Time
}

// awaitSeen asks until an edge has reported that it has seen a key.
func awaitSeen(t *testing.T, run func(...string) string, id string) seenKey {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		var list struct{ Keys []seenKey }
		if err := json.Unmarshal([]byte(run("status", "--json")), &list); err != nil {
			t.Fatal(err)
		}
		for _, k := range list.Keys {
			if k.ID == id && k.Requests > 0 {
				return k
			}
		}
	}
	t.Fatal("the key was not seen within a minute")
	return seenKey{}
}

// awaitStatus asks until the edge, which follows within milliseconds, answers so.
func awaitStatus(t *testing.T, w *site, url string, want int) {
	t.Helper()
	got := 0
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		resp, _ := w.get(t, url)
		if got = resp.StatusCode; got == want {
			return
		}
	}
	t.Errorf("%s: %d, want %d", url, got, want)
}

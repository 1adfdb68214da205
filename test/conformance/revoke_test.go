package conformance

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/test/harness"
)

// TestRevoke takes access back with the command: the very next request is refused, after a
// restart and a kill as well.
func TestRevoke(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	w := newSite(t, s, "revoked", modern)
	w.upload("films/one.txt", "text/plain", []byte("one\n"))
	w.upload("films/two.txt", "text/plain", []byte("two\n"))
	bare := "https://" + w.domain // as published: the port changes when the server starts again
	one, two := w.sign(bare+"/films/one.txt", time.Now().Add(time.Hour)), w.sign(bare+"/films/two.txt", time.Now().Add(time.Hour))
	late := w.sign(bare+"/films/two.txt", time.Now().Add(3*time.Hour))
	revoke := func(args ...string) string {
		t.Helper()
		return w.Command(harness.Binary(t), append(append([]string{"revoke"}, args...), "--data", string(w.Dir))...)
	}
	status := func(name, url string, want int) {
		t.Helper()
		resp, body := w.get(t, strings.Replace(url, w.domain, w.domain+":"+w.HTTPSPort(), 1))
		if resp.StatusCode != want || want == 403 && string(body) != accessDenied {
			t.Errorf("%s: %d %s, want %d", name, resp.StatusCode, body, want)
		}
	}
	for _, url := range []string{one, two, late} {
		status("before", url, 200)
	}

	var made revocation
	text := revoke("url", one, "--comment", "mailed to the wrong person", "--json")
	status("the revoked policy", one, 403) // the very next request
	if err := json.Unmarshal([]byte(text), &made); err != nil || !made.InForce || len(made.Receipt.Edges) != 1 || made.Receipt.Completed == nil {
		t.Fatalf("%v: %s", err, text)
	}
	if strings.Contains(text, "Signature") {
		t.Errorf("a signature was kept: %s", text)
	}
	t.Logf("in force after %.1f ms", made.Receipt.Edges[0].Milliseconds)
	status("another policy", two, 200)
	if explained, code := w.explain(t, one, "--server", "--data", string(w.Dir)); code != 1 || !strings.Contains(explained, made.ID) || !strings.Contains(explained, "mailed to the wrong person") {
		t.Errorf("explained (%d):\n%s", code, explained)
	}

	revoke("key", w.keyID, "--expiring-by", "2h", "--until", "3h")
	status("what the key has signed for soon", two, 403)
	status("what expires later", late, 200)
	revoke("resource", w.id, "/films/*", "--until", "2h")
	status("the path", late, 403)

	for name, stop := range map[string]func(){"restart": s.Stop, "kill": s.Kill} {
		stop()
		s.Run()
		for _, url := range []string{one, two, late} {
			status("after a "+name, url, 403)
		}
	}
	list := revoke("list")
	if strings.Count(list, "\n") != 4 || !strings.Contains(list, made.ID) || !strings.Contains(list, "/films/*") {
		t.Errorf("list:\n%s", list)
	}
	for line := range strings.SplitSeq(list, "\n") {
		if id, _, _ := strings.Cut(line, " "); strings.HasPrefix(id, "R") {
			revoke("delete", id)
		}
	}
	if list = revoke("list"); strings.Count(list, "\n") != 1 {
		t.Errorf("after deleting all:\n%s", list)
	}
	if out := s.Fails(harness.Binary(t), "revoke", "key", "KNOBODY", "--until", "1h", "--data", string(w.Dir)); !strings.Contains(out, "NoSuchKey") {
		t.Errorf("an unknown key: %s", out)
	}
}

type revocation struct {
	ID      string
	InForce bool
	Receipt struct {
		Completed *time.Time
		Edges     []struct{ Milliseconds float64 }
	}
}

package load

import (
	"io"
	"net/http"
	"testing"
	"time"
)

// idleBytes is what the server may keep for a connection between two requests.
const idleBytes = 8 << 10

// Connections that were used and wait for their next request take at most 8 KiB each. The
// runtime gives memory back when it likes, so the test waits for it, up to two minutes;
// meanwhile each connection is used now and then, as the idle timeout wants it.
func TestIdleConnections(t *testing.T) {
	w := start(t, CachingOptimized)
	w.paths.HandleFunc("/idle", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Cache-Control", "max-age=3600")
		io.Copy(rw, Content(1<<10).Reader())
	})
	target := w.target(false, "/idle")
	n := scale(500, 10_000)
	calm := time.Duration(scale(0, 3)) * time.Second // a connection keeps its buffers for a moment
	slack := int64(scale(16<<20, 0))                 // what the runtime takes anyway is not little for few
	w.idle(t, target, 100, 1)                        // what one use of everything costs is no cost of connections
	before := w.rss()
	crowd, err := HTTP1(t.Context(), target.Address, n, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer crowd.Close()
	var each int64
	began, used := time.Now(), time.Time{}
	for time.Since(began) < 2*time.Minute {
		if time.Since(used) > 40*time.Second {
			w.use(t, crowd, target)
			used = time.Now()
		}
		each = max(0, w.rss()-before-slack) / int64(n)
		if each <= idleBytes && time.Since(used) >= calm {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("%d idle connections: %d bytes each (%d MiB before, %d MiB now)", n, each, before>>20, w.rss()>>20)
	if each > idleBytes {
		t.Errorf("%d bytes for each of %d idle connections", each, n)
	}
}

// idle lets n viewers ask times times and leave.
func (w *world) idle(t *testing.T, target Target, n, times int) {
	t.Helper()
	crowd, err := HTTP1(t.Context(), target.Address, n, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer crowd.Close()
	for range times {
		w.use(t, crowd, target)
	}
}

// use lets each viewer of the crowd ask once.
func (w *world) use(t *testing.T, crowd *Crowd, target Target) {
	t.Helper()
	err := crowd.Each(func(_ int, v Viewer) error {
		resp, err := v.Get(t.Context(), target, func() {})
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		return (&Check{Content: 1 << 10}).All(resp.Body)
	})
	if err != nil {
		t.Fatal(err)
	}
}

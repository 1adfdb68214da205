package load

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
)

// Memory the server may take for each of many viewers of one object, beside the object.
const viewerBytes = 64 << 10

// All viewers of one cold object are served by one origin request, each with every byte right,
// however early or late they ask.
func TestOneColdObject(t *testing.T) {
	viewers := scale(500, 10_000)
	t.Run("HTTP/1.1", func(t *testing.T) {
		w := start(t, CachingOptimized)
		target := w.target(false, "/cold/1")
		crowd, err := HTTP1(t.Context(), target.Address, viewers, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer crowd.Close()
		w.coldObject(t, crowd, target, "/cold/1")
	})
	t.Run("HTTP/2", func(t *testing.T) {
		w := start(t, CachingOptimized)
		target := w.target(true, "/cold/2")
		crowd := HTTP2(viewers/100, 100, 0, target)
		defer crowd.Close()
		w.coldObject(t, crowd, target, "/cold/2")
	})
}

func (w *world) coldObject(t *testing.T, crowd *Crowd, target Target, path string) {
	const content = Content(1 << 20)
	asked := newGate(len(crowd.Viewers))
	w.paths.HandleFunc(path, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "max-age=3600")
		rw.Header().Set("Content-Length", strconv.Itoa(int(content)))
		body := content.Reader()
		io.CopyN(rw, body, 300_000)
		http.NewResponseController(rw).Flush()
		select { // all are waiting in the middle of the body, but for those that have only asked
		case <-asked.open:
		case <-r.Context().Done():
			return
		}
		io.Copy(rw, body)
	})
	before := w.watch()
	err := crowd.Each(func(_ int, v Viewer) error {
		resp, err := v.Get(t.Context(), target, asked.arrive)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 {
			return fmt.Errorf("status %s", resp.Status)
		}
		return (&Check{Content: content}).All(resp.Body)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := w.origin.Asked(path); n != 1 {
		t.Errorf("%d origin requests", n)
	}
	grown := w.peak() - before
	t.Logf("%d viewers of %d bytes: one origin request, peak memory %d MiB over %d MiB", len(crowd.Viewers), content, grown>>20, before>>20)
	if bound := int64(len(crowd.Viewers))*viewerBytes + 64<<20; grown > bound {
		t.Errorf("memory grew by %d MiB, more than %d MiB", grown>>20, bound>>20)
	}
}

// A response that turns out not to be shared releases all who waited for it at once, each to
// a fetch of its own: the origin answers none of these before it has them all.
func TestUnsharedResponse(t *testing.T) {
	w := start(t, UseOriginCacheControlHeaders)
	viewers := scale(200, 2000) // each needs a connection to the origin as well
	asked, fetched := newGate(viewers), newGate(viewers)
	w.paths.HandleFunc("/unshared", func(rw http.ResponseWriter, r *http.Request) {
		fetched.arrive()
		wait := fetched.open
		if r.Header.Get("X-Amz-Cf-Id") == "" {
			http.Error(rw, "no id", http.StatusBadRequest)
			return
		}
		if w.origin.Asked("/unshared") == 1 {
			wait = asked.open // the first, for which the others wait
		}
		select {
		case <-wait:
		case <-r.Context().Done():
			return
		}
		rw.Header().Set("Cache-Control", "private")
		io.WriteString(rw, r.Header.Get("X-Amz-Cf-Id"))
	})
	target := w.target(false, "/unshared")
	crowd, err := HTTP1(t.Context(), target.Address, viewers, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer crowd.Close()
	bodies := make([]string, viewers)
	before := w.watch()
	err = crowd.Each(func(i int, v Viewer) error {
		resp, err := v.Get(t.Context(), target, asked.arrive)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		if resp.StatusCode != 200 || string(body) != resp.Header.Get("X-Amz-Cf-Id") {
			return fmt.Errorf("%s with %q for the request %s", resp.Status, body, resp.Header.Get("X-Amz-Cf-Id"))
		}
		bodies[i] = string(body)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, b := range bodies {
		seen[b] = true
	}
	if n := w.origin.Asked("/unshared"); n != viewers || len(seen) != viewers {
		t.Errorf("%d viewers, %d origin requests, %d different responses", viewers, n, len(seen))
	}
	t.Logf("%d viewers, each with its own response, peak memory %d MiB over %d MiB", viewers, (w.peak()-before)>>20, before>>20)
}

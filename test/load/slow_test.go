package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// What the server may take in memory for all slow readers of one large object together.
const slowBytes = 200 << 20

// Slow readers of an object too large for memory neither hold a fast one nor make the server
// keep its bytes for them.
func TestSlowReaders(t *testing.T) {
	content := Content(scale(64<<20, 1<<30))
	memory := strconv.Itoa(scale(32<<20, 256<<20))
	n := scale(50, 1000)
	t.Run("HTTP/1.1", func(t *testing.T) {
		w := start(t, CachingOptimized, "--cache-bytes", memory)
		target := w.target(false, "/large/1")
		crowd, err := HTTP1(t.Context(), target.Address, n, 16<<10)
		if err != nil {
			t.Fatal(err)
		}
		defer crowd.Close()
		w.slow(t, crowd, content, target, "/large/1")
	})
	t.Run("HTTP/2", func(t *testing.T) {
		w := start(t, CachingOptimized, "--cache-bytes", memory)
		target := w.target(true, "/large/2")
		crowd := HTTP2(n/50, 50, 64<<10, target)
		defer crowd.Close()
		w.slow(t, crowd, content, target, "/large/2")
	})
}

func (w *world) slow(t *testing.T, crowd *Crowd, content Content, target Target, path string) {
	w.paths.HandleFunc(path, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("ETag", `"one"`)
		http.ServeContent(rw, r, "", time.Time{}, content.Reader())
	})
	ctx, done := context.WithCancel(t.Context())
	defer done()
	begun := newGate(len(crowd.Viewers))
	before := w.watch()
	slow := make(chan error, 1)
	go func() {
		slow <- crowd.Each(func(_ int, v Viewer) error {
			err := trickle(ctx, v, target, content, begun.arrive)
			begun.arrive() // who failed is not waited for
			return err
		})
	}()
	<-begun.open
	began := time.Now()
	fast := HTTP2(1, 1, 0, w.target(true, path))
	defer fast.Close()
	resp, err := fast.Viewers[0].Get(t.Context(), w.target(true, path), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := (&Check{Content: content}).All(resp.Body); err != nil {
		t.Errorf("the fast viewer: %v", err)
	}
	took := time.Since(began)
	done()
	if err := <-slow; err != nil {
		t.Errorf("slow viewers: %v", err)
	}
	grown := w.peak() - before
	t.Logf("%d slow viewers of %d MiB: peak memory %d MiB over %d MiB, %d origin requests; a fast one took %v",
		len(crowd.Viewers), content>>20, grown>>20, before>>20, w.origin.Asked(path), took.Round(time.Millisecond))
	if grown > slowBytes {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
}

// trickle reads 16 KiB five times a second until ctx ends, and calls begun after the first.
func trickle(ctx context.Context, v Viewer, target Target, content Content, begun func()) error {
	resp, err := v.Get(context.WithoutCancel(ctx), target, func() {})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return fmt.Errorf("status %s", resp.Status)
	}
	check := Check{Content: content}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for first := true; ; first = false {
		if _, err := io.CopyN(&check, resp.Body, 16<<10); err != nil {
			return fmt.Errorf("after %d bytes: %w", check.Seen, err)
		}
		if first {
			begun()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

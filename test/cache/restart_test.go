package cache

import (
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/nodetest"
)

// TestRestart: variants are found again after a restart. Where changes may pass through the edge
// they are validated first, for what passed elsewhere meanwhile is not known (RFC 9111, 4.4).
func TestRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "strict", nodetest.HTTP1)
	steps := []*step{
		{fields: []string{"Foo: 1"}, answer: []string{"Cache-Control: max-age=100000", `ETag: "e"`, "Vary: Foo"}, want: []string{"miss"}},
		{fields: []string{"Foo: 1"}, answer: []string{`ETag: "e"`}, want: []string{"validated etag", "body answer to step 0"}},
		{fields: []string{"Foo: 1"}, want: []string{"hit", "body answer to step 0"}},
		{fields: []string{"Foo: 2"}, want: []string{"miss"}},
	}
	for _, s := range steps {
		s.method, s.status = "GET", 200
	}
	w.origin.play(steps)
	for n, s := range steps {
		if n == 1 {
			w.node.Advance(w.clock, time.Second)
			w.restart(t)
		}
		before := len(w.origin.requests())
		got := w.send(t, s, n, "/restart")
		got.before = before
		for _, want := range s.want {
			if err := got.check(want); err != nil {
				t.Errorf("step %d: %s: %v (Cache-Status %q)", n, want, err, got.resp.Header.Get("Cache-Status"))
			}
		}
		w.node.Advance(w.clock, time.Millisecond)
	}
}

package edge

import (
	"sync"
	"testing"
	"time"
)

func TestInvalidation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(always(200, "one"))
	for _, p := range []string{"/a/x", "/a/y%20z", "/b"} {
		w.do(get(p)).expect(t, 200, "Miss", "one")
	}
	w.settle()
	w.origin.says(always(200, "two"))
	w.invalidate("/a/*")
	w.do(get("/a/x")).expect(t, 200, "Miss", "two")
	w.do(get("/a/y%20z")).expect(t, 200, "Miss", "two")
	w.do(get("/b")).expect(t, 200, "Hit", "one")
}

func TestRequestsAfterAnInvalidationNeverJoinAnOlderFill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	g := newGate()
	w.origin.says(g.wrap(always(200, "old")))
	var wg sync.WaitGroup
	early := get("/x")
	wg.Go(func() { w.do(early) })
	<-g.reached
	w.invalidate("/x")
	w.origin.says(always(200, "new"))
	w.do(get("/x")).expect(t, 200, "Miss", "new")
	w.settle2()
	close(g.open)
	wg.Wait()
	early.expect(t, 200, "Miss", "old")
	w.settle()
	w.do(get("/x")).expect(t, 200, "Hit", "new")
}

func (w *world) settle2() {
	for w.edge.deps.Store.Stats().Fills > 1 {
		time.Sleep(time.Millisecond)
	}
}

func TestAnotherClusterFlushesTheCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(always(200, "one"))
	w.do(get("/x"))
	w.settle()
	w.cfg.ClusterID = "other"
	w.publish()
	w.do(get("/x")).expect(t, 200, "Miss", "one")
}

// The rule of an invalidation that control no longer keeps is forgotten, its effect is not.
func TestRulesOfForgottenInvalidationsArePruned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(always(200, "old"))
	w.do(get("/x"))
	w.settle()
	w.invalidate("/x")
	w.invalidate("/y")
	w.origin.says(always(200, "new"))
	for want := range 2 {
		for id, i := range w.cfg.Invalidations {
			if i.Batch.Paths.Items[0] == []string{"/x", "/y"}[want] {
				delete(w.cfg.Invalidations, id)
			}
		}
		w.cfg.Revision++
		w.publish()
		w.settle()
		if got := w.edge.deps.Store.Stats().Rules; got != int64(1-want) {
			t.Errorf("%d rules held, want %d", got, 1-want)
		}
	}
	w.do(get("/x")).expect(t, 200, "Miss", "new")
}

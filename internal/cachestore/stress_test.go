package cachestore

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// world is an origin whose content changes, each change followed by an
// invalidation.
type world struct {
	s       *Store
	version atomic.Int64 // what the origin serves now
	floor   atomic.Int64 // the oldest version a request beginning now may see

	mu       sync.Mutex // invalidations come one after another
	revision int64      // guarded by mu
	rules    [][]Rule   // guarded by mu; all of them, as the state remembers
}

// publish changes the content and invalidates it in one of the ways there are.
func (w *world) publish(r *rand.Rand) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.version.Add(1)
	w.revision++
	rule := Rule{Revision: w.revision, DistributionID: "E1"}
	switch r.IntN(6) {
	case 0:
		rule.Path = "/*"
	case 1:
		rule.Path = "/a*"
	case 2:
		rule.Tag = "TAG"
	case 3:
		if w.s != nil {
			w.s.PruneRules(w.revision - 2)
		}
		rule.Path = "/a"
	default:
		rule.Path = "/a"
	}
	rules := []Rule{{Revision: w.revision, DistributionID: "E1", Path: "/other"}, rule}
	w.rules = append(w.rules, rules)
	if w.s != nil {
		w.s.Invalidate(rules...)
	}
	w.floor.Store(v)
}

// bodyOf is the content of a version: its number over and over.
func bodyOf(v int64, n int) []byte {
	p := make([]byte, n)
	for i := 0; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(p[i:], uint64(v))
	}
	return p
}

// versionHead is the head of a version.
func versionHead(v int64, n int) *Head {
	h := head(int64(n))
	h.ETag = fmt.Sprintf(`"%d"`, v)
	h.Tags = []string{"tag"}
	return h
}

// view makes one request for a range and reports the versions seen, -1 for a
// failed one.
func (w *world) view(r *rand.Rand, n int) (versions []int64, err error) {
	first := int64(r.IntN(n/8)) * 8
	last := min(first+int64(r.IntN(2*ChunkBytes)/8*8)+7, int64(n)-1)
	if r.IntN(2) == 0 {
		first, last = 0, int64(n)-1
	}
	o := w.s.LookupString("k")
	if o == nil || !o.Has(first, last) || r.IntN(8) == 0 { // now and then it is stale
		if o, err = w.join(r, n, first, last); err != nil || o == nil {
			return nil, err
		}
	}
	rd := o.Reader(context.Background(), first, last)
	defer rd.Close()
	p, err := io.ReadAll(rd)
	for i := 0; i+8 <= len(p); i += 8 {
		v := int64(binary.LittleEndian.Uint64(p[i:]))
		if len(versions) == 0 || versions[len(versions)-1] != v {
			versions = append(versions, v)
		}
	}
	return versions, err
}

// join leads or follows one fill.
func (w *world) join(r *rand.Rand, n int, first, last int64) (*Object, error) {
	f, leader := w.s.JoinRange("k", Target{DistributionID: "E1", Path: "/a"}, first, last)
	if !leader {
		out, err := f.Wait(context.Background())
		return out.Object, err
	}
	v := w.version.Load() // the origin answers with what it has now
	if b := f.Base(); b != nil && b.Head().ETag == fmt.Sprintf(`"%d"`, v) && b.Has(first, last) {
		return f.Refresh(versionHead(v, n)), nil
	}
	switch r.IntN(12) {
	case 0:
		f.Abort(io.ErrUnexpectedEOF)
		return nil, nil
	case 1:
		f.Bypass(1)
		return nil, nil
	}
	from, to := f.Span()
	if to < 0 || to >= int64(n) || r.IntN(4) == 0 {
		from, to = 0, int64(n)-1
	}
	o := f.StartPartial(versionHead(v, n), from, to)
	body := bodyOf(v, n)[from : to+1]
	breaks := r.IntN(12) == 0
	go func() {
		for len(body) > 0 {
			k := min(len(body), 200_000)
			f.Write(body[:k])
			if body = body[k:]; breaks {
				f.Abort(io.ErrUnexpectedEOF)
			}
		}
		f.Close()
	}()
	return o, nil
}

// Many viewers, ranges, 304s, aborts and evictions against a stream of
// invalidations: a request never sees content older than the last invalidation
// that was complete when it began, and never two versions in one answer.
func TestNothingOlderThanItsInvalidation(t *testing.T) {
	eachTier(t, testNothingOlderThanItsInvalidation)
}

func testNothingOlderThanItsInvalidation(t *testing.T, open opener) {
	for _, n := range []int{64, 2*ChunkBytes + 64} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := &world{s: open(t, Options{MaxBytes: 64 << 20})}
			defer w.s.Close()
			w.version.Store(1)
			w.floor.Store(1)
			requests := 800
			if n > ChunkBytes {
				requests = 12
			}
			served := w.serve(t, n, requests)
			if served < 4*int64(requests) {
				t.Errorf("only %d requests served", served)
			}
		})
	}
}

// serve has 8 viewers make requests and reports how many were answered.
func (w *world) serve(t *testing.T, n, requests int) int64 {
	var viewers sync.WaitGroup
	var served atomic.Int64
	for i := range 8 {
		viewers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for range requests {
				if r.IntN(10) == 0 {
					w.publish(r)
				}
				floor := w.floor.Load()
				versions, err := w.view(r, n)
				if len(versions) > 1 {
					t.Errorf("one answer of versions %v", versions)
				}
				for _, v := range versions {
					if v < floor {
						t.Errorf("version %d after the invalidation of %d", v, floor)
					}
				}
				if err == nil && len(versions) == 1 {
					served.Add(1)
				}
			}
		})
	}
	viewers.Wait()
	return served.Load()
}

// The same over restarts, with and without invalidations while the store was away.
func TestNothingOlderAfterRestarts(t *testing.T) {
	for _, n := range []int{64, 200_000, 2*ChunkBytes + 64} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			dir, r := t.TempDir(), rand.New(rand.NewPCG(1, 1))
			w := &world{}
			w.version.Store(1)
			w.floor.Store(1)
			warm := 0
			for restart := range 6 {
				s := New(Options{MaxBytes: 8 << 20, Disk: disk.Options{Dirs: []string{dir}, ClusterID: "c"}})
				for _, rules := range w.rules {
					s.Invalidate(rules...)
				}
				s.Advance(w.revision)
				w.s = s
				if s.LookupString("k") != nil {
					warm++
				}
				w.serve(t, n, 200/max(n/10_000, 20)+1)
				s.Close()
				if w.s = nil; restart%2 == 1 {
					w.publish(r)
				}
			}
			if warm == 0 {
				t.Error("never warm after a restart")
			}
		})
	}
}

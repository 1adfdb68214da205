package edge

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
)

// newPartsWorld is a world in which 2 MiB are a large object, and parts as small as can be.
func newPartsWorld(t *testing.T) *world {
	w := newWorld(t, Options{}, nil)
	w.edge.parallel, w.edge.part = 2<<20, cachestore.ChunkBytes
	return w
}

// film is an origin of one representation that knows ranges.
func film(size int, etag string) (string, func(*origin.Request) (*http.Response, error)) {
	body := strings.Repeat(etag+" and more of it. ", size/20+1)[:size]
	return body, func(r *origin.Request) (*http.Response, error) {
		want := r.Header.Get("If-Match")
		rng, ranged := httpcache.ParseRange(r.Header.Get("Range"))
		switch {
		case want != "" && want != etag:
			return reply(http.StatusPreconditionFailed, ""), nil
		case !ranged:
			return reply(http.StatusOK, body, "Etag", etag, "Accept-Ranges", "bytes"), nil
		}
		_, first, last := rng.Resolve(int64(size))
		return reply(http.StatusPartialContent, body[first:last+1], "Etag", etag, "Content-Range", httpcache.ContentRange(first, last, int64(size))), nil
	}
}

// ranged lists the ranges asked for after some requests, and checks that each is conditional.
func (w *world) ranged(t *testing.T, etag string, after int) (ranges []string) {
	t.Helper()
	w.origin.mu.Lock()
	defer w.origin.mu.Unlock()
	for _, r := range w.origin.asked[after:] {
		if span := r.Header.Get("Range"); span != "" {
			ranges = append(ranges, span)
			if got := r.Header.Get("If-Match"); got != etag {
				t.Errorf("%s asked for with If-Match %q", span, got)
			}
		}
	}
	return ranges
}

// stopsAt is a body that waits at a position until it may go on, and breaks there if err is set.
type stopsAt struct {
	io.Reader
	left int
	goOn <-chan struct{}
	err  error
}

func (s *stopsAt) Read(p []byte) (int, error) {
	if s.left == 0 {
		<-s.goOn
		if s.err != nil {
			return 0, s.err
		}
		return s.Reader.Read(p)
	}
	n, err := s.Reader.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

func (s *stopsAt) Close() error { return nil }

func TestLargeObjectsAreFetchedInParts(t *testing.T) {
	t.Parallel()
	w := newPartsWorld(t)
	const size = 7<<20 + 5
	body, answer := film(size, `"v1"`)
	var mu sync.Mutex
	under, together := 0, make(chan struct{})
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		resp, err := answer(r)
		if r.Header.Get("Range") != "" {
			mu.Lock()
			if under++; under == maxHelpers {
				close(together)
			}
			mu.Unlock()
		}
		// The first bytes come at once, the others when there are several requests.
		resp.Body = &stopsAt{Reader: resp.Body, left: 1<<20 + 9, goOn: together}
		if r.Header.Get("Range") != "" {
			resp.Body = &stopsAt{Reader: resp.Body, left: 10, goOn: together}
		}
		return resp, err
	})
	w.do(get("/film")).expect(t, 200, "Miss", body)
	w.settle()
	if got := w.ranged(t, `"v1"`, 0); len(got) < maxHelpers || len(got) > size>>20 {
		t.Errorf("asked for %v", got)
	}
	n := w.origin.count()
	w.do(get("/film")).expect(t, 200, "Hit", body)
	w.do(get("/film", "Range", "bytes=5000000-5000009")).expect(t, 206, "Hit", body[5000000:5000010])
	if w.origin.count() != n {
		t.Error("fetched again")
	}
}

func TestLargeObjectsOfTroubledOrigins(t *testing.T) {
	t.Parallel()
	body, right := film(5<<20+5, `"v1"`)
	_, other := film(5<<20+5, `"v2"`)
	whole := func(r *origin.Request) (*http.Response, error) {
		r.Header.Del("Range")
		return right(r)
	}
	for name, tc := range map[string]struct {
		ranges func(*origin.Request) (*http.Response, error)
		breaks int // where the first answer does; 0: it does not
		works  bool
		kept   bool
	}{
		"ranges ignored":         {ranges: whole, works: true, kept: true},
		"ranges refused":         {ranges: always(http.StatusServiceUnavailable, ""), works: true, kept: true},
		"ranges unreachable":     {ranges: func(*origin.Request) (*http.Response, error) { return nil, errors.New("reset") }, works: true, kept: true},
		"a break, healed":        {ranges: right, breaks: 1<<20 - 7, works: true, kept: true},
		"a break without ranges": {ranges: whole, breaks: 1<<20 + 7},
		"another representation": {ranges: other},
		"another in place of them": {ranges: func(r *origin.Request) (*http.Response, error) {
			r.Header.Del("Range")
			r.Header.Del("If-Match")
			return other(r)
		}},
		"gone": {ranges: always(http.StatusNotFound, "")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newPartsWorld(t)
			asked := make(chan struct{})
			first := sync.OnceFunc(func() { close(asked) })
			w.origin.says(func(r *origin.Request) (*http.Response, error) {
				if r.Header.Get("Range") != "" {
					first()
					return tc.ranges(r)
				}
				resp, err := right(r)
				stop := &stopsAt{Reader: resp.Body, left: 1<<20 - 9, goOn: asked}
				if tc.breaks > 0 {
					stop.left, stop.err = tc.breaks, errors.New("reset")
				}
				resp.Body = stop
				return resp, err
			})
			v := w.do(get("/film"))
			if tc.works {
				v.expect(t, 200, "Miss", body)
			} else if v.err == nil || !strings.HasPrefix(body, v.body) {
				t.Errorf("%d bytes, %v", len(v.body), v.err)
			}
			w.settle()
			n := w.origin.count()
			w.origin.says(right)
			v = w.do(get("/film"))
			if v.body != body || tc.kept != (w.origin.count() == n) {
				t.Errorf("then: %d bytes, %v, %d more requests", len(v.body), v.err, w.origin.count()-n)
			}
		})
	}
}

// All of an object that is stored in part: only what is missing is asked for.
func TestPartlyStoredObjectsAreCompleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	body, answer := film(7*cachestore.ChunkBytes+3, `"v1"`)
	w.origin.says(answer)
	for _, span := range []string{"bytes=1048576-2097151", "bytes=6291456-6291457"} {
		w.do(get("/film", "Range", span))
		w.settle()
	}
	w.do(get("/film")).expect(t, 200, "Miss", body)
	w.settle()
	got := strings.Join(w.ranged(t, `"v1"`, 2), " ")
	if got != "bytes=0-1048575 bytes=2097152-6291455 bytes=7340032-7340034" {
		t.Errorf("asked for %s", got)
	}
	w.do(get("/film")).expect(t, 200, "Hit", body)
}

func TestCompletionOfAChangedObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	_, answer := film(4*cachestore.ChunkBytes, `"v1"`)
	w.origin.says(answer)
	w.do(get("/film", "Range", "bytes=1048576-2097151"))
	w.settle()
	body, answer := film(3*cachestore.ChunkBytes, `"v2"`)
	w.origin.says(answer)
	w.do(get("/film")).expect(t, 200, "Miss", body)
	w.settle()
	w.do(get("/film")).expect(t, 200, "Hit", body)
}

// Whoever answers something else than what was asked for has its answer thrown away.
func TestCompletionIsCheckedAgainstWhatWasAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	body, answer := film(4*cachestore.ChunkBytes, `"v1"`)
	w.origin.says(answer)
	w.do(get("/film", "Range", "bytes=1048576-2097151"))
	w.settle()
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		resp, err := answer(r)
		if extent, ok := httpcache.ParseContentRange(resp.Header.Get("Content-Range")); ok {
			resp.Header.Set("Content-Range", httpcache.ContentRange(extent.First+1, extent.Last, extent.Length))
		}
		return resp, err
	})
	w.do(get("/film")).expect(t, 200, "Miss", body)
}

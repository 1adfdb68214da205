package edge

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
)

// gate makes the origin wait in answer until it is opened, and tells when it is reached.
type gate struct {
	reached, open chan struct{}
}

func newGate() *gate { return &gate{reached: make(chan struct{}, 100), open: make(chan struct{})} }

func (g *gate) wrap(answer func(*origin.Request) (*http.Response, error)) func(*origin.Request) (*http.Response, error) {
	return func(r *origin.Request) (*http.Response, error) {
		g.reached <- struct{}{}
		<-g.open
		return answer(r)
	}
}

func TestConcurrentMissesAreOneFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	g := newGate()
	w.origin.says(g.wrap(always(200, "body")))
	var wg sync.WaitGroup
	viewers := make([]*viewer, 50)
	lead := get("/x")
	wg.Go(func() { w.do(lead) })
	<-g.reached
	for i := range viewers {
		viewers[i] = get("/x")
		wg.Go(func() { w.do(viewers[i]) })
	}
	close(g.open)
	wg.Wait()
	lead.expect(t, 200, "Miss", "body")
	for _, v := range viewers {
		v.expect(t, 200, "Hit", "body")
	}
	if n := w.origin.count(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

func TestUnshareableAnswersReleaseTheWaiters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	g := newGate()
	w.origin.says(g.wrap(always(200, "mine", "Cache-Control", "private")))
	var wg sync.WaitGroup
	viewers := make([]*viewer, 10)
	for i := range viewers {
		viewers[i] = get("/x")
		wg.Go(func() { w.do(viewers[i]) })
	}
	<-g.reached
	close(g.open)
	wg.Wait()
	for _, v := range viewers {
		v.expect(t, 200, "Miss", "mine")
	}
	if n := w.origin.count(); n != 10 {
		t.Errorf("%d fetches for ten viewers", n)
	}
}

func TestFillsSurviveTheirFirstViewer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	pr, pw := io.Pipe()
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: pr, ContentLength: 4}, nil
	})
	leaver := &leaver{}
	v := get("/x")
	v.Header = v.header
	w.edge.Serve(&v.Request, leaver)
	io.WriteString(pw, "body")
	pw.Close()
	w.settle()
	w.do(get("/x")).expect(t, 200, "Hit", "body")
}

// leaver is a viewer that hangs up at the head of the answer.
type leaver struct{}

func (*leaver) Respond(r *Response) {
	if r.Stream != nil {
		r.Stream.Close()
	}
	r.Done(0, errors.New("connection reset"))
}

func TestViewersThatLeaveStopWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	g := newGate()
	w.origin.says(g.wrap(always(200, "body")))
	lead := get("/x")
	var wg sync.WaitGroup
	wg.Go(func() { w.do(lead) })
	<-g.reached
	v := get("/x")
	v.Gone = func() bool { return true }
	if w.do(v); v.got.Get("X-Cache") != "Error from cloudfront" {
		t.Errorf("%d", v.status)
	}
	close(g.open)
	wg.Wait()
	lead.expect(t, 200, "Miss", "body")
}

func TestRevalidation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(always(200, "one", "Etag", `"1"`, "Last-Modified", "Mon, 23 Nov 2026 12:00:00 GMT", "Cache-Control", "max-age=60", "X-A", "1"))
	w.do(get("/x")).expect(t, 200, "Miss", "one")
	w.settle()
	w.advance(61 * time.Second)
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		if r.Header.Get("If-None-Match") != `"1"` || r.Header.Get("If-Modified-Since") != "Mon, 23 Nov 2026 12:00:00 GMT" {
			t.Errorf("validators %v", r.Header)
		}
		return reply(304, "", "Etag", `"1"`, "Cache-Control", "max-age=60", "X-A", "2"), nil
	})
	v := w.do(get("/x", "If-None-Match", `"other"`))
	v.expect(t, 200, "RefreshHit", "one")
	if v.got.Get("X-A") != "2" {
		t.Errorf("%v", v.got)
	}
	w.advance(59 * time.Second)
	w.do(get("/x")).expect(t, 200, "Hit", "one")
	w.advance(2 * time.Second)
	w.origin.says(always(200, "two", "Etag", `"2"`))
	w.do(get("/x")).expect(t, 200, "Miss", "two")
}

func TestForeign304IsFetchedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(always(200, "one", "Etag", `"1"`, "Cache-Control", "max-age=60"))
	w.do(get("/x"))
	w.settle()
	w.advance(time.Hour)
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		if r.Header.Get("If-None-Match") != "" {
			return reply(304, "", "Etag", `"2"`), nil
		}
		return reply(200, "two", "Etag", `"2"`), nil
	})
	w.do(get("/x")).expect(t, 200, "Miss", "two")
}

func TestStaleWhileRevalidate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(always(200, "one", "Etag", `"1"`, "Cache-Control", "max-age=60, stale-while-revalidate=60"))
	w.do(get("/x"))
	w.settle()
	w.advance(61 * time.Second)
	w.origin.says(always(200, "two", "Etag", `"2"`, "Cache-Control", "max-age=60"))
	w.do(get("/x")).expect(t, 200, "Hit", "one")
	w.settle()
	w.do(get("/x")).expect(t, 200, "Hit", "two")
	if n := w.origin.count(); n != 2 {
		t.Errorf("%d fetches", n)
	}
}

func TestStaleIfError(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(always(200, "one", "Etag", `"1"`, "Cache-Control", "max-age=60, stale-if-error=600"))
	w.do(get("/x"))
	w.settle()
	w.advance(61 * time.Second)
	w.origin.says(always(503, "down"))
	w.do(get("/x")).expect(t, 200, "Hit", "one")
	w.do(get("/x")).expect(t, 200, "Hit", "one")
	if n := w.origin.count(); n != 2 {
		t.Errorf("%d fetches: the failing origin is left alone", n)
	}
	w.advance(601 * time.Second)
	w.do(get("/x")).expect(t, 503, "Error", "down")
}

func TestUnreachableOrigins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		return nil, &origin.Error{Cause: origin.Dial, Origin: "origin.example", Err: errors.New("refused")}
	})
	for range 3 {
		if v := w.do(get("/x")); v.status != 504 || !strings.Contains(v.body, "either the attempt failed or the origin closed the connection") {
			t.Errorf("%d %s", v.status, v.body)
		}
	}
	if n := w.origin.count(); n != 1 {
		t.Errorf("%d attempts within the error caching time", n)
	}
	w.advance(11 * time.Second)
	w.origin.says(always(200, "back"))
	w.do(get("/x")).expect(t, 200, "Miss", "back")
	w.settle()
	w.advance(25 * time.Hour)
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		return nil, &origin.Error{Cause: origin.Timeout, Err: errors.New("slow")}
	})
	w.do(get("/x")).expect(t, 200, "Hit", "back")
}

func TestErrorCaching(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	for _, c := range []struct {
		status int
		fields []string
		second int // fetches after two requests
	}{
		{404, nil, 1}, {500, nil, 1}, {403, nil, 2}, {403, []string{"Cache-Control", "max-age=5"}, 1}, {418, nil, 2},
	} {
		w.origin.says(always(c.status, "error", c.fields...))
		before := w.origin.count()
		path := "/" + strings.Repeat("x", c.status%100+len(c.fields)) + "e"
		w.do(get(path)).expect(t, c.status, "Error", "error")
		w.do(get(path)).expect(t, c.status, "Error", "error")
		if n := w.origin.count() - before; n != c.second {
			t.Errorf("%d %v: %d fetches", c.status, c.fields, n)
		}
	}
}

func TestHEAD(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		resp := reply(200, "body", "Etag", `"1"`)
		if r.Method == "HEAD" {
			resp.Body = http.NoBody
		}
		return resp, nil
	})
	if v := w.do(get("/x").method("HEAD")); v.status != 200 || v.length != 4 || v.body != "" {
		t.Errorf("%d %d %q", v.status, v.length, v.body)
	}
	w.do(get("/x")).expect(t, 200, "Miss", "body") // a HEAD never becomes the GET entry
	w.settle()
	if v := w.do(get("/x").method("HEAD")); v.got.Get("X-Cache") != "Hit from cloudfront" || v.length != 4 || v.body != "" {
		t.Errorf("%v %d %q", v.got, v.length, v.body)
	}
}

func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		if r.Header.Get("If-None-Match") != "" {
			t.Error("a fill carries a viewer's condition")
		}
		return reply(200, "body", "Etag", `"1"`, "Content-Type", "text/plain"), nil
	})
	for _, cache := range []string{"Miss", "Hit"} {
		v := w.do(get("/x", "If-None-Match", `W/"1"`))
		v.expect(t, 304, cache, "")
		if v.got.Has("Content-Type") || v.got.Get("ETag") != `"1"` {
			t.Errorf("%v", v.got)
		}
	}
	w.do(get("/x", "If-None-Match", `"2"`)).expect(t, 200, "Hit", "body")
	if v := w.do(get("/x", "If-Match", `"2"`)); v.status != 412 {
		t.Errorf("%d", v.status)
	}
}

// media is a representation an origin can cut ranges from.
func media(t *testing.T, size int, etag string) (string, func(*origin.Request) (*http.Response, error)) {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.Repeat(string(rune('a'+i%26)), 997))
	}
	body := b.String()[:size]
	return body, func(r *origin.Request) (*http.Response, error) {
		rec := &recorder{header: http.Header{}}
		req, err := http.NewRequest(r.Method, "http://o"+r.Target, nil)
		if err != nil {
			t.Error(err)
		}
		req.Header = r.Header
		if etag != "" {
			rec.header.Set("Etag", etag)
		}
		http.ServeContent(rec, req, "x.bin", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), strings.NewReader(body))
		return &http.Response{StatusCode: rec.status, Header: rec.header, Body: io.NopCloser(strings.NewReader(rec.body.String())), ContentLength: int64(rec.body.Len())}, nil
	}
}

type recorder struct {
	status int
	header http.Header
	body   strings.Builder
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(s int)           { r.status = s }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

func TestRanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	body, answer := media(t, 3*cachestore.ChunkBytes+100, `"v1"`)
	w.origin.says(answer)
	first := cachestore.ChunkBytes + 10
	v := w.do(get("/film", "Range", "bytes=1048586-1048605"))
	v.expect(t, 206, "Miss", body[first:first+20])
	if v.got.Get("Content-Range") != "bytes 1048586-1048605/3145828" || v.got.Has("Content-Encoding") {
		t.Errorf("%v", v.got)
	}
	if got := w.origin.last().Header.Get("Range"); got != "bytes=1048576-2097151" {
		t.Errorf("the origin was asked for %q", got)
	}
	w.settle()
	w.do(get("/film", "Range", "bytes=1048577-1048577")).expect(t, 206, "Hit", body[cachestore.ChunkBytes+1:cachestore.ChunkBytes+2])
	w.do(get("/film", "Range", "bytes=-50")).expect(t, 206, "Miss", body[len(body)-50:])
	if r := w.origin.last(); r.Header.Get("If-Match") != `"v1"` || r.Header.Get("Range") != "bytes=3145728-3145827" {
		t.Errorf("the origin was asked %v", r.Header)
	}
	w.settle()
	w.do(get("/film", "Range", "bytes=99999999-")).expect(t, 416, "Error", "")
	w.do(get("/film", "Range", "bytes=5-1")).expect(t, 200, "Miss", body) // malformed: the whole
	w.settle()
	w.do(get("/film", "Range", "bytes=0-9,20-29")).expect(t, 200, "Hit", body)
	w.do(get("/film", "Range", "bytes=0-")).expect(t, 206, "Hit", body)
	w.do(get("/film", "Range", "bytes=0-9", "If-Range", `"v1"`)).expect(t, 206, "Hit", body[:10])
	w.do(get("/film", "Range", "bytes=0-9", "If-Range", `"v0"`)).expect(t, 200, "Hit", body)
	if n := w.origin.count(); n != 3 {
		t.Errorf("%d fetches", n)
	}
}

func TestRangesOfAChangedObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	_, answer := media(t, 3*cachestore.ChunkBytes, `"v1"`)
	w.origin.says(answer)
	w.do(get("/film", "Range", "bytes=0-9"))
	w.settle()
	body, answer := media(t, 2*cachestore.ChunkBytes+5, `"v2"`)
	w.origin.says(answer)
	v := w.do(get("/film", "Range", "bytes=1048576-1048585"))
	v.expect(t, 206, "Miss", body[cachestore.ChunkBytes:cachestore.ChunkBytes+10])
	if v.got.Get("ETag") != `"v2"` {
		t.Errorf("%v", v.got)
	}
	w.settle()
	w.do(get("/film", "Range", "bytes=0-9")).expect(t, 206, "Hit", body[:10])
}

func TestRangesWithoutStrongETag(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	body, answer := media(t, 2*cachestore.ChunkBytes, "")
	w.origin.says(answer)
	w.do(get("/film", "Range", "bytes=1048580-1048589")).expect(t, 206, "Miss", body[1048580:1048590])
	if got := w.origin.last().Header.Get("Range"); got != "bytes=1048580-1048589" {
		t.Errorf("parts that cannot be combined were kept: %q", got)
	}
}

func TestRangeBeyondTheEndOfTheUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	_, answer := media(t, 100, `"v1"`)
	w.origin.says(answer)
	if v := w.do(get("/small", "Range", "bytes=5000000-")); v.status != 416 || v.got.Get("Content-Range") != "bytes */100" {
		t.Errorf("%d %v", v.status, v.got)
	}
	w.do(get("/small", "Range", "bytes=10-19")).expect(t, 206, "Miss", strings.Repeat("a", 10))
}

func TestCompression(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("compressible text. ", 500)
	w := newWorld(t, Options{}, func(w *world) {
		b := &w.config.DefaultCacheBehavior
		b.Compress, b.ForwardedValues, b.CachePolicyId = ptr(true), nil, ptr("658327ea-f89d-4fab-a63d-7e88639e58f6")
		l := w.behavior("/legacy/*")
		l.CachePolicyId, l.ForwardedValues = nil, &cloudfront.ForwardedValues{Cookies: cloudfront.CookiePreference{Forward: "none"}}
	})
	w.origin.says(always(200, text, "Content-Type", "text/plain; charset=utf-8", "Etag", `"1"`))
	decode := map[string]func(io.Reader) (io.Reader, error){
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	}
	for _, c := range []struct{ path, accept, want, origin string }{
		{"/a", "gzip, deflate, br", "br", "br,gzip"}, {"/a", "gzip", "gzip", "gzip"}, {"/a", "br;q=0, gzip", "gzip", "gzip"},
		{"/legacy/a", "gzip, deflate, br", "gzip", "gzip"}, {"/a", "identity", "", "identity"}, {"/a", "", "", "identity"},
	} {
		for range 2 {
			v := w.do(get(c.path, "Accept-Encoding", c.accept))
			if got := v.got.Get("Content-Encoding"); got != c.want {
				t.Errorf("%s with %q: coding %q", c.path, c.accept, got)
				continue
			}
			body := v.body
			if c.want != "" {
				r, err := decode[c.want](strings.NewReader(v.body))
				if err != nil {
					t.Fatal(err)
				}
				plain, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				body = string(plain)
				if v.got.Get("ETag") != `W/"1"` || v.got.Get("Vary") != "Accept-Encoding" || len(v.body) >= len(text) {
					t.Errorf("%v, %d bytes", v.got, len(v.body))
				}
			}
			if body != text {
				t.Errorf("%s with %q: wrong body", c.path, c.accept)
			}
			w.settle()
		}
	}
	if n := w.origin.count(); n != 4 {
		t.Errorf("%d fetches for four variants", n)
	}
	w.do(get("/a", "Accept-Encoding", "br", "Range", "bytes=0-4")).expect(t, 206, "Hit", "compr")
	old := get("/a", "Accept-Encoding", "gzip")
	old.Proto = HTTP10
	if w.do(old); old.got.Has("Content-Encoding") || old.body != text {
		t.Errorf("HTTP/1.0: %v", old.got)
	}
}

func TestTruncatedBodiesAreNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		resp := reply(200, "half")
		resp.ContentLength = 8
		return resp, nil
	})
	if v := w.do(get("/x")); v.err == nil {
		t.Errorf("a truncated body passed for whole: %q", v.body)
	}
	w.settle()
	w.origin.says(always(200, "complete"))
	w.do(get("/x")).expect(t, 200, "Miss", "complete")
}

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

// settle2 waits for finished bodies while another fill is still at the origin.
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

func TestSlowViewersOfBodiesTooLargeToKeepGetTheirRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	body, answer := media(t, 6*cachestore.ChunkBytes, `"v1"`)
	w.origin.says(answer)
	store := cachestore.New(cachestore.Options{MaxBytes: 8 << 20, MaxObjectBytes: 1 << 20, WindowBytes: 2 << 20})
	defer store.Close()
	fill, _ := store.Join("film", cachestore.Target{})
	o := fill.Start(&cachestore.Head{Status: 200, Length: int64(len(body)), Validators: httpcache.Validators{ETag: `"v1"`}})

	v := get("/film")
	v.Header = v.header
	x := newExchange(w.edge)
	x.start(&v.Request, v)
	w.edge.match(x)
	x.prepare()
	slow, fast := x.stream(o, 0, -1), x.stream(o, 100, -1)
	go func() {
		io.WriteString(fill, body)
		fill.Close()
	}()
	if got, err := io.ReadAll(fast); err != nil || string(got) != body[100:] {
		t.Errorf("fast: %d bytes, %v", len(got), err)
	}
	if got, err := io.ReadAll(slow); err != nil || string(got) != body {
		t.Errorf("slow: %d bytes, %v", len(got), err)
	}
	if r := w.origin.last(); r.Header.Get("Range") != "bytes=0-6291455" || r.Header.Get("If-Match") != `"v1"` {
		t.Errorf("the rest was asked for by %v", r.Header)
	}
	if err := errors.Join(slow.Close(), fast.Close()); err != nil {
		t.Error(err)
	}
}

func TestARestOfAnotherRepresentationBreaksTheBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	_, answer := media(t, 6*cachestore.ChunkBytes, `"v2"`)
	w.origin.says(answer)
	r := &resumable{e: w.edge, origin: w.edge.Snapshot().Distribution("E1").Behaviors[0].Origin, req: &origin.Request{Method: "GET", Target: "/film", Header: http.Header{}},
		etag: `"v1"`, last: 6*cachestore.ChunkBytes - 1, length: 6 * cachestore.ChunkBytes}
	if err := r.open(100); err == nil {
		t.Error("bytes of another representation were appended")
	}
}

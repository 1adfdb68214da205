package edge

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
)

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

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(s int) { r.status = s }

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
	if n := w.origin.count(); n != 4 { // the first and the third chunk were missing for the whole
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

// A viewer that takes codings was given the file without any: ranges of it need no fetch, unless
// it was given a coded variant.
func TestRangesAreCutFromWhatOthersWereGivenUncoded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, func(w *world) {
		b := &w.config.DefaultCacheBehavior
		b.ForwardedValues, b.CachePolicyId, b.Compress = nil, ptr("658327ea-f89d-4fab-a63d-7e88639e58f6"), ptr(true)
	})
	body, answer := media(t, 5000, `"v1"`)
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		resp, err := answer(r)
		if r.Target == "/page" {
			resp.Header.Set("Content-Type", "text/html")
		}
		return resp, err
	})
	const codings = "gzip, deflate, br"
	w.do(get("/film", "Accept-Encoding", codings)).expect(t, 200, "Miss", body)
	w.settle()
	w.do(get("/film", "Accept-Encoding", codings, "Range", "bytes=7-9")).expect(t, 206, "Hit", body[7:10])
	w.do(get("/film", "Accept-Encoding", codings, "Range", "bytes=9999-")).expect(t, 416, "Error", "")

	if v := w.do(get("/page", "Accept-Encoding", codings)); v.got.Get("Content-Encoding") != "br" {
		t.Fatalf("%v", v.got)
	}
	w.settle()
	w.do(get("/page", "Accept-Encoding", codings, "Range", "bytes=7-9")).expect(t, 206, "Miss", body[7:10])
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
	r := &resumable{
		e: w.edge, behavior: w.edge.Snapshot().Distribution("E1").Behaviors[0],
		req:  &upstream{Request: &origin.Request{Method: "GET", Target: "/film", Header: http.Header{}}},
		etag: `"v1"`, last: 6*cachestore.ChunkBytes - 1, length: 6 * cachestore.ChunkBytes,
	}
	if err := r.open(100); err == nil {
		t.Error("bytes of another representation were appended")
	}
}

package edge

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

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

// settle2 waits for finished bodies while another fill is still at the origin.

package edge

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/origin"
)

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

package edge

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
)

// newStrict is a world under strict rules whose distribution passes on what viewers send and
// allows every method.
func newStrict(t *testing.T) *world {
	return newWorld(t, Options{Rules: httpcache.Strict, CacheStatus: true}, func(w *world) {
		b := &w.config.DefaultCacheBehavior
		b.AllowedMethods = &cloudfront.AllowedMethods{Items: []cloudfront.Method{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}}
	})
}

// lockedBody is a body that ends when it is opened.
type lockedBody struct {
	once sync.Once
	open chan struct{}
	text *strings.Reader
}

func newLockedBody(text string) *lockedBody {
	return &lockedBody{open: make(chan struct{}), text: strings.NewReader(text)}
}

func (g *lockedBody) Read(p []byte) (int, error) { <-g.open; return g.text.Read(p) }

func (g *lockedBody) Close() error { return nil }

func (g *lockedBody) lift() { g.once.Do(func() { close(g.open) }) }

// RFC 9111, 4.1: viewers of different variants who come at once are told apart although the
// first answer is what tells that there are variants; viewers of one share a fetch.
func TestVariantsAtOnce(t *testing.T) {
	t.Parallel()
	w := newStrict(t)
	release := make(chan struct{})
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		<-release
		return reply(200, "for "+r.Header.Get("Foo"), "Vary", "Foo", "Cache-Control", "max-age=60"), nil
	})
	const each = 8
	var all sync.WaitGroup
	viewers := make([]*viewer, 3*each)
	for i := range viewers {
		viewers[i] = get("/x", "Foo", fmt.Sprint(i%3))
		all.Go(func() { w.do(viewers[i]) })
	}
	for range 50 {
		time.Sleep(time.Millisecond) // let them join one another
	}
	close(release)
	all.Wait()
	for i, v := range viewers {
		if want := fmt.Sprintf("for %d", i%3); v.status != 200 || v.body != want {
			t.Errorf("viewer %d: %d %q, want %q", i, v.status, v.body, want)
		}
	}
	w.settle()
	before := w.origin.count()
	for i := range 3 {
		w.do(get("/x", "Foo", fmt.Sprint(i))).expect(t, 200, "Hit", fmt.Sprintf("for %d", i))
	}
	if before > 2*3+2 || w.origin.count() != before {
		t.Errorf("%d fetches for 3 variants, %d in the end", before, w.origin.count())
	}
}

// RFC 9111, 4.4: an answer that was under way when a change passed is not taken for the new
// state, neither by who comes after nor later.
func TestChangeDuringAFetch(t *testing.T) {
	t.Parallel()
	w := newStrict(t)
	old := newLockedBody("old")
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		resp := reply(200, "old", "Cache-Control", "max-age=60")
		resp.Body = old
		return resp, nil
	})
	first := get("/x")
	var done sync.WaitGroup
	done.Go(func() { w.do(first) })
	for w.origin.count() == 0 {
		time.Sleep(time.Millisecond)
	}
	w.mu.Lock()
	w.now = w.now.Add(time.Second)
	w.mu.Unlock()
	w.origin.says(always(200, "new", "Cache-Control", "max-age=60"))
	post := get("/x").method("POST")
	post.Body, post.ContentLength = io.NopCloser(strings.NewReader("a")), 1
	if w.do(post); post.status != 200 {
		t.Fatalf("POST: %d", post.status)
	}
	w.mu.Lock()
	w.now = w.now.Add(time.Second)
	w.mu.Unlock()
	if v := w.do(get("/x")); v.body != "new" {
		t.Errorf("after the change: %q", v.body)
	}
	old.lift()
	done.Wait()
	if first.body != "old" {
		t.Errorf("before the change: %q", first.body)
	}
	w.advance(time.Second)
	if v := w.do(get("/x")); v.body != "new" {
		t.Errorf("in the end: %q", v.body)
	}
}

// A bounded number of changes is remembered; beyond it everything before is in doubt.
func TestDoubtsAreBounded(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	d := newDoubts(start)
	name := func(i int) resource { return resource{distribution: "E", path: fmt.Sprintf("/%d", i)} }
	if d.cover(name(0), start) || !d.cover(name(0), start.Add(-time.Nanosecond)) {
		t.Error("what was stored before the start is in doubt, later not")
	}
	now := start.Add(time.Hour)
	d.add(name(0), now)
	if !d.cover(name(0), now) || d.cover(name(0), now.Add(1)) || d.cover(name(1), now) {
		t.Error("one resource in doubt")
	}
	for i := range maxDoubts {
		d.add(name(i+1), now.Add(time.Duration(i)))
	}
	last := now.Add(maxDoubts - 1)
	if len(d.at) > maxDoubts || !d.cover(name(0), now) || !d.cover(name(-1), last.Add(-1)) || d.cover(name(-1), last) {
		t.Errorf("%d remembered", len(d.at))
	}
}

// RFC 9211, and the same in the access log under either rules.
func TestCacheStatus(t *testing.T) {
	t.Parallel()
	w := newStrict(t)
	w.origin.says(always(200, "x", "Cache-Control", "max-age=60", "Cache-Status", "Inner; hit"))
	if got := w.do(get("/x")).got.Values("Cache-Status"); len(got) != 2 || got[0] != "Inner; hit" || got[1] != "Warmfront; fwd=uri-miss; fwd-status=200; stored; ttl=60; detail=storable" {
		t.Errorf("miss: %q", got)
	}
	w.advance(time.Second)
	if got := w.do(get("/x")).got.Values("Cache-Status"); len(got) != 2 || got[1] != "Warmfront; hit; ttl=59" {
		t.Errorf("hit: %q", got)
	}
	quiet := newWorld(t, Options{}, nil)
	quiet.origin.says(always(200, "x"))
	if v := quiet.do(get("/x")); v.got.Has("Cache-Status") {
		t.Errorf("not asked for: %q", v.got)
	}
}

// interimViewer is a viewer that takes interim responses.
type interimViewer struct {
	*viewer
	got []string
}

func (v *interimViewer) Interim(status int, fields []Field) {
	v.got = append(v.got, fmt.Sprint(status, " ", httpcache.Header(fields).Get("Link")))
}

// RFC 9110, 15.2: only while the viewer waits, and nothing about one connection.
func TestInterims(t *testing.T) {
	t.Parallel()
	v := &interimViewer{viewer: get("/x")}
	i := &interims{to: v}
	pass := func(status int) {
		if err := i.pass(status, map[string][]string{"Link": {"</a>"}, "Connection": {"x"}}); err != nil {
			t.Error(err)
		}
	}
	pass(100)
	pass(101)
	pass(103)
	i.stop()
	pass(103)
	if len(v.got) != 1 || v.got[0] != "103 </a>" {
		t.Errorf("%q", v.got)
	}
	var none *interims
	none.stop()
	if none.watch(t.Context()) != t.Context() {
		t.Error("no way for interim responses, yet a trace")
	}
}

// Legacy settings under strict rules pass on what responses may depend on and say so
// (RFC 9111, 3.5 and 4.1), but nothing by which a viewer could have another answer stored.
func TestStrictForwarding(t *testing.T) {
	t.Parallel()
	w := newStrict(t)
	w.origin.says(always(200, "x", "Cache-Control", "max-age=60", "Vary", "Accept-Language"))
	w.do(get("/x", "Authorization", "A", "Accept-Language", "en", "X-HTTP-Method-Override", "PUT", "X-Original-URL", "/y"))
	h := w.origin.last().Header
	if h.Get("Authorization") != "A" || h.Get("Accept-Language") != "en" || h.Get("X-Http-Method-Override") != "" || h.Get("X-Original-Url") != "" {
		t.Errorf("%v", h)
	}
	w.do(get("/x", "Accept-Language", "en")).expect(t, 200, "Miss", "x") // what was for A is nobody else's
	w.settle()
	w.do(get("/x", "Accept-Language", "EN", "Authorization", "B")).expect(t, 200, "Hit", "x")
	w.do(get("/x", "Accept-Language", "de")).expect(t, 200, "Miss", "x")
	quiet := newWorld(t, Options{}, nil)
	quiet.origin.says(always(200, "x"))
	quiet.do(get("/x", "Authorization", "A", "Accept-Language", "en"))
	if h := quiet.origin.last().Header; h.Get("Authorization") != "" || h.Get("Accept-Language") != "" {
		t.Errorf("CloudFront's rules: %v", h)
	}
}

// RFC 9111, 2: the key is the whole target, scheme and host included, and no part of it runs
// into another.
func TestStrictKey(t *testing.T) {
	t.Parallel()
	w := newStrict(t)
	w.config.DefaultCacheBehavior.ForwardedValues.QueryString = false
	w.config.Aliases = &cloudfront.Aliases{Items: []string{"other.example"}}
	w.cfg.Distributions["E1"].Meta.Revision++
	w.publish()
	w.origin.says(always(200, "x", "Cache-Control", "max-age=60"))
	other := get("/x")
	other.Host = "other.example"
	for _, v := range []*viewer{get("/x"), get("/x").plain(), get("/x?a=1"), get("/x?a=2"), other} {
		w.do(v).expect(t, 200, "Miss", "x")
	}
	w.settle()
	for _, v := range []*viewer{get("/x"), get("/x").plain(), get("/x?a=1"), get("/x?a=2")} {
		w.do(v).expect(t, 200, "Hit", "x")
	}
}

// RFC 9111, 4.3.5: an answer to HEAD says nothing of what was asked for after it.
func TestOldHEADRenewsNothing(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{`"same"`, `"older"`} {
		w := newStrict(t)
		w.origin.says(func(r *origin.Request) (*http.Response, error) {
			if r.Method != "HEAD" {
				return reply(200, "body", "Cache-Control", "max-age=60", "Etag", `"same"`, "X-From", "GET"), nil
			}
			w.advance(time.Second)
			w.do(get("/x")).expect(t, 200, "Miss", "body")
			w.settle()
			resp := reply(200, "body", "Cache-Control", "max-age=60", "Etag", tag, "X-From", "HEAD")
			resp.Body = http.NoBody
			return resp, nil
		})
		w.do(get("/x").method("HEAD"))
		w.settle()
		v := w.do(get("/x"))
		v.expect(t, 200, "Hit", "body")
		if from := v.got.Get("X-From"); from != "GET" {
			t.Errorf("%s: renewed from %s", tag, from)
		}
	}
}

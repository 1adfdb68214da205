package edge

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
)

func TestPassThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, func(w *world) {
		w.config.DefaultCacheBehavior.AllowedMethods = &cloudfront.AllowedMethods{Items: []cloudfront.Method{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}}
	})
	var seen string
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		seen = string(b)
		return reply(201, "made", "Location", "/x"), err
	})
	post := func() *viewer {
		v := get("/x?y=z", "Authorization", "Bearer t", "Content-Type", "text/plain").method("POST")
		v.Body, v.ContentLength = strings.NewReader("payload"), 7
		return v
	}
	v := w.do(post())
	v.expect(t, 201, "Miss", "made")
	r := w.origin.last()
	if seen != "payload" || r.ContentLength != 7 || r.Header.Get("Authorization") != "Bearer t" || r.Header.Get("Content-Type") != "text/plain" || v.got.Get("Location") != "/x" {
		t.Errorf("%q %+v", seen, r)
	}
	w.do(post())
	if n := w.origin.count(); n != 2 {
		t.Errorf("%d fetches", n)
	}
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		return nil, &origin.Error{Cause: origin.DNS, Err: errors.New("no such host")}
	})
	if v := w.do(post()); v.status != 502 || !strings.Contains(v.body, "wasn't able to resolve") {
		t.Errorf("%d %s", v.status, v.body)
	}
}

func TestBodiesAreTakenBackWhenTheAnswerIsOut(t *testing.T) {
	t.Parallel()
	b := &viewerBody{from: strings.NewReader("abc")}
	p := make([]byte, 1)
	if n, err := b.Read(p); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	b.close()
	if _, err := b.Read(p); !errors.Is(err, errServed) {
		t.Errorf("read after the request was served: %v", err)
	}
}

func TestOPTIONSIsCachedOnlyWhereItIsListed(t *testing.T) {
	t.Parallel()
	three := []cloudfront.Method{"GET", "HEAD", "OPTIONS"}
	for _, cached := range []bool{false, true} {
		w := newWorld(t, Options{}, func(w *world) {
			m := &cloudfront.AllowedMethods{Items: three}
			if cached {
				m.CachedMethods = &cloudfront.CachedMethods{Items: three}
			}
			w.config.DefaultCacheBehavior.AllowedMethods = m
		})
		w.origin.says(func(r *origin.Request) (*http.Response, error) { return reply(200, r.Method), nil })
		w.do(get("/x")).expect(t, 200, "Miss", "GET")
		w.do(get("/x").method("OPTIONS")).expect(t, 200, "Miss", "OPTIONS")
		w.settle()
		want := map[bool]string{false: "Miss", true: "Hit"}[cached]
		w.do(get("/x").method("OPTIONS")).expect(t, 200, want, "OPTIONS")
	}
}

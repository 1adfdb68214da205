package redteam

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// echo answers with everything of a request that could poison a shared cache.
func echo(rw http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		panic(http.ErrAbortHandler) // an origin that answers before the body is no judge of bodies
	}
	rw.Header().Set("Content-Type", "text/plain")
	rw.Header().Set("Cache-Control", "max-age=3600")
	for name, values := range r.Header {
		io.WriteString(rw, name+": "+strings.Join(values, " | ")+"\n")
	}
	fmt.Fprintf(rw, "%s %s%s\n", r.Method, r.Host, r.RequestURI)
}

// Fields by which origins build URLs, pick hosts or methods must not get into shared fills.
func TestUnkeyedFieldsDoNotPoison(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := []string{customOrigin("o", w.origin(echo))}
	for name, parts := range map[string]string{"legacy": legacy, "policy": optimized, "all-viewer": optimized + allViewer} {
		s := w.distribution(o, behavior("o", parts), "")
		for _, field := range []string{
			"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Prefix",
			"X-Forwarded", "Forwarded", "X-Original-URL", "X-Original-Host", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method",
			"X-Method-Override", "X-Host", "X-Real-IP", "Range", "If-None-Match", "Authorization", "Cookie",
		} {
			target := "/" + name + "/" + field
			s.get(target, field+": evil.example")
			if a := s.get(target); strings.Contains(a.body, "evil.example") && a.header.Get("X-Cache") != "Miss from cloudfront" {
				t.Errorf("%s: %s reached a shared response", name, field)
			}
		}
	}
}

// A field that Connection names ends at the edge. Were it part of the key all the same, a
// response made without it would be kept for those who send it.
func TestNominatedFieldsAreNotKeyed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keyed := "<ForwardedValues><QueryString>false</QueryString><Cookies><Forward>none</Forward></Cookies><Headers><Quantity>1</Quantity>" +
		"<Items><Name>X-Tenant</Name></Items></Headers></ForwardedValues><MinTTL>0</MinTTL>"
	s := w.distribution([]string{customOrigin("o", w.origin(echo))}, behavior("o", keyed), "")
	s.get("/a", "X-Tenant: one", "Connection: X-Tenant")
	if a := s.get("/a", "X-Tenant: one"); !strings.Contains(a.body, "X-Tenant: one\n") {
		t.Errorf("X-Cache %s:\n%s", a.header.Get("X-Cache"), a.body)
	}
}

// An origin that fails because of what one viewer sent along still answers the next one.
func TestBurdenedErrorsAreNotShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	port := w.origin(func(rw http.ResponseWriter, r *http.Request) {
		if len(r.Header.Get("X-Junk")) < 8000 {
			echo(rw, r)
			return
		}
		rw.Header().Set("Cache-Control", "max-age=3600")
		switch r.URL.Path {
		case "/closed":
			panic(http.ErrAbortHandler)
		case "/400":
			rw.WriteHeader(400)
		case "/404":
			rw.WriteHeader(404)
		case "/414":
			rw.WriteHeader(414)
		}
	})
	s := w.distribution([]string{customOrigin("o", port)}, behavior("o", legacy), "")
	for _, target := range []string{"/closed", "/400", "/404", "/414"} {
		if a := s.get(target, "X-Junk: "+strings.Repeat("a", 10_000)); a.status < 400 {
			t.Errorf("%s, burdened: %d", target, a.status)
		}
		if a := s.get(target); a.status != 200 {
			t.Errorf("%s, the next viewer: %d", target, a.status)
		}
	}
}

// What one viewer asks of a resource does not become what others get.
func TestPartsAndMethodsDoNotPoison(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const whole = "0123456789"
	port := w.origin(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("ETag", `"v1"`)
		http.ServeContent(rw, r, "x.txt", w.clock.Now(), strings.NewReader(whole))
	})
	s := w.distribution([]string{customOrigin("o", port)}, behavior("o", allMethods+legacy), "")
	for i, attack := range [][]string{
		{"GET", "Range: bytes=2-4"},
		{"GET", "Range: bytes=100-"},
		{"GET", "Range: bytes=-3"},
		{"GET", "Range: bytes=0-1,3-4"},
		{"GET", `If-None-Match: "v1"`},
		{"GET", `If-Match: "v0"`},
		{"GET", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"},
		{"GET", "If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT"},
		{"GET", `If-Range: "v1"`, "Range: bytes=2-4"},
		{"HEAD"},
		{"OPTIONS"},
		{"POST", "Content-Length: 0"},
		{"DELETE"},
		{"GET", "Cache-Control: only-if-cached"},
		{"GET", "Max-Forwards: 0"},
	} {
		target := fmt.Sprintf("/%d", i)
		s.do(attack[0], target, attack[1:]...)
		if a := s.get(target); a.status != 200 || a.body != whole {
			t.Errorf("after %q: %d %q", attack, a.status, a.body)
		}
	}
}

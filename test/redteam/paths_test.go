package redteam

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/signedurl"
)

// readings are what servers make of a raw path: every way in which common ones decode, cut and
// clean it, once or twice over.
func readings(raw string) map[string]bool {
	steps := []func(string) string{
		func(p string) string { // decode, keeping what is malformed
			if d, err := url.PathUnescape(p); err == nil {
				return d
			}
			return p
		},
		func(p string) string { return strings.ReplaceAll(p, `\`, "/") },
		func(p string) string { // RFC 3986 and POSIX cleaning
			if !strings.HasPrefix(p, "/") {
				p = "/" + p
			}
			return path.Clean(p)
		},
		func(p string) string {
			if i := strings.IndexAny(p, "?#\x00"); i >= 0 {
				return p[:i]
			}
			return p
		},
		func(p string) string { // Tomcat's path parameters
			var out []string
			for _, s := range strings.Split(p, "/") {
				s, _, _ = strings.Cut(s, ";")
				out = append(out, s)
			}
			return strings.Join(out, "/")
		},
		func(p string) string { return strings.TrimRight(p, "/") },
	}
	found := map[string]bool{raw: true}
	queue := []string{raw}
	for len(queue) > 0 && len(found) < 2000 {
		p := queue[0]
		queue = queue[1:]
		for _, step := range steps {
			if r := step(p); !found[r] {
				found[r] = true
				queue = append(queue, r)
			}
		}
	}
	return found
}

func isPrivate(p string) bool {
	return strings.HasPrefix(p, "/private/") || p == "/secret.txt" || strings.HasSuffix(p, ".m3u8")
}

// An origin that cleans paths in whatever way, behind a public default behavior, never serves
// what a restricted behavior guards.
func TestNoSpellingReachesAPrivatePath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	port := w.origin(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "no-store")
		raw, _, _ := strings.Cut(r.RequestURI, "?")
		raw = strings.TrimPrefix(raw, "http://localhost")
		for p := range readings(raw) {
			if isPrivate(p) {
				fmt.Fprintf(rw, "SECRET %q read as %q", r.RequestURI, p)
				return
			}
		}
		io.WriteString(rw, "public")
	})
	guarded := behavior("o", optimized) + w.restricted()
	s := w.distribution([]string{customOrigin("o", port)}, behavior("o", legacy), "",
		"/private/*", guarded, "/secret.txt", guarded, "*.m3u8", guarded)
	tokens := []string{
		"/", "/", "//", ".", "..", "%2e", "%2E%2e", "%252e", "private", "%70rivate", "priv%61te", "secret.txt", "secret%2etxt", "public", ";", ";x=1",
		`\`, "%5c", "%2f", "%252F", "%00", "?", "#", "%23", "%3f", "%3B", "x", "a.m3u8", "%25", "%2", "%%32%65", "%c0%ae", "é", "+", "&", "*",
	}
	random := rand.New(rand.NewPCG(1, 2))
	c := s.dial()
	admitted := 0
	for range 6000 {
		target := "/"
		for range 1 + random.IntN(7) {
			target += tokens[random.IntN(len(tokens))]
		}
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, s.host())
		a, err := c.read("GET")
		if err != nil {
			t.Logf("%q: %v", target, err)
			c = s.dial()
			continue
		}
		if strings.HasPrefix(a.body, "SECRET") {
			t.Errorf("%q: unsigned, got %s", target, a.body)
		}
		if a.status == 200 {
			admitted++
		}
		if a.header.Get("Connection") == "close" {
			c = s.dial()
		}
	}
	t.Logf("%d of 6000 admitted", admitted)
}

// A signature for one folder opens no other one, however the origin reads dots.
func TestNoSpellingLeavesASignedFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	port := w.origin(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "no-store")
		raw, _, _ := strings.Cut(r.RequestURI, "?")
		raw = strings.TrimPrefix(raw, "http://localhost")
		for p := range readings(raw) {
			if !strings.HasPrefix(p, "/private/a") && strings.HasSuffix(p, "/secret") {
				fmt.Fprintf(rw, "SECRET %q read as %q", r.RequestURI, p)
				return
			}
		}
		io.WriteString(rw, "mine")
	})
	s := w.distribution([]string{customOrigin("o", port)}, behavior("o", legacy)+w.restricted(), "")
	base := "https://" + s.host()
	signed := s.sign("/private/a/x", signedurl.Policy{Resource: base + "/private/a/*"})
	_, query, _ := strings.Cut(signed, "?")
	tokens := []string{"/", "//", "..", "/../", "/%2e%2e/", "%2e%2E", "%252e%252e", "secret", "/secret", "b", ";", "/..;/", `\..\`, "%5c..%5c", "%2f..%2f", "%252F", "%00", "#", "%23", "%3f", "x"}
	random := rand.New(rand.NewPCG(3, 4))
	c := s.dial()
	admitted := 0
	for range 4000 {
		target := "/private/a/"
		for range 1 + random.IntN(6) {
			target += tokens[random.IntN(len(tokens))]
		}
		fmt.Fprintf(c, "GET %s?%s HTTP/1.1\r\nHost: %s\r\n\r\n", target, query, s.host())
		a, err := c.read("GET")
		if err != nil {
			t.Fatalf("%q: %v", target, err)
		}
		if strings.HasPrefix(a.body, "SECRET") {
			t.Errorf("%q: got %s", target, a.body)
		}
		if a.status == 200 {
			admitted++
		}
		if a.header.Get("Connection") == "close" {
			c = s.dial()
		}
	}
	t.Logf("%d of 4000 admitted", admitted)
}

package edge

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/warmfront/warmfront/internal/cloudfront"
)

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
		{"/a", "gzip, deflate, br", "br", "br,gzip"},
		{"/a", "gzip", "gzip", "gzip"},
		{"/a", "br;q=0, gzip", "gzip", "gzip"},
		{"/legacy/a", "gzip, deflate, br", "gzip", "gzip"},
		{"/a", "identity", "", "identity"},
		{"/a", "", "", "identity"},
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

// The extra coding is the owner's choice, and follows what the policy enables.
func TestZstd(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("compressible text. ", 500)
	w := newWorld(t, Options{Zstd: true}, func(w *world) {
		b := &w.config.DefaultCacheBehavior
		b.Compress, b.ForwardedValues, b.CachePolicyId = ptr(true), nil, ptr("658327ea-f89d-4fab-a63d-7e88639e58f6")
		w.behavior("/plain/*").CachePolicyId = ptr("4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
	})
	w.origin.says(always(200, text, "Content-Type", "text/plain", "Etag", `"1"`))
	for _, c := range []struct{ path, accept, want string }{
		{"/a", "gzip, deflate, br, zstd", "zstd"},
		{"/a", "gzip, br", "br"},
		{"/plain/a", "gzip, br, zstd", ""},
	} {
		v := w.do(get(c.path, "Accept-Encoding", c.accept))
		if got := v.got.Get("Content-Encoding"); got != c.want {
			t.Errorf("%s with %q: coding %q", c.path, c.accept, got)
		}
		if c.want != "zstd" {
			continue
		}
		r, err := zstd.NewReader(strings.NewReader(v.body))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(r); err != nil || string(plain) != text {
			t.Errorf("%d bytes, %v", len(plain), err)
		}
		r.Close()
	}
}

package console

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, h http.Handler, method, target, acceptEncoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	if acceptEncoding != "" {
		r.Header.Set("Accept-Encoding", acceptEncoding)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func zip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func built(t *testing.T) http.Handler {
	t.Helper()
	h, err := newHandler(fstest.MapFS{
		"index.html.gz":         {Data: zip(t, "<html>")},
		"index.html.br":         {Data: []byte("brotli")},
		"assets/app-4f5e.js.gz": {Data: zip(t, "app")},
		"assets/app-4f5e.js.br": {Data: []byte("brotli app")},
		"assets/font-1.woff2":   {Data: []byte("font")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestFiles(t *testing.T) {
	h := built(t)
	for _, tc := range []struct {
		target, accept        string
		status                int
		contentType, encoding string
		cache, body           string
	}{
		{"/console/", "gzip, br", 200, "text/html; charset=utf-8", "br", "no-store", "brotli"},
		{"/console/", "", 200, "text/html; charset=utf-8", "", "no-store", "<html>"},
		{"/console/", "br;q=0", 200, "text/html; charset=utf-8", "", "no-store", "<html>"},
		{"/console/assets/app-4f5e.js", "GZIP;q=0.5", 200, "text/javascript; charset=utf-8", "gzip", "public, max-age=31536000, immutable", string(zip(t, "app"))},
		{"/console/assets/font-1.woff2", "gzip, br", 200, "font/woff2", "", "public, max-age=31536000, immutable", "font"},
		{"/console/assets/gone.js", "gzip", 404, "text/plain; charset=utf-8", "", "", "The console has no such page.\n"},
		{"/console/../secret", "gzip", 404, "text/plain; charset=utf-8", "", "", "The console has no such page.\n"},
	} {
		resp := get(t, h, http.MethodGet, tc.target, tc.accept)
		var body bytes.Buffer
		body.ReadFrom(resp.Body)
		if resp.StatusCode != tc.status || resp.Header.Get("Content-Type") != tc.contentType ||
			resp.Header.Get("Content-Encoding") != tc.encoding || body.String() != tc.body {
			t.Errorf("%s accepting %q: %d %v %q", tc.target, tc.accept, resp.StatusCode, resp.Header, body.String())
		}
		if tc.cache != "" && resp.Header.Get("Cache-Control") != tc.cache {
			t.Errorf("%s: Cache-Control %q, want %q", tc.target, resp.Header.Get("Cache-Control"), tc.cache)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := built(t)
	for _, target := range []string{"/console/", "/console", "/console/assets/app-4f5e.js", "/console/nothing"} {
		resp := get(t, h, http.MethodGet, target, "")
		csp := resp.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: Content-Security-Policy %q lacks %q", target, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: Content-Security-Policy %q is loose", target, csp)
		}
		if resp.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", target, resp.Header)
		}
	}
}

func TestMethodsAndRedirect(t *testing.T) {
	h := built(t)
	if resp := get(t, h, http.MethodPost, "/console/", ""); resp.StatusCode != 405 {
		t.Errorf("POST: %d", resp.StatusCode)
	}
	if resp := get(t, h, http.MethodHead, "/console/", ""); resp.StatusCode != 200 || resp.Header.Get("Content-Length") != "6" {
		t.Errorf("HEAD: %d %v", resp.StatusCode, resp.Header)
	}
	if resp := get(t, h, http.MethodGet, "/console", ""); resp.StatusCode != 308 || resp.Header.Get("Location") != "console/" {
		t.Errorf("/console: %d %v", resp.StatusCode, resp.Header)
	}
}

func TestNotBuilt(t *testing.T) {
	h, err := newHandler(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	resp := get(t, h, http.MethodGet, "/console/", "")
	var body bytes.Buffer
	body.ReadFrom(resp.Body)
	if resp.StatusCode != 503 || !strings.Contains(body.String(), "make web") {
		t.Errorf("%d %q", resp.StatusCode, body.String())
	}
}

// What is embedded in this build is servable, whether the console was built or not.
func TestNew(t *testing.T) {
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if resp := get(t, h, http.MethodGet, "/console/", "gzip"); resp.StatusCode != 200 && resp.StatusCode != 503 {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestUnknownKindsOfFilesAreRefused(t *testing.T) {
	if _, err := newHandler(fstest.MapFS{"a.exe": {Data: []byte("x")}}); err == nil {
		t.Error("a file without a content type was taken")
	}
}

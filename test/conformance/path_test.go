package conformance

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/warmfront/warmfront/test/harness"
)

// The bodies of refusals, as CloudFront words them.
const (
	missingKey   = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>`
	unknownKey   = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>InvalidKey</Code><Message>Unknown Key</Message></Error>`
	accessDenied = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>`
)

func TestTheRecipe(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	for _, form := range []struct {
		name      string
		prepare   func(*site)
		encodings map[string]string // viewer's Accept-Encoding → Content-Encoding
	}{
		{"legacy", legacy, map[string]string{"gzip, br": "gzip", "gzip": "gzip", "identity": ""}},
		{"modern", modern, map[string]string{"gzip, br": "br", "gzip": "gzip", "identity": ""}},
	} {
		t.Run(form.name, func(t *testing.T) {
			t.Parallel()
			w := newSite(t, s, form.name+"-films", form.prepare)
			w.upload("page.html", "text/html", []byte(strings.Repeat("<p>A warm front brings steady rain.</p>\n", 100)))
			w.upload("folder/small.txt", "text/plain", []byte("small\n"))
			film := make([]byte, 100<<20)
			rand.NewChaCha8([32]byte{1}).Read(film)
			w.upload("film.bin", "application/octet-stream", film)

			w.refusesAndAdmits(t)
			w.negotiates(t, form.encodings)
			w.servesTheFilm(t)
			w.invalidates(t)
			w.remove()
		})
	}
}

// sign signs a URL with `aws cloudfront sign`.
func (w *site) sign(url string, expires time.Time, more ...string) string {
	w.t.Helper()
	return strings.TrimSpace(w.Command("aws", append([]string{
		"cloudfront", "sign", "--url", url, "--key-pair-id", w.keyID,
		"--private-key", "file://" + w.keyFile, "--date-less-than", strconv.FormatInt(expires.Unix(), 10),
	}, more...)...))
}

func (w *site) get(t *testing.T, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := w.Viewer().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	return resp, body
}

func (w *site) refusesAndAdmits(t *testing.T) {
	t.Helper()
	hour, url := time.Now().Add(time.Hour), w.url("/folder/small.txt")
	signed := w.sign(url, hour)
	other := strings.Replace(w.url("/folder/small.txt"), w.domain, "localhost", 1)
	for _, tc := range []struct{ name, url, want string }{
		{"unsigned", url, missingKey},
		{"expired", w.sign(url, time.Now().Add(-time.Minute)), accessDenied},
		{"tampered path", strings.Replace(signed, "/folder/small.txt", "/film.bin", 1), accessDenied},
		{"tampered expiry", strings.Replace(signed, "Expires="+strconv.FormatInt(hour.Unix(), 10), "Expires="+strconv.FormatInt(hour.Unix()+1, 10), 1), accessDenied},
		{"unknown key", strings.Replace(signed, "Key-Pair-Id="+w.keyID, "Key-Pair-Id=APKAAAAAAAAAAAAAAAAA", 1), unknownKey},
		{"signed for another host", strings.Replace(w.sign(other, hour), "localhost", w.domain, 1), accessDenied},
		{"signed for another address", w.sign(url, hour, "--ip-address", "192.0.2.0/24"), accessDenied},
		{"query added", signed + "&download=1", accessDenied},
	} {
		resp, body := w.get(t, tc.url)
		if resp.StatusCode != 403 || string(body) != tc.want {
			t.Errorf("%s: %d %s, want 403 %s", tc.name, resp.StatusCode, body, tc.want)
		}
		if got := resp.Header.Get("Content-Type"); got != "text/xml" {
			t.Errorf("%s: Content-Type %q", tc.name, got)
		}
	}
	for i, want := range []string{"Miss from cloudfront", "Hit from cloudfront"} {
		resp, body := w.get(t, signed)
		if resp.StatusCode != 200 || !bytes.Equal(body, w.files["folder/small.txt"]) || resp.Header.Get("X-Cache") != want {
			t.Errorf("signed request %d: %d %s, X-Cache %q", i, resp.StatusCode, body, resp.Header.Get("X-Cache"))
		}
	}
	if resp, _ := w.get(t, w.sign(url, hour, "--ip-address", "127.0.0.1")); resp.StatusCode != 200 {
		t.Errorf("signed for this address: %d", resp.StatusCode)
	}
	insecure := strings.Replace(strings.Replace(signed, "https:", "http:", 1), ":"+w.HTTPSPort(), ":"+w.HTTPPort(), 1)
	if resp, _ := w.get(t, insecure); resp.StatusCode != 301 || resp.Header.Get("Location") != signed {
		t.Errorf("over HTTP: %d, Location %s, want %s", resp.StatusCode, resp.Header.Get("Location"), signed)
	}
	if resp, body := w.get(t, w.Endpoints.API+"/"+w.bucket+"/folder/small.txt"); resp.StatusCode != 403 || !strings.Contains(string(body), "<Code>AccessDenied</Code>") {
		t.Errorf("the bucket's own URL: %d %s", resp.StatusCode, body)
	}
	presigned := strings.TrimSpace(w.AWS("s3", "presign", "s3://"+w.bucket+"/folder/small.txt"))
	if resp, body := w.get(t, presigned); resp.StatusCode != 200 || !bytes.Equal(body, w.files["folder/small.txt"]) {
		t.Errorf("the bucket's presigned URL: %d %s", resp.StatusCode, body)
	}
	if resp, body := w.get(t, w.sign(w.url("/"), hour)); resp.StatusCode != 200 || !bytes.Equal(body, w.files["page.html"]) {
		t.Errorf("the default root object: %d %.100s", resp.StatusCode, body)
	}
}

func (w *site) negotiates(t *testing.T, encodings map[string]string) {
	t.Helper()
	signed := w.sign(w.url("/page.html"), time.Now().Add(time.Hour))
	for accept, want := range encodings {
		for range 2 {
			resp, body := w.get(t, signed, "Accept-Encoding", accept)
			if got := resp.Header.Get("Content-Encoding"); got != want {
				t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", accept, got, want)
			}
			if plain := decode(t, resp.Header.Get("Content-Encoding"), body); !bytes.Equal(plain, w.files["page.html"]) {
				t.Errorf("Accept-Encoding %q: other bytes", accept)
			}
		}
	}
}

func decode(t *testing.T, encoding string, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "br":
		r = brotli.NewReader(r)
	}
	if err == nil {
		body, err = io.ReadAll(r)
	}
	if err != nil {
		t.Fatalf("decoding %s: %v", encoding, err)
	}
	return body
}

func (w *site) servesTheFilm(t *testing.T) {
	t.Helper()
	film := w.files["film.bin"]
	signed := w.sign(w.url("/film.bin"), time.Now().Add(time.Hour))
	if resp, body := w.get(t, signed, "Range", "bytes=52428799-52428803"); resp.StatusCode != 206 || !bytes.Equal(body, film[52428799:52428804]) {
		t.Errorf("a range of the film: %d, %d bytes", resp.StatusCode, len(body))
	}
	for i, want := range []string{"Miss from cloudfront", "Hit from cloudfront"} {
		resp, body := w.get(t, signed)
		if resp.StatusCode != 200 || sha256.Sum256(body) != sha256.Sum256(film) || resp.Header.Get("X-Cache") != want {
			t.Errorf("the film, request %d: %d, %d bytes, X-Cache %q", i, resp.StatusCode, len(body), resp.Header.Get("X-Cache"))
		}
	}
	if resp, body := w.get(t, signed, "Range", "bytes=-5"); resp.StatusCode != 206 || !bytes.Equal(body, film[len(film)-5:]) || resp.Header.Get("X-Cache") != "Hit from cloudfront" {
		t.Errorf("the end of the film: %d, %q, X-Cache %q", resp.StatusCode, body, resp.Header.Get("X-Cache"))
	}
}

func (w *site) invalidates(t *testing.T) {
	t.Helper()
	signed := w.sign(w.url("/folder/small.txt"), time.Now().Add(time.Hour))
	w.upload("folder/small.txt", "text/plain", []byte("new and small\n"))
	if resp, body := w.get(t, signed); resp.Header.Get("X-Cache") != "Hit from cloudfront" || string(body) != "small\n" {
		t.Errorf("before the invalidation: X-Cache %q, %q", resp.Header.Get("X-Cache"), body)
	}
	var out struct{ Invalidation struct{ Id, Status string } }
	w.awsJSON(&out, "cloudfront", "create-invalidation", "--distribution-id", w.id, "--paths", "/folder/*")
	w.AWS("cloudfront", "wait", "invalidation-completed", "--distribution-id", w.id, "--id", out.Invalidation.Id)
	if resp, body := w.get(t, signed); resp.Header.Get("X-Cache") != "Miss from cloudfront" || string(body) != "new and small\n" {
		t.Errorf("after the invalidation: X-Cache %q, %q", resp.Header.Get("X-Cache"), body)
	}
}

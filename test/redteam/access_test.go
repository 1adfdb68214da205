package redteam

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/signedurl"
)

// What has been fetched for somebody with a signature is kept from everybody without one,
// whatever they ask of it.
func TestCachedSecretsStaySecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	port := w.origin(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("ETag", `"secret"`)
		rw.Header().Set("Cache-Control", "max-age=3600")
		http.ServeContent(rw, r, "x.txt", w.clock.Now(), strings.NewReader("SECRET"+r.URL.Path))
	})
	errors := `<CustomErrorResponses><Quantity>1</Quantity><Items><CustomErrorResponse><ErrorCode>403</ErrorCode><ResponsePagePath>/private/403.html</ResponsePagePath><ResponseCode>200</ResponseCode></CustomErrorResponse></Items></CustomErrorResponses>`
	s := w.distribution([]string{customOrigin("o", port)}, behavior("o", allMethods+legacy), "<DefaultRootObject>private/index.html</DefaultRootObject>"+errors,
		"/private/*", behavior("o", allMethods+optimized)+w.restricted())
	for _, path := range []string{"/private/x", "/private/403.html", "/private/index.html"} {
		if a := s.get(s.sign(path, signedurl.Policy{})); a.status != 200 {
			t.Fatalf("%s, signed: %d %s", path, a.status, a.body)
		}
	}
	for _, path := range []string{"/private/x", "/private/403.html", "/", "/?x", "//private/x", "/private/x?Signature="} {
		for _, lines := range [][]string{
			nil,
			{"Range: bytes=0-1"},
			{"Range: bytes=100-"},
			{`If-None-Match: "secret"`},
			{`If-Match: "secret"`},
			{`If-Match: "other"`},
			{`If-Range: "secret"`, "Range: bytes=0-1"},
			{"If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"},
			{"Cookie: CloudFront-Key-Pair-Id=" + w.key},
			{"Authorization: Bearer x"},
			{"X-Original-URL: /public"},
			{"Host: other.example"},
			{"Connection: Cookie"},
			{"X-HTTP-Method-Override: OPTIONS"},
		} {
			for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "get"} {
				a := s.do(method, path, append([]string{"Content-Length: 0"}, lines...)...)
				if a.status < 400 || strings.Contains(a.body, "SECRET") || a.header.Get("ETag") != "" || a.header.Get("Last-Modified") != "" {
					t.Errorf("%s %s %q: %d %v %.100s", method, path, lines, a.status, a.header, a.body)
				}
			}
		}
	}
}

// Signatures that were admitted, and are remembered for that, end with their key.
func TestRevokedKeysAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.distribution([]string{customOrigin("o", w.origin(func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, "ok") }))}, behavior("o", optimized)+w.restricted(), "")
	signed := s.sign("/x", signedurl.Policy{Resource: "https://" + s.host() + "/*"})
	for range 2 {
		if a := s.get(signed); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	_, other := w.call("cloudfront", "GET", "/2020-05-31/public-key/"+w.key+"/config", nil)
	second := w.create("/public-key", "<PublicKeyConfig><CallerReference>second</CallerReference><Name>second</Name><EncodedKey>"+element(other, "EncodedKey")+"</EncodedKey></PublicKeyConfig>")
	resp, _ := w.call("cloudfront", "GET", "/2020-05-31/key-group/"+w.group, nil)
	resp, answer := w.call("cloudfront", "PUT", "/2020-05-31/key-group/"+w.group,
		[]byte("<KeyGroupConfig><Name>g</Name><Items><PublicKey>"+second+"</PublicKey></Items></KeyGroupConfig>"), "If-Match", resp.Header.Get("ETag"))
	if resp.StatusCode != 200 {
		t.Fatalf("%d %s", resp.StatusCode, answer)
	}
	await(t, "the refusal of a revoked key", func() bool { return s.get(signed).status == 403 })
	// The same key under its new id, and the same signature: the id is not what was signed.
	if a := s.get(strings.Replace(signed, w.key, second, 1)); a.status != 200 {
		t.Errorf("under the key's other id: %d %s", a.status, a.body)
	}
}

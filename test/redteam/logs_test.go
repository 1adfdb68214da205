package redteam

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// However a signature, a policy or a cookie reaches the server, no log holds it.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	access := filepath.Join(t.TempDir(), "access.log")
	s := harness.Start(t, "--log-level", "debug", "--access-log", access)
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	signed := strings.TrimSpace(s.Command(harness.Binary(t), "share", "--data", string(s.Dir), "--key-dir", t.TempDir(), file))
	base, query, _ := strings.Cut(signed, "?")
	_, signature, _ := strings.Cut(query, "Signature=")
	signature, _, _ = strings.Cut(signature, "&")
	_, host, _ := strings.Cut(base, "://")
	host, _, _ = strings.Cut(host, "/")
	const policy = "cG9saWN5LXRoYXQtaXMtc2VjcmV0"
	cookie := "CloudFront-Policy=" + policy + "; CloudFront-Signature=" + signature + "; CloudFront-Key-Pair-Id=K1; session=secret-session"
	presigned := strings.TrimSpace(s.AWS("s3", "presign", "s3://warmfront-share/a.txt"))
	_, v2, _ := strings.Cut(presigned, "Signature=")
	v2, _, _ = strings.Cut(v2, "&")

	for _, r := range []struct{ method, url, referer, host string }{
		{"GET", signed, "", ""},
		{"GET", signed + "&x=1", "", ""},
		{"PUT", signed, signed, ""},
		{"GET", base + "?Policy=" + policy + "&" + query, signed, ""},
		{"GET", strings.Replace(signed, "https://", "http://", 1), "", ""},
		{"GET", signed, "", "unknown.example"},
		{"GET", base, base + "?a=b&" + query + "#x", ""},
		{"GET", base + "?" + query + strings.Repeat("&long=0123456789", 800), "", ""},
		{"GET", base + "/%zz?" + query, "", ""},
		{"GET", s.Endpoints.API + "/warmfront-share/a.txt?" + query, signed, ""},
		{"GET", presigned, "", ""},
		{"GET", presigned + "0", presigned, ""},
		{"GET", s.Endpoints.API + "/2020-05-31/%zz?X-Amz-Credential=a/20260101/us-east-1/cloudfront/aws4_request&X-Amz-Signature=" + signature, "", ""},
	} {
		req, err := http.NewRequest(r.method, "http://"+host, nil)
		if err != nil {
			t.Fatal(err)
		}
		target := r.url
		scheme, rest, _ := strings.Cut(target, "://")
		authority, path, _ := strings.Cut(rest, "/")
		req.URL.Scheme, req.URL.Host, req.URL.Opaque = scheme, authority, "/"+path
		if req.Host = r.host; r.host == "" {
			req.Host = authority
		}
		req.Header.Set("Cookie", cookie)
		if r.referer != "" {
			req.Header.Set("Referer", r.referer)
		}
		if resp, err := s.Viewer().Do(req); err == nil {
			resp.Body.Close()
		}
	}
	s.Stop()
	log, err := os.ReadFile(access)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), "\n"); n < 6 {
		t.Errorf("the access log has %d lines", n)
	}
	for name, text := range map[string]string{"access log": string(log), "server's log": s.Log()} {
		for what, secret := range map[string]string{"signature": signature, "policy": policy, "session cookie": "secret-session", "presigned signature": v2, "secret key": s.Root.SecretAccessKey} {
			if i := strings.Index(text, secret[:min(len(secret), 20)]); i >= 0 {
				t.Errorf("the %s holds the %s: %s", name, what, fmt.Sprintf("%.300q", text[max(0, i-150):]))
			}
		}
	}
}

package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

func TestAuthentication(t *testing.T) {
	const list = "/2020-05-31/distribution"
	door := testDoor(io.Discard, &fake{})
	plain := func(header map[string]string) *http.Request {
		r := httptest.NewRequest("GET", list, nil)
		for k, v := range header {
			r.Header.Set(k, v)
		}
		return r
	}
	change := func(f func(*http.Request)) *http.Request {
		r := signed(t, "AKIAROOT", "GET", list, "", nil)
		f(r)
		return r
	}
	scope := func(service string) *http.Request {
		r := httptest.NewRequest("GET", list, nil)
		_ = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: "AKIAROOT", SecretAccessKey: "secret"}, r, "", service, "eu-west-1", now)
		return r
	}
	for _, tc := range []struct {
		name   string
		r      *http.Request
		status int
		code   string
	}{
		{"good", signed(t, "AKIAROOT", "GET", list, "", nil), 200, ""},
		{"unsigned", plain(nil), 403, "MissingAuthenticationToken"},
		{"garbage", plain(map[string]string{"Authorization": "AWS4-HMAC-SHA256 x"}), 403, "IncompleteSignature"},
		{"version 2", plain(map[string]string{"Authorization": "AWS a:b"}), 403, "IncompleteSignature"},
		{"unknown key", signed(t, "AKIAOTHER", "GET", list, "", nil), 403, "InvalidClientTokenId"},
		{"other path", change(func(r *http.Request) { r.URL.Path = "/2020-05-31/public-key"; r.RequestURI = "" }), 403, "SignatureDoesNotMatch"},
		{"other body", change(func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("x")) }), 403, "SignatureDoesNotMatch"},
		{"other service", scope("s3"), 403, "SignatureDoesNotMatch"},
		{"session token", signed(t, "AKIAROOT", "GET", list, "", map[string]string{"X-Amz-Security-Token": "t"}), 403, "InvalidClientTokenId"},
		{"reader reads", signed(t, "AKIAREADER", "GET", list, "", nil), 200, ""},
		{"reader writes", signed(t, "AKIAREADER", "DELETE", list+"/E1", "", map[string]string{"If-Match": "E1ETAG"}), 403, "AccessDenied"},
		{"large body", signed(t, "AKIAROOT", "POST", list, strings.Repeat("x", 4097), nil), 413, "RequestEntityTooLarge"},
	} {
		status, code, _ := ask(t, door, tc.r)
		if status != tc.status || code != tc.code {
			t.Errorf("%s: %d %s, want %d %s", tc.name, status, code, tc.status, tc.code)
		}
	}
	late := New(&fake{}, Options{Credentials: keys{}, Now: func() time.Time { return now.Add(time.Hour) }})
	if _, code, message := ask(t, late, signed(t, "AKIAROOT", "GET", list, "", nil)); code != "SignatureDoesNotMatch" || !strings.Contains(message, "expired") {
		t.Errorf("skew: %s %s", code, message)
	}
}

package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/warmfront/warmfront/internal/cloudfront"
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
		{"temporary", signed(t, "ASIATEMP", "GET", list, "", map[string]string{"X-Amz-Security-Token": "token"}), 200, ""},
		{"temporary, old", signed(t, "ASIATEMP", "GET", list, "", map[string]string{"X-Amz-Security-Token": "old"}), 403, "ExpiredToken"},
		{"temporary, other token", signed(t, "ASIATEMP", "GET", list, "", map[string]string{"X-Amz-Security-Token": "x"}), 403, "InvalidClientTokenId"},
		{"token not signed", change(func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "token") }), 403, "InvalidClientTokenId"},
		{"no state", signed(t, "AKIADOWN", "GET", list, "", nil), 503, "ServiceUnavailable"},
		{"reader reads", signed(t, "AKIAREADER", "GET", list, "", nil), 200, ""},
		{"reader writes", signed(t, "AKIAREADER", "DELETE", list+"/E1", "", map[string]string{"If-Match": "E1ETAG"}), 403, "AccessDenied"},
		{"large body", signed(t, "AKIAROOT", "POST", list, strings.Repeat("x", 4097), nil), 413, "RequestEntityTooLarge"},
	} {
		status, code, _ := ask(t, door, tc.r)
		if status != tc.status || code != tc.code {
			t.Errorf("%s: %d %s, want %d %s", tc.name, status, code, tc.status, tc.code)
		}
	}
	presigned := presign(t, list)
	if status, code, _ := ask(t, door, httptest.NewRequest("GET", presigned, nil)); status != 200 {
		t.Errorf("presigned with a token: %d %s", status, code)
	}
	if status, code, _ := ask(t, door, httptest.NewRequest("GET", strings.Replace(presigned, "Security-Token=token", "Security-Token=old", 1), nil)); status != 403 || code != "ExpiredToken" {
		t.Errorf("presigned with an old token: %d %s", status, code)
	}
	late := New(&fake{}, Options{Keys: keys{}, Now: func() time.Time { return now.Add(time.Hour) }})
	if _, code, message := ask(t, late, signed(t, "AKIAROOT", "GET", list, "", nil)); code != "SignatureDoesNotMatch" || !strings.Contains(message, "expired") {
		t.Errorf("skew: %s %s", code, message)
	}
}

// presign signs a request with a temporary key in its query.
func presign(t *testing.T, target string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "http://127.0.0.1:4480"+target+"?X-Amz-Expires=60", nil)
	creds := aws.Credentials{AccessKeyID: "ASIATEMP", SecretAccessKey: "secret", SessionToken: "token"}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	uri, _, err := v4.NewSigner().PresignHTTP(context.Background(), creds, r, empty, "cloudfront", "us-east-1", now)
	if err != nil {
		t.Fatal(err)
	}
	return uri
}

// Whatever changes something is closed to a read-only key, and the refusal names it.
func TestReaderAndEveryOperation(t *testing.T) {
	door := testDoor(io.Discard, &fake{})
	for _, op := range cloudfront.Operations() {
		target := "/2020-05-31" + regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(op.Path, "x")
		if op.Flag != "" {
			target += "?" + op.Flag
		}
		_, code, message := ask(t, door, signed(t, "AKIAREADER", op.Method, target, "", nil))
		open := strings.HasPrefix(op.Name, "Get") || strings.HasPrefix(op.Name, "List") || strings.HasPrefix(op.Name, "Describe")
		if denied := code == "AccessDenied"; denied == open || denied && !strings.HasSuffix(message, "not authorized to perform: cloudfront:"+op.Name+".") {
			t.Errorf("%s %s (%s): %s %s", op.Method, target, op.Name, code, message)
		}
	}
}

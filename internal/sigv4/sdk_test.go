package sigv4_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/warmfront/warmfront/internal/sigv4"
)

const (
	testID     = "AKIDEXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var signedAt = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// targets are request targets, escaped as a client sends them.
var targets = []string{
	"/", "/bucket", "/bucket/key.txt",
	"/bucket/a%20b+c/%25%C3%A9//x/../y",
	"/bucket/a%2Bb%2fc~-_.%7E",
	"/bucket/key?versionId=1&acl", "/bucket?list-type=2&prefix=a%20b&delimiter=%2F&empty=",
	"/bucket?k=2&k=1&k=a%2Fb&k=a-b&K=&%C3%A9=%26%3D",
	"/2020-05-31/distribution/E123?Marker=&MaxItems=10",
	"/2020-05-31/tagging?Operation=Tag&Resource=arn%3Aaws%3Acloudfront%3A%3A123456789012%3Adistribution%2FE1",
}

func sdkRequest(t *testing.T, method, target string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://b.example.test:4480"+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func s3Path(service string) func(*v4.SignerOptions) {
	return func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }
}

// received is the request as a server sees it.
func received(r *http.Request) sigv4.Request {
	in := httptest.NewRequest(r.Method, r.URL.RequestURI(), nil)
	in.RequestURI = r.URL.RequestURI()
	in.Host, in.Header, in.ContentLength = r.URL.Host, r.Header, r.ContentLength
	return sigv4.FromHTTP(in)
}

func kindOf(err error) sigv4.Kind {
	if e, ok := errors.AsType[*sigv4.Error](err); ok {
		return e.Kind
	}
	return 0
}

func TestGoSDKHeader(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"s3", "cloudfront", "warmfront"} {
		for _, target := range targets {
			r := sdkRequest(t, "GET", target)
			r.Header.Set("X-Amz-Content-Sha256", sigv4.EmptyPayload)
			r.Header.Set("X-Amz-Meta-A", "  one   two ")
			r.Header.Add("X-Amz-Meta-A", "three")
			creds := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret, SessionToken: "tok/en+="}
			if err := v4.NewSigner(s3Path(service)).SignHTTP(context.Background(), creds, r, sigv4.EmptyPayload, service, "eu-west-3", signedAt, s3Path(service)); err != nil {
				t.Fatal(err)
			}
			checkSigned(t, service+" "+target, received(r), sigv4.HeaderV4, service, signedAt)
		}
	}
}

func TestGoSDKPresign(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"s3", "cloudfront"} {
		for _, target := range targets {
			r := sdkRequest(t, "PUT", target)
			q := r.URL.Query()
			q.Set("X-Amz-Expires", "900")
			r.URL.RawQuery = q.Encode()
			r.Header.Set("X-Amz-Acl", "private")
			payload := sigv4.UnsignedPayload
			if service != "s3" {
				payload = sigv4.EmptyPayload
			}
			creds := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret, SessionToken: "tok/en+="}
			signed, headers, err := v4.NewSigner().PresignHTTP(context.Background(), creds, r, payload, service, "us-east-1", signedAt, s3Path(service))
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(signed)
			if err != nil {
				t.Fatal(err)
			}
			sent := &http.Request{Method: "PUT", URL: u, Header: headers}
			checkSigned(t, service+" "+target, received(sent), sigv4.QueryV4, service, signedAt)
		}
	}
}

// checkSigned expects r to verify, and not to under another secret, method, host or path.
func checkSigned(t *testing.T, name string, r sigv4.Request, form sigv4.Form, service string, now time.Time) {
	t.Helper()
	a, err := sigv4.Parse(r)
	if err != nil {
		t.Errorf("%s: Parse: %v", name, err)
		return
	}
	if a.Form != form || a.AccessKeyID != testID || a.Service != service || a.SessionToken != "tok/en+=" {
		t.Errorf("%s: parsed %+v", name, a)
	}
	if err := a.Verify(r, testSecret, sigv4.EmptyPayload, now); err != nil {
		if e, ok := errors.AsType[*sigv4.Error](err); ok {
			t.Errorf("%s: %v\n%s", name, err, e.CanonicalRequest)
		}
		return
	}
	wrong := map[string]sigv4.Request{"method": r, "host": r, "path": r, "query": r}
	for what, w := range wrong {
		switch what {
		case "method":
			w.Method = "DELETE"
		case "host":
			w.Host = "elsewhere.test"
		case "path":
			w.Path = strings.TrimSuffix(w.Path, "/") + "/x"
		case "query":
			w.RawQuery += "&acl2"
		}
		if err := a.Verify(w, testSecret, sigv4.EmptyPayload, now); kindOf(err) != sigv4.Mismatch {
			t.Errorf("%s: changed %s: got %v, want Mismatch", name, what, err)
		}
	}
	if err := a.Verify(r, testSecret+"x", sigv4.EmptyPayload, now); kindOf(err) != sigv4.Mismatch {
		t.Errorf("%s: wrong secret: %v", name, err)
	}
}

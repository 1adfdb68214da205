package edge

import (
	"net/http"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
)

// everything is what a chatty viewer sends.

var everything = []string{
	"Accept", "*/*", "Accept-Language", "de", "Referer", "https://a.example/", "User-Agent", "Mozilla/5.0 (iPhone)", "Cookie", "a=1; b=2; CloudFront-Policy=p",
	"Authorization", "Basic x", "X-Custom", "1", "X-Custom", "2", "Origin", "https://b.example", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Host", "evil",
	"Via", "1.1 proxy", "If-Modified-Since", "Mon, 23 Nov 2026 12:00:00 GMT", "X-Edge-Foo", "1", "X-Real-IP", "1.2.3.4", "TE", "trailers", "Proxy-Authorization", "x",
	"Connection", "keep-alive, X-Hop", "X-Hop", "1", "CloudFront-Viewer-Country", "DE", "Accept-Encoding", "br, gzip", "X-Amz-Meta-A", "1", "Cache-Control", "no-cache",
}

// sent returns what the origin sees of a viewer's request.

func sent(t *testing.T, v *viewer, change func(*world)) *origin.Request {
	t.Helper()
	w := newWorld(t, Options{}, change)
	w.origin.says(always(200, "x"))
	if w.do(v); v.status != 200 {
		t.Fatalf("status %d: %s", v.status, v.body)
	}
	return w.origin.last()
}

func TestLegacyForwarding(t *testing.T) {
	t.Parallel()
	r := sent(t, get("/a?b=c", everything...), nil)
	want := http.Header{
		"User-Agent": {"Amazon CloudFront"}, "Accept-Encoding": {"gzip"}, "X-Custom": {"1", "2"}, "Origin": {"https://b.example"},
		"X-Forwarded-For": {"203.0.113.9, 198.51.100.7"}, "Via": r.Header["Via"], "X-Amz-Cf-Id": r.Header["X-Amz-Cf-Id"], "X-Amz-Meta-A": {"1"}, "Cache-Control": {"no-cache"},
	}
	compareHeaders(t, r.Header, want)
	if via := r.Header.Get("Via"); !strings.HasPrefix(via, "1.1 proxy, 1.1 ") || r.Target != "/a" || r.Host != "" {
		t.Errorf("%s %q %q", via, r.Target, r.Host)
	}
}

func compareHeaders(t *testing.T, got, want http.Header) {
	t.Helper()
	for name, values := range got {
		if strings.Join(values, "|") != strings.Join(want[name], "|") {
			t.Errorf("%s: %q, want %q", name, values, want[name])
		}
	}
	for name := range want {
		if got[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestLegacyForwardingOfListedThings(t *testing.T) {
	t.Parallel()
	r := sent(t, get("/a?b=c&d=%7e", everything...), func(w *world) {
		f := w.config.DefaultCacheBehavior.ForwardedValues
		f.QueryString = true
		f.Cookies = cloudfront.CookiePreference{Forward: "whitelist", WhitelistedNames: &cloudfront.CookieNames{Items: []string{"b", "CloudFront-Policy"}}}
		f.Headers = &cloudfront.Headers{Items: []string{"Accept", "Host", "Authorization", "User-Agent", "CloudFront-Forwarded-Proto", "CloudFront-Is-Mobile-Viewer", "CloudFront-Viewer-Country"}}
	})
	for name, want := range map[string]string{
		"Accept": "*/*", "Accept-Language": "", "Cookie": "b=2", "Authorization": "Basic x", "User-Agent": "Mozilla/5.0 (iPhone)",
		"Cloudfront-Forwarded-Proto": "https", "Cloudfront-Is-Mobile-Viewer": "true", "Cloudfront-Viewer-Country": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.Host != host || r.Target != "/a?b=c&d=%7e" {
		t.Errorf("Host %q, target %q", r.Host, r.Target)
	}
}

// policies switches the default behavior to policies.

func policies(cache, request string) func(*world) {
	return func(w *world) {
		b := &w.config.DefaultCacheBehavior
		b.ForwardedValues, b.CachePolicyId = nil, &cache
		if request != "" {
			b.OriginRequestPolicyId = &request
		}
	}
}

const (
	cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	cachingDisabled  = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	corsS3Origin     = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"
	allViewer        = "216adef6-5c7f-47e4-b989-5492eafa07d3"
)

func TestPolicyForwarding(t *testing.T) {
	t.Parallel()
	r := sent(t, get("/a?b=c", everything...), policies(cachingOptimized, ""))
	compareHeaders(t, r.Header, http.Header{
		"User-Agent": {"Amazon CloudFront"}, "Accept-Encoding": {"br,gzip"}, "X-Forwarded-For": {"203.0.113.9, 198.51.100.7"},
		"Via": r.Header["Via"], "X-Amz-Cf-Id": r.Header["X-Amz-Cf-Id"],
	})
	r = sent(t, get("/a", everything...), policies(cachingOptimized, corsS3Origin))
	if r.Header.Get("Origin") != "https://b.example" || r.Header.Get("X-Custom") != "" {
		t.Errorf("%v", r.Header)
	}
	r = sent(t, get("/a?b=c", everything...), policies(cachingDisabled, allViewer))
	for name, want := range map[string]string{
		"Accept": "*/*", "Cookie": "a=1; b=2", "Authorization": "Basic x", "If-Modified-Since": "Mon, 23 Nov 2026 12:00:00 GMT", "X-Custom": "1",
		"Te": "", "X-Edge-Foo": "", "X-Hop": "", "Cloudfront-Viewer-Country": "", "Accept-Encoding": "br, gzip",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.Host != host || r.Target != "/a?b=c" {
		t.Errorf("Host %q, target %q", r.Host, r.Target)
	}
}

func TestS3OriginsGetNoFieldsOfS3FromViewers(t *testing.T) {
	t.Parallel()
	s3 := func(w *world) {
		w.config.Origins.Items[0] = cloudfront.Origin{Id: "o", DomainName: "bucket.s3.amazonaws.com", S3OriginConfig: &cloudfront.S3OriginConfig{}}
		w.config.DefaultCacheBehavior.AllowedMethods = &cloudfront.AllowedMethods{Items: []cloudfront.Method{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}}
	}
	r := sent(t, get("/a", everything...), s3)
	if r.Header.Get("X-Amz-Meta-A") != "" || r.Host != "" {
		t.Errorf("%v", r.Header)
	}
	put := get("/a", "X-Amz-Copy-Source", "/other/secret", "X-Amz-Meta-A", "1", "Content-Type", "text/plain").method("PUT")
	put.Body, put.ContentLength = strings.NewReader("x"), 1
	r = sent(t, put, s3)
	if r.Header.Get("X-Amz-Copy-Source") != "" || r.Header.Get("X-Amz-Meta-A") != "1" || r.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%v", r.Header)
	}
}

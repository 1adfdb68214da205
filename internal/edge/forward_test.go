package edge

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/signedurl"
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

func TestPassThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, func(w *world) {
		w.config.DefaultCacheBehavior.AllowedMethods = &cloudfront.AllowedMethods{Items: []cloudfront.Method{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}}
	})
	var seen string
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		seen = string(b)
		return reply(201, "made", "Location", "/x"), err
	})
	post := func() *viewer {
		v := get("/x?y=z", "Authorization", "Bearer t", "Content-Type", "text/plain").method("POST")
		v.Body, v.ContentLength = strings.NewReader("payload"), 7
		return v
	}
	v := w.do(post())
	v.expect(t, 201, "Miss", "made")
	r := w.origin.last()
	if seen != "payload" || r.ContentLength != 7 || r.Header.Get("Authorization") != "Bearer t" || r.Header.Get("Content-Type") != "text/plain" || v.got.Get("Location") != "/x" {
		t.Errorf("%q %+v", seen, r)
	}
	w.do(post())
	if n := w.origin.count(); n != 2 {
		t.Errorf("%d fetches", n)
	}
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		return nil, &origin.Error{Cause: origin.DNS, Err: errors.New("no such host")}
	})
	if v := w.do(post()); v.status != 502 || !strings.Contains(v.body, "wasn't able to resolve") {
		t.Errorf("%d %s", v.status, v.body)
	}
}

func TestBodiesAreTakenBackWhenTheAnswerIsOut(t *testing.T) {
	t.Parallel()
	b := &viewerBody{from: strings.NewReader("abc")}
	p := make([]byte, 1)
	if n, err := b.Read(p); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	b.close()
	if _, err := b.Read(p); !errors.Is(err, errServed) {
		t.Errorf("read after the request was served: %v", err)
	}
}

func TestOPTIONSIsCachedOnlyWhereItIsListed(t *testing.T) {
	t.Parallel()
	three := []cloudfront.Method{"GET", "HEAD", "OPTIONS"}
	for _, cached := range []bool{false, true} {
		w := newWorld(t, Options{}, func(w *world) {
			m := &cloudfront.AllowedMethods{Items: three}
			if cached {
				m.CachedMethods = &cloudfront.CachedMethods{Items: three}
			}
			w.config.DefaultCacheBehavior.AllowedMethods = m
		})
		w.origin.says(func(r *origin.Request) (*http.Response, error) { return reply(200, r.Method), nil })
		w.do(get("/x")).expect(t, 200, "Miss", "GET")
		w.do(get("/x").method("OPTIONS")).expect(t, 200, "Miss", "OPTIONS")
		w.settle()
		want := map[bool]string{false: "Miss", true: "Hit"}[cached]
		w.do(get("/x").method("OPTIONS")).expect(t, 200, want, "OPTIONS")
	}
}

func TestCacheKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, func(w *world) {
		f := w.config.DefaultCacheBehavior.ForwardedValues
		f.QueryString, f.QueryStringCacheKeys = true, &cloudfront.QueryStringCacheKeys{Items: []string{"v"}}
		f.Headers = &cloudfront.Headers{Items: []string{"Origin"}}
		f.Cookies = cloudfront.CookiePreference{Forward: "whitelist", WhitelistedNames: &cloudfront.CookieNames{Items: []string{"s"}}}
		w.config.Aliases = &cloudfront.Aliases{Items: []string{"www.example.com"}}
	})
	w.origin.says(always(200, "x"))
	alias := get("/a?v=1")
	alias.Host = "www.example.com"
	for i, c := range []struct {
		v    *viewer
		want string
	}{
		{get("/a?v=1"), "Miss"}, {get("/a?v=1&w=2"), "Hit"}, {get("/a?w=3&v=1"), "Hit"}, {get("/a?v=2"), "Miss"}, {get("/a?V=1"), "Miss"}, {get("/a"), "Hit"},
		{alias, "Hit"}, {get("/a?v=1", "Origin", "x"), "Miss"}, {get("/a?v=1", "origin", "x"), "Hit"}, {get("/a?v=1", "Origin", "X"), "Miss"},
		{get("/a?v=1", "Origin", "x", "Origin", "y"), "Miss"}, {get("/a?v=1", "Cookie", "s=1"), "Miss"}, {get("/a?v=1", "Cookie", "t=1; s=1"), "Hit"},
		{get("/a?v=1", "Cookie", "s=2"), "Miss"}, {get("//a?v=1"), "Miss"}, {get("/%61?v=1"), "Miss"},
		{get("/a?v=1", "Origin", "x cookie:3:s=1"), "Miss"},
	} {
		w.do(c.v)
		if got := c.v.got.Get("X-Cache"); got != c.want+" from cloudfront" {
			t.Errorf("%d: %s %v: %s", i, c.v.Target, c.v.header, got)
		}
		w.settle()
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	w := private(t, Options{POP: "FRA50-C1"}, nil)
	signed := w.sign("/private/x?q=1", signedurl.Policy{})
	w.do(get(signed, "User-Agent", "curl/8", "Referer", "https://"+host+signed, "Cookie", "CloudFront-Signature=topsecret"))
	w.do(get(strings.Replace(signed, "/x", "/y", 1)))
	w.do(get("/x").plain().method("POST"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.edge.deps.Access.Run(ctx)
	lines := strings.Split(strings.TrimSpace(w.log.b.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, secret := range []string{"Signature", "Policy", "topsecret"} {
		if strings.Contains(w.log.b.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
	want := []map[string]any{
		{"date-time": "2026-11-24T12:00:00.000Z", "x-edge-location": "FRA50-C1", "sc-status": 200.0, "sc-bytes": 14.0, "c-ip": "198.51.100.7", "cs-method": "GET", "cs(Host)": host,
			"x-host-header": host, "cs-uri-stem": "/private/x", "cs-uri-query": "q=1", "cs(User-Agent)": "curl/8", "cs(Referer)": "https://" + host + "/private/x?q=1", "x-edge-result-type": "Miss",
			"key-pair-id": "APKATEST", "distribution-id": "E1", "cs-protocol": "https", "cs-protocol-version": "HTTP/1.1", "ssl-protocol": "TLS 1.3", "ssl-cipher": "TLS_AES_128_GCM_SHA256",
			"cache-behavior-path-pattern": "/private/*", "origin-status": 200.0, "c-port": 40000.0, "cache-key-inputs": " query"},
		{"sc-status": 403.0, "x-edge-result-type": "Error", "refusal-reason": "signature-mismatch", "key-pair-id": "APKATEST", "cs-uri-query": "q=1"},
		{"sc-status": 403.0, "x-edge-detailed-result-type": "InvalidRequestMethod", "cs-protocol": "http"},
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		for name, value := range want[i] {
			if got[name] != value {
				t.Errorf("line %d: %s is %v, want %v", i, name, got[name], value)
			}
		}
	}
	var r accesslog.Record
	if r.Text(accesslog.Method) != "" {
		t.Error("an empty record has text")
	}
}

func TestGeneratedHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	for ua, want := range map[string]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)": "ios mobile", "Mozilla/5.0 (Linux; Android 14; Pixel) Mobile": "android mobile", "Mozilla/5.0 (Linux; Android 14; Tab)": "android tablet",
		"Mozilla/5.0 (X11; Linux x86_64)": "desktop", "Mozilla/5.0 (SMART-TV; Tizen 6.0)": "smarttv", "Mozilla/5.0 (iPad)": "ios tablet", "": "desktop",
	} {
		var got []string
		for _, kind := range []string{"android", "desktop", "ios", "mobile", "smarttv", "tablet"} {
			if v, ok := device("cloudfront-is-"+kind+"-viewer", ua); ok && v == "true" {
				got = append(got, kind)
			}
		}
		if a := strings.Join(got, " "); a != want {
			t.Errorf("%q: %s, want %s", ua, a, want)
		}
	}
	v := get("/", "A", "1", "B", "2")
	v.Header, v.Peer = v.header, netip.MustParseAddrPort("[2001:db8::1]:99")
	x := newExchange(w.edge)
	x.start(&v.Request, v)
	for name, want := range map[string]string{
		"cloudfront-viewer-address": "[2001:db8::1]:99", "cloudfront-viewer-http-version": "1.1", "cloudfront-viewer-tls": "TLSv1.3:TLS_AES_128_GCM_SHA256",
		"cloudfront-viewer-header-count": "2", "cloudfront-viewer-header-order": "A:B", "cloudfront-forwarded-proto": "https", "cloudfront-viewer-country": "",
	} {
		if got, _ := x.generatedHeader(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

package snapshot

import (
	"strings"
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// withPolicies is the recipe with a custom policy of each kind in place of ForwardedValues.
func withPolicies(t *testing.T) *state.Config {
	cfg := recipe(t)
	cfg.CachePolicies["cp"] = &state.CachePolicy{Meta: state.Meta{ID: "cp", Revision: 5}, Config: cloudfront.CachePolicyConfig{
		Name: "cp", MinTTL: 7, ParametersInCacheKeyAndForwardedToOrigin: &cloudfront.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip: true,
			HeadersConfig:            cloudfront.CachePolicyHeadersConfig{HeaderBehavior: "whitelist", Headers: &cloudfront.Headers{Items: []string{"X-Tenant"}}},
			CookiesConfig:            cloudfront.CachePolicyCookiesConfig{CookieBehavior: "allExcept", Cookies: &cloudfront.CookieNames{Items: []string{"ga"}}},
			QueryStringsConfig:       cloudfront.CachePolicyQueryStringsConfig{QueryStringBehavior: "none"},
		},
	}}
	cloudfront.SetCachePolicyDefaults(&cfg.CachePolicies["cp"].Config)
	cfg.OriginRequestPolicies["orp"] = &state.OriginRequestPolicy{Meta: state.Meta{ID: "orp", Revision: 6}, Config: cloudfront.OriginRequestPolicyConfig{
		HeadersConfig:      cloudfront.OriginRequestPolicyHeadersConfig{HeaderBehavior: "whitelist", Headers: &cloudfront.Headers{Items: []string{"Referer"}}},
		CookiesConfig:      cloudfront.OriginRequestPolicyCookiesConfig{CookieBehavior: "none"},
		QueryStringsConfig: cloudfront.OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: "whitelist", QueryStrings: &cloudfront.QueryStringNames{Items: []string{"page"}}},
	}}
	cfg.ResponseHeadersPolicies["rhp"] = &state.ResponseHeadersPolicy{Meta: state.Meta{ID: "rhp", Revision: 7}, Config: cloudfront.ResponseHeadersPolicyConfig{
		RemoveHeadersConfig: &cloudfront.ResponseHeadersPolicyRemoveHeadersConfig{Items: []cloudfront.ResponseHeadersPolicyRemoveHeader{{Header: "Server"}}},
	}}
	b := &cfg.Distributions["E1"].Config.DefaultCacheBehavior
	b.ForwardedValues, b.MinTTL, b.DefaultTTL, b.MaxTTL = nil, nil, nil, nil
	b.CachePolicyId, b.OriginRequestPolicyId, b.ResponseHeadersPolicyId = ptr("cp"), ptr("orp"), ptr("rhp")
	return cfg
}

func TestCustomPolicies(t *testing.T) {
	t.Parallel()
	b := compile(t, withPolicies(t), nil).Distribution("E1").Behaviors[0]
	r := &b.Recipe
	if r.Legacy || !r.Gzip || r.Brotli || !r.KeysHeader("x-tenant") || r.KeysHeader("referer") || !r.KeyCookies.Has("a") || r.KeyCookies.Has("ga") || !r.KeyQuery.None() {
		t.Errorf("key %+v", r)
	}
	if !r.SendHeaders.Has("referer") || !r.SendHeaders.Has("x-tenant") || !r.SendQuery.Has("page") || r.SendQuery.Has("other") || !r.SendCookies.Has("a") {
		t.Errorf("sent %+v", r)
	}
	if b.MinTTL != seconds(7) || b.DefaultTTL != defaultTTL || b.MaxTTL != maxTTL {
		t.Errorf("times %v %v %v", b.MinTTL, b.DefaultTTL, b.MaxTTL)
	}
	if b.Headers == nil || len(b.Headers.Remove) != 1 {
		t.Errorf("headers %+v", b.Headers)
	}
}

// TestPolicyUpdatesReachDistributions checks that a change of a policy, and nothing else,
// compiles the distributions that use it anew.
func TestPolicyUpdatesReachDistributions(t *testing.T) {
	t.Parallel()
	cfg := withPolicies(t)
	first := compile(t, cfg, nil)
	if compile(t, cfg, first).Distribution("E1") != first.Distribution("E1") {
		t.Error("compiled anew without a change")
	}
	for name, change := range map[string]func(){
		"cache policy":            func() { cfg.CachePolicies["cp"].Revision++ },
		"origin request policy":   func() { cfg.OriginRequestPolicies["orp"].Revision++ },
		"response headers policy": func() { cfg.ResponseHeadersPolicies["rhp"].Revision++ },
	} {
		before := compile(t, cfg, first)
		change()
		if compile(t, cfg, before).Distribution("E1") == before.Distribution("E1") {
			t.Errorf("a changed %s is not compiled", name)
		}
	}
	delete(cfg.CachePolicies, "cp")
	if _, err := Compile(cfg, nil, options); err == nil || !strings.Contains(err.Error(), `no cache policy "cp"`) {
		t.Errorf("got %v", err)
	}
}

func TestAllowedOrigins(t *testing.T) {
	t.Parallel()
	c := cors(&cloudfront.ResponseHeadersPolicyCorsConfig{AccessControlAllowOrigins: cloudfront.ResponseHeadersPolicyAccessControlAllowOrigins{
		Items: []string{"https://example.com", "http://*.Example.org:8080", "*.example.net", "plain.test", "http://any.test:*", "http://some.test:1*3"},
	}})
	for origin, want := range map[string]bool{
		"https://example.com": true, "http://example.com": false, "https://example.com:444": false, "https://a.example.com": false,
		"http://a.example.org:8080": true, "http://a.b.example.org:8080": true, "http://example.org:8080": false,
		"http://a.example.org": false, "https://a.example.org:8080": false, "http://evilexample.org:8080": false,
		"https://x.example.net": true, "http://x.example.net": true, "https://.example.net": false, "https://x.example.net.evil": false, "https://evil.test/.example.net": false, "https://evil.test@x.example.net": false,
		"http://any.test": true, "http://any.test:80": true, "http://any.test:1234": true, "http://some.test": false,
		"http://some.test:13": true, "http://some.test:1893": true, "http://some.test:1894": false,
		"http://plain.test": true, "https://plain.test": true, "": false, "null": false, "https://": false,
	} {
		if got, ok := c.AllowOrigin(origin); ok != want || ok && got != origin {
			t.Errorf("%q: %q, %v", origin, got, ok)
		}
	}
}

func TestAllowedHeaders(t *testing.T) {
	t.Parallel()
	config := func(names ...string) *CORS {
		return cors(&cloudfront.ResponseHeadersPolicyCorsConfig{
			AccessControlAllowOrigins: cloudfront.ResponseHeadersPolicyAccessControlAllowOrigins{Items: []string{"*"}},
			AccessControlAllowHeaders: cloudfront.ResponseHeadersPolicyAccessControlAllowHeaders{Items: names},
		})
	}
	if got := config("X-Amz-*", "Range").AllowHeaders("x-amz-date, Range,X-Amz-,x-amz,authorization,x-amz-a b,,x-amz-\""); got != "x-amz-date,range,x-amz-" {
		t.Errorf("got %q", got)
	}
	for _, names := range [][]string{{"*"}, {"Range", "X-A"}} {
		if c := config(names...); c.AllowHeaders("range") != "" || c.Preflight[0].Value != strings.Join(names, ",") {
			t.Errorf("%v: %+v", names, c)
		}
	}
}

func TestManagedResponseHeaders(t *testing.T) {
	t.Parallel()
	p, _ := cloudfront.ManagedResponseHeadersPolicy("eaab4381-ed33-4a86-88ca-d9558dc6cd63")
	r := responseHeaders(&p.ResponseHeadersPolicyConfig)
	var lines []string
	for _, f := range r.CORS.Always {
		lines = append(lines, f.Name+": "+f.Value)
	}
	for _, f := range r.CORS.Preflight {
		lines = append(lines, f.Name+": "+f.Value)
	}
	for _, f := range r.Add {
		line := f.Name + ": " + f.Value
		if f.Override {
			line += " (override)"
		}
		lines = append(lines, line)
	}
	const want = `Access-Control-Expose-Headers: *
Access-Control-Allow-Methods: DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT
Strict-Transport-Security: max-age=31536000
X-Content-Type-Options: nosniff (override)
X-Frame-Options: SAMEORIGIN
X-XSS-Protection: 1; mode=block
Referrer-Policy: strict-origin-when-cross-origin`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s", got)
	}
}

// FuzzCORS looks for requests that a policy allows more than it says.
func FuzzCORS(f *testing.F) {
	c := cors(&cloudfront.ResponseHeadersPolicyCorsConfig{
		AccessControlAllowOrigins: cloudfront.ResponseHeadersPolicyAccessControlAllowOrigins{Items: []string{"https://*.example.org", "http://localhost:1*"}},
		AccessControlAllowHeaders: cloudfront.ResponseHeadersPolicyAccessControlAllowHeaders{Items: []string{"x-*-y"}},
	})
	f.Add("https://a.example.org", "x-1-y, x--y")
	f.Add("http://localhost:1", ",,x-y")
	f.Add("https://a.example.org:1", "*")
	f.Fuzz(func(t *testing.T, origin, requested string) {
		if got, ok := c.AllowOrigin(origin); ok {
			subdomain := strings.HasPrefix(origin, "https://") && strings.HasSuffix(strings.TrimSuffix(origin, ":"), ".example.org") &&
				!strings.Contains(origin[8:], "/")
			local := strings.HasPrefix(origin, "http://localhost:1")
			if got != origin || !subdomain && !local {
				t.Errorf("%q is allowed as %q", origin, got)
			}
		}
		for name := range strings.SplitSeq(c.AllowHeaders(requested), ",") {
			if name != "" && (!strings.HasPrefix(name, "x-") || !strings.HasSuffix(name, "-y") || !strings.Contains(strings.ToLower(requested), name)) {
				t.Errorf("%q of %q", name, requested)
			}
		}
	})
}

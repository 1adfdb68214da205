package cloudfront

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// sample is a valid configuration with an S3 origin "s3" in the legacy form, a custom origin
// "app" and one behavior with a cache policy.
func sample(t testing.TB) *DistributionConfig {
	t.Helper()
	body, err := os.ReadFile("testdata/distribution/cli-json.request.xml")
	if err != nil {
		t.Fatal(err)
	}
	return decodeConfig(t, body)
}

func TestValidate(t *testing.T) {
	type c = DistributionConfig
	long := strings.Repeat("x", 300)
	first := func(c *c) *Origin { return &c.Origins.Items[0] }
	app := func(c *c) *Origin { return &c.Origins.Items[1] }
	def := func(c *c) *DefaultCacheBehavior { return &c.DefaultCacheBehavior }
	api := func(c *c) *CacheBehavior { return &c.CacheBehaviors.Items[0] }
	for _, tc := range []struct {
		name, code string
		change     func(*c)
	}{
		{"unchanged", "", func(*c) {}},
		{"caller reference", "InvalidArgument", func(c *c) { c.CallerReference = "" }},
		{"comment", "InvalidArgument", func(c *c) { c.Comment = long }},
		{"comment of 128 runes", "", func(c *c) { c.Comment = strings.Repeat("ö", 128) }},
		{"alias quantity", "InconsistentQuantities", func(c *c) { c.Aliases.Quantity = 1 }},
		{"origin quantity", "InconsistentQuantities", func(c *c) { c.Origins.Quantity = 3 }},
		{"method quantity", "InconsistentQuantities", func(c *c) { api(c).AllowedMethods.CachedMethods.Quantity = 2 }},
		{"enum", "MalformedXML", func(c *c) { c.PriceClass = new(PriceClass("cheap")) }},
		{"upper-case alias", "InvalidArgument", func(c *c) { c.Aliases.Items[0] = "Media.example.com" }},
		{"inner wildcard alias", "InvalidArgument", func(c *c) { c.Aliases.Items[0] = "a.*.example.com" }},
		{"address alias", "InvalidArgument", func(c *c) { c.Aliases.Items[0] = "192.0.2.1" }},
		{"alias twice", "InvalidArgument", func(c *c) { c.Aliases.Items[0] = c.Aliases.Items[1] }},
		{"single-label alias", "", func(c *c) { c.Aliases.Items[0] = "media" }},
		{"root object slash", "InvalidDefaultRootObject", func(c *c) { c.DefaultRootObject = new("/index.html") }},
		{"root object long", "InvalidDefaultRootObject", func(c *c) { c.DefaultRootObject = &long }},
		{"root object query", "InvalidDefaultRootObject", func(c *c) { c.DefaultRootObject = new("a?b") }},
		{"root object nested", "", func(c *c) { c.DefaultRootObject = new("a/index.html") }},
		{"tag header", "", func(c *c) { c.CacheTagConfig = &CacheTagConfig{HeaderName: "x-amz-meta-cache-tag"} }},
		{"tag header blank", "InvalidArgument", func(c *c) { c.CacheTagConfig = &CacheTagConfig{HeaderName: "cache tag"} }},
		{"tag header empty", "InvalidArgument", func(c *c) { c.CacheTagConfig = &CacheTagConfig{} }},
		{"no origin", "InvalidArgument", func(c *c) { c.Origins = Origins{} }},
		{"origin twice", "InvalidArgument", func(c *c) { app(c).Id = "s3" }},
		{"origin id", "InvalidArgument", func(c *c) { app(c).Id = "" }},
		{"origin path root", "InvalidArgument", func(c *c) { first(c).OriginPath = new("/") }},
		{"origin path end", "InvalidArgument", func(c *c) { first(c).OriginPath = new("/a/") }},
		{"origin path start", "InvalidArgument", func(c *c) { first(c).OriginPath = new("a") }},
		{"origin path long", "InvalidArgument", func(c *c) { first(c).OriginPath = new("/" + long) }},
		{"attempts", "InvalidArgument", func(c *c) { first(c).ConnectionAttempts = new(int64(4)) }},
		{"timeout", "InvalidArgument", func(c *c) { first(c).ConnectionTimeout = new(int64(0)) }},
		{"no kind", "InvalidOrigin", func(c *c) { first(c).S3OriginConfig = nil }},
		{"two kinds", "InvalidOrigin", func(c *c) { first(c).CustomOriginConfig = app(c).CustomOriginConfig }},
		{"not S3", "InvalidArgument", func(c *c) { first(c).DomainName = "www.example.com" }},
		{"S3 website", "InvalidArgument", func(c *c) { first(c).DomainName = "bkt.s3-website.eu-central-1.amazonaws.com" }},
		{"other S3", "", func(c *c) { first(c).DomainName = "bkt.s3.example.net" }},
		{"identity", "InvalidOriginAccessIdentity", func(c *c) { first(c).S3OriginConfig.OriginAccessIdentity = "E2QWRUHAPOMQZL" }},
		{"identity and control", "IllegalOriginAccessConfiguration", func(c *c) { first(c).OriginAccessControlId = new("E1") }},
		{"control alone", "", func(c *c) {
			first(c).S3OriginConfig.OriginAccessIdentity, first(c).OriginAccessControlId = "", new("E1")
		}},
		{"control on custom", "InvalidDomainNameForOriginAccessControl", func(c *c) { app(c).OriginAccessControlId = new("E1") }},
		{"S3 read timeout", "InvalidOriginReadTimeout", func(c *c) { first(c).S3OriginConfig.OriginReadTimeout = new(int64(121)) }},
		{"read timeout", "InvalidOriginReadTimeout", func(c *c) { app(c).CustomOriginConfig.OriginReadTimeout = new(int64(0)) }},
		{"keep-alive", "InvalidOriginKeepaliveTimeout", func(c *c) { app(c).CustomOriginConfig.OriginKeepaliveTimeout = new(int64(121)) }},
		{"port", "InvalidArgument", func(c *c) { app(c).CustomOriginConfig.HTTPPort = 0 }},
		{"TLS port", "InvalidArgument", func(c *c) { app(c).CustomOriginConfig.HTTPSPort = 65536 }},
		{"scheme in name", "InvalidArgument", func(c *c) { app(c).DomainName = "http://app.example.com" }},
		{"port in name", "InvalidArgument", func(c *c) { app(c).DomainName = "app.example.com:80" }},
		{"address", "", func(c *c) { app(c).DomainName = "127.0.0.1" }},
		{"IPv6 address", "", func(c *c) { app(c).DomainName = "::1" }},
		{"link-local address", "InvalidArgument", func(c *c) { app(c).DomainName = "169.254.169.254" }},
		{"link-local IPv6 address", "InvalidArgument", func(c *c) { app(c).DomainName = "[fe80::1]" }},
		{"protocols", "InvalidProtocolSettings", func(c *c) { app(c).CustomOriginConfig.OriginSslProtocols = &OriginSslProtocols{} }},
		{"header name", "InvalidArgument", func(c *c) { app(c).CustomHeaders.Items[0].HeaderName = "a b" }},
		{"header host", "InvalidArgument", func(c *c) { app(c).CustomHeaders.Items[0].HeaderName = "HOST" }},
		{"header x-amz", "InvalidArgument", func(c *c) { app(c).CustomHeaders.Items[0].HeaderName = "X-Amz-Meta-A" }},
		{"header value", "InvalidArgument", func(c *c) { app(c).CustomHeaders.Items[0].HeaderValue = "a\r\nb" }},
		{"unknown target", "NoSuchOrigin", func(c *c) { def(c).TargetOriginId = "other" }},
		{"unknown target of behavior", "NoSuchOrigin", func(c *c) { api(c).TargetOriginId = "" }},
		{"pattern alphabet", "InvalidArgument", func(c *c) { api(c).PathPattern = "/a b" }},
		{"pattern empty", "InvalidArgument", func(c *c) { api(c).PathPattern = "" }},
		{"pattern long", "InvalidArgument", func(c *c) { api(c).PathPattern = long }},
		{"pattern twice", "InvalidArgument", func(c *c) {
			b := *api(c)
			b.PathPattern = strings.TrimPrefix(b.PathPattern, "/")
			c.CacheBehaviors = &CacheBehaviors{Quantity: 2, Items: append(c.CacheBehaviors.Items, b)}
		}},
		{"no signer", "InvalidArgument", func(c *c) { def(c).TrustedSigners = &TrustedSigners{Enabled: true} }},
		{"signer", "TrustedSignerDoesNotExist", func(c *c) { def(c).TrustedSigners.Items[0] = "me" }},
		{"no key group", "InvalidArgument", func(c *c) { api(c).TrustedKeyGroups = &TrustedKeyGroups{Enabled: true} }},
		{"methods", "InvalidArgument", func(c *c) { def(c).AllowedMethods.Items[0] = "POST" }},
		{"cached methods", "InvalidArgument", func(c *c) { def(c).AllowedMethods.CachedMethods.Items[0] = "POST" }},
		{"cached not allowed", "InvalidArgument", func(c *c) {
			def(c).AllowedMethods.CachedMethods = &CachedMethods{Quantity: 3, Items: []Method{"GET", "HEAD", "OPTIONS"}}
		}},
		{"both", "InvalidArgument", func(c *c) { def(c).CachePolicyId = new("x") }},
		{"neither", "InvalidArgument", func(c *c) { def(c).ForwardedValues = nil }},
		{"origin request policy alone", "InvalidArgument", func(c *c) { def(c).OriginRequestPolicyId = new("x") }},
		{"TTL order", "InvalidTTLOrder", func(c *c) { def(c).MinTTL = new(int64(7200)) }},
		{"TTL negative", "InvalidArgument", func(c *c) { def(c).MinTTL = new(int64(-1)) }},
		{"TTL huge", "InvalidArgument", func(c *c) { def(c).MaxTTL = new(int64(1) << 40) }},
		{"cookies unnamed", "InvalidForwardCookies", func(c *c) { def(c).ForwardedValues.Cookies.WhitelistedNames = nil }},
		{"cookies named in vain", "InvalidForwardCookies", func(c *c) { def(c).ForwardedValues.Cookies.Forward = "all" }},
		{"star header on S3", "InvalidHeadersForS3Origin", func(c *c) { def(c).ForwardedValues.Headers.Items[0] = "*" }},
		{"host header on S3", "InvalidHeadersForS3Origin", func(c *c) { def(c).ForwardedValues.Headers.Items[0] = "Host" }},
		{"cookie header", "InvalidArgument", func(c *c) { def(c).ForwardedValues.Headers.Items[0] = "Cookie" }},
		{"query keys unused", "InvalidQueryStringParameters", func(c *c) { def(c).ForwardedValues.QueryString = false }},
		{"query key empty", "InvalidQueryStringParameters", func(c *c) { def(c).ForwardedValues.QueryStringCacheKeys.Items[0] = "" }},
		{"error code", "InvalidErrorCode", func(c *c) { c.CustomErrorResponses.Items[0].ErrorCode = 412 }},
		{"error twice", "InvalidArgument", func(c *c) { c.CustomErrorResponses.Items[0].ErrorCode = 503 }},
		{"response code", "InvalidResponseCode", func(c *c) { c.CustomErrorResponses.Items[0].ResponseCode = new("201") }},
		{"page alone", "InvalidResponseCode", func(c *c) { c.CustomErrorResponses.Items[0].ResponseCode = nil }},
		{"page path", "InvalidArgument", func(c *c) { c.CustomErrorResponses.Items[0].ResponsePagePath = new("404.html") }},
		{"error TTL", "InvalidArgument", func(c *c) { c.CustomErrorResponses.Items[0].ErrorCachingMinTTL = new(int64(-1)) }},
		{"no certificate", "InvalidViewerCertificate", func(c *c) { c.ViewerCertificate = &ViewerCertificate{CloudFrontDefaultCertificate: new(false)} }},
		{"two certificates", "InvalidViewerCertificate", func(c *c) { c.ViewerCertificate.IAMCertificateId = new("x") }},
		{"certificate without method", "InvalidViewerCertificate", func(c *c) { c.ViewerCertificate = &ViewerCertificate{IAMCertificateId: new("x")} }},
		{"certificate region", "InvalidViewerCertificate", func(c *c) {
			c.ViewerCertificate = &ViewerCertificate{ACMCertificateArn: new("arn:aws:acm:eu-west-1:123456789012:certificate/0-1"), SSLSupportMethod: new(SSLSupportMethodSniOnly)}
		}},
		{"empty certificate", "", func(c *c) { c.ViewerCertificate = &ViewerCertificate{} }},
		{"geo type", "InvalidGeoRestrictionParameter", func(c *c) { c.Restrictions.GeoRestriction.RestrictionType = "whitelist" }},
		{"geo location", "InvalidLocationCode", func(c *c) {
			c.Restrictions.GeoRestriction = GeoRestriction{RestrictionType: "whitelist", Quantity: 1, Items: []string{"de"}}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := sample(t)
			tc.change(cfg)
			SetDefaults(cfg)
			if err := Validate(cfg, Limits{S3Suffixes: []string{"s3.example.net"}}); CodeOf(err) != tc.code {
				t.Errorf("got %v, want %q", err, tc.code)
			}
		})
	}
}

func TestQuotas(t *testing.T) {
	for _, tc := range []struct {
		code   string
		limits Limits
	}{
		{"TooManyDistributionCNAMEs", Limits{Aliases: 1}},
		{"TooManyOrigins", Limits{Origins: 1}},
	} {
		c := sample(t)
		SetDefaults(c)
		if err := Validate(c, tc.limits); CodeOf(err) != tc.code {
			t.Errorf("got %v, want %s", err, tc.code)
		}
	}
	c := sample(t)
	b := c.CacheBehaviors.Items[0]
	for i := range 80 {
		b.PathPattern = "/" + itoa(int64(i))
		c.CacheBehaviors.Items = append(c.CacheBehaviors.Items, b)
	}
	c.CacheBehaviors.Quantity = 81
	SetDefaults(c)
	if err := Validate(c, Limits{}); err != nil {
		t.Errorf("without quotas: %v", err)
	}
	if err := Validate(c, AWSQuotas()); CodeOf(err) != "TooManyCacheBehaviors" {
		t.Errorf("with quotas: %v", err)
	}
}

func TestDefaultTTLsFollowLongerOnes(t *testing.T) {
	c := sample(t)
	c.DefaultCacheBehavior.MinTTL = new(int64(40000000))
	c.DefaultCacheBehavior.DefaultTTL, c.DefaultCacheBehavior.MaxTTL = nil, nil
	SetDefaults(c)
	if d := c.DefaultCacheBehavior; *d.DefaultTTL != 40000000 || *d.MaxTTL != 40000000 {
		t.Errorf("got %d, %d", *d.DefaultTTL, *d.MaxTTL)
	}
}

func TestBehaviorsAreMatchedInOrder(t *testing.T) {
	c := sample(t)
	got := c.Behaviors()
	if len(got) != 2 || got[0].PathPattern != "/api/*?a&b" || got[1].PathPattern != "*" {
		t.Fatalf("got %+v", got)
	}
	if got[1].TargetOriginId != "s3" || got[1].ForwardedValues != c.DefaultCacheBehavior.ForwardedValues || !*got[1].Compress {
		t.Errorf("the default behavior lost something: %+v", got[1])
	}
	if !slices.Equal(c.Behaviors()[0].AllowedMethods.Items, c.CacheBehaviors.Items[0].AllowedMethods.Items) {
		t.Error("methods differ")
	}
}

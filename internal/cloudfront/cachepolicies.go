package cloudfront

import (
	"slices"
	"time"
)

// ManagedETag is the ETag of every managed policy: they never change.
const ManagedETag = "E23ZP02F085DFQ"

// managedSince is the modification time shown for managed policies.
func managedSince() Time { return Time{time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC)} }

// ManagedCachePolicy is the managed cache policy of that id.
func ManagedCachePolicy(id string) (CachePolicy, bool) {
	for _, p := range ManagedCachePolicies() {
		if p.Id == id {
			return p, true
		}
	}
	return CachePolicy{}, false
}

// ManagedCachePolicies lists the managed cache policies (Developer Guide, Use managed cache
// policies), ordered by id. The caller owns the result.
func ManagedCachePolicies() []CachePolicy {
	media := []string{"aws.manifestfilter", "end", "m", "start"}
	control := []string{"host", "origin", "x-http-method-override", "x-http-method", "x-method-override"}
	return []CachePolicy{
		cachePolicy{
			id: "08627262-05a9-4f76-9ded-b50ca2e3a84f", name: "Elemental-MediaPackage",
			comment: "Policy for Elemental MediaPackage Origin",
			normal:  86400, high: 31536000, headers: []string{"origin"}, query: media, gzip: true,
		}.build(),
		cachePolicy{
			id: "2e54312d-136d-493c-8eb9-b001f22f67d2", name: "Amplify",
			comment: "Policy for Amplify Origin", low: 2, normal: 2, high: 600,
			headers: []string{"Authorization", "CloudFront-Viewer-Country", "Host"},
			cookies: "all", queries: "all", gzip: true, brotli: true,
		}.build(),
		cachePolicy{
			id: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", name: "CachingDisabled",
			comment: "Policy with caching disabled",
		}.build(),
		cachePolicy{
			id: "4cc15a8a-d715-48a4-82b8-cc0b614638fe", name: "UseOriginCacheControlHeaders-QueryStrings",
			comment: "Policy for origins that return Cache-Control headers and serve different content based on values present in the query string.",
			high:    31536000, headers: control, cookies: "all", queries: "all", gzip: true, brotli: true,
		}.build(),
		cachePolicy{
			id: "658327ea-f89d-4fab-a63d-7e88639e58f6", name: "CachingOptimized",
			comment: "Policy with caching enabled. Supports Gzip and Brotli compression.",
			low:     1, normal: 86400, high: 31536000, gzip: true, brotli: true,
		}.build(),
		cachePolicy{
			id: "83da9c7e-98b4-4e11-a168-04f0df8e2c65", name: "UseOriginCacheControlHeaders",
			comment: "Policy for origins that return Cache-Control headers. Query strings are not included in the cache key.",
			high:    31536000, headers: control, cookies: "all", gzip: true, brotli: true,
		}.build(),
		cachePolicy{
			id: "b2884449-e4de-46a7-ac36-70bc7f1ddd6d", name: "CachingOptimizedForUncompressedObjects",
			comment: "Default policy when compression is disabled",
			low:     1, normal: 86400, high: 31536000,
		}.build(),
	}
}

// cachePolicy is a cache policy in short: times in seconds, lists of names to be keyed on,
// and "all" or "" (none, or the list if there is one) for cookies and queries.
type cachePolicy struct {
	id, name, comment string
	low, normal, high int64
	headers, query    []string
	cookies, queries  string
	gzip, brotli      bool
}

func (p cachePolicy) build() CachePolicy {
	params := &ParametersInCacheKeyAndForwardedToOrigin{
		EnableAcceptEncodingGzip:   p.gzip,
		EnableAcceptEncodingBrotli: &p.brotli,
		HeadersConfig:              CachePolicyHeadersConfig{HeaderBehavior: CachePolicyHeaderBehaviorNone},
		CookiesConfig:              CachePolicyCookiesConfig{CookieBehavior: CachePolicyCookieBehaviorNone},
		QueryStringsConfig:         CachePolicyQueryStringsConfig{QueryStringBehavior: CachePolicyQueryStringBehaviorNone},
	}
	if len(p.headers) > 0 {
		params.HeadersConfig = CachePolicyHeadersConfig{HeaderBehavior: CachePolicyHeaderBehaviorWhitelist, Headers: headerNames(p.headers)}
	}
	if p.cookies != "" {
		params.CookiesConfig.CookieBehavior = CachePolicyCookieBehavior(p.cookies)
	}
	switch {
	case p.queries != "":
		params.QueryStringsConfig.QueryStringBehavior = CachePolicyQueryStringBehavior(p.queries)
	case len(p.query) > 0:
		params.QueryStringsConfig = CachePolicyQueryStringsConfig{
			QueryStringBehavior: CachePolicyQueryStringBehaviorWhitelist,
			QueryStrings:        &QueryStringNames{Quantity: int64(len(p.query)), Items: p.query},
		}
	}
	return CachePolicy{Id: p.id, LastModifiedTime: managedSince(), CachePolicyConfig: CachePolicyConfig{
		Name: "Managed-" + p.name, Comment: &p.comment,
		MinTTL: p.low, DefaultTTL: &p.normal, MaxTTL: &p.high,
		ParametersInCacheKeyAndForwardedToOrigin: params,
	}}
}

func headerNames(names []string) *Headers {
	return &Headers{Quantity: int64(len(names)), Items: slices.Clone(names)}
}

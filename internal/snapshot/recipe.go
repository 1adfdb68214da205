package snapshot

import (
	"slices"
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// Recipe says what of a viewer request makes up the cache key and what goes to the origin.
// Everything in the key is also sent.
type Recipe struct {
	// Legacy recipes come from ForwardedValues: viewer header fields that are not listed
	// follow CloudFront's table of defaults. Under policies unlisted ones are not sent.
	Legacy bool

	KeyHeaders []string // lower case, sorted; never accept-encoding when it is normalised
	KeyQuery   Selection
	KeyCookies Selection

	SendHeaders HeaderSelection
	SendQuery   Selection
	SendCookies Selection

	// Gzip and Brotli say which codings of a viewer's Accept-Encoding stay in its normalised
	// form, which is then part of the key.
	Gzip, Brotli bool
}

// NormalizesEncoding reports whether the normalised Accept-Encoding is part of the key.
func (r *Recipe) NormalizesEncoding() bool { return r.Gzip || r.Brotli }

// KeysHeader reports whether the named field (lower case) is part of the key.
func (r *Recipe) KeysHeader(name string) bool { return slices.Contains(r.KeyHeaders, name) }

// HeaderSelection picks header fields by lower-case name.
type HeaderSelection struct {
	AllViewer bool     // every field the viewer sent
	names     []string // picked besides, or when except is set left out of AllViewer
	except    bool
}

// Has reports whether the viewer's field name (lower case) is picked.
func (h *HeaderSelection) Has(name string) bool {
	if h.except {
		return !slices.Contains(h.names, name)
	}
	return h.AllViewer || slices.Contains(h.names, name)
}

// Listed returns the names picked one by one, lower case: generated fields are sent only when
// they are among them.
func (h *HeaderSelection) Listed() []string {
	if h.except {
		return nil
	}
	return h.names
}

func (h HeaderSelection) with(names []string) HeaderSelection {
	if h.except {
		h.names = only(h.names, func(n string) bool { return !slices.Contains(names, n) })
		return h
	}
	h.names = merge(h.names, names)
	return h
}

// legacyRecipe translates ForwardedValues. Accept-Encoding is always reduced to gzip or nothing
// and kept apart by. nocache is set when all headers are forwarded, which disables caching
// (Developer Guide, "Cache based on selected request headers").
func legacyRecipe(f *cloudfront.ForwardedValues) (r Recipe, nocache bool) {
	r = Recipe{Legacy: true, Gzip: true}
	r.SendQuery = Selection{All: f.QueryString}
	r.KeyQuery = r.SendQuery
	if k := f.QueryStringCacheKeys; f.QueryString && k != nil && len(k.Items) > 0 {
		r.KeyQuery = Selection{names: k.Items}
	}
	var names []string
	if f.Cookies.WhitelistedNames != nil {
		names = f.Cookies.WhitelistedNames.Items
	}
	r.KeyCookies = cookieSelection(string(f.Cookies.Forward), names)
	r.SendCookies = r.KeyCookies
	headers := headerNames(f.Headers)
	if slices.Contains(headers, "*") {
		r.SendHeaders = HeaderSelection{AllViewer: true}
		return r, true
	}
	r.setKeyHeaders(headers)
	r.SendHeaders = HeaderSelection{names: headers}
	return r, false
}

// policyRecipe translates a cache policy and an origin request policy, which may be nil.
func policyRecipe(c *cloudfront.CachePolicyConfig, o *cloudfront.OriginRequestPolicyConfig) Recipe {
	var r Recipe
	if p := c.ParametersInCacheKeyAndForwardedToOrigin; p != nil {
		r.Gzip = p.EnableAcceptEncodingGzip
		r.Brotli = p.EnableAcceptEncodingBrotli != nil && *p.EnableAcceptEncodingBrotli
		if p.HeadersConfig.HeaderBehavior == cloudfront.CachePolicyHeaderBehaviorWhitelist {
			r.setKeyHeaders(headerNames(p.HeadersConfig.Headers))
		}
		r.KeyQuery = selection(string(p.QueryStringsConfig.QueryStringBehavior), queryNames(p.QueryStringsConfig.QueryStrings))
		r.KeyCookies = cookieSelection(string(p.CookiesConfig.CookieBehavior), cookieNames(p.CookiesConfig.Cookies))
	}
	r.SendQuery, r.SendCookies = r.KeyQuery, r.KeyCookies
	if o != nil {
		r.SendHeaders = policyHeaders(&o.HeadersConfig)
		r.SendQuery = r.SendQuery.union(selection(string(o.QueryStringsConfig.QueryStringBehavior), queryNames(o.QueryStringsConfig.QueryStrings)))
		r.SendCookies = r.SendCookies.union(cookieSelection(string(o.CookiesConfig.CookieBehavior), cookieNames(o.CookiesConfig.Cookies)))
	}
	r.SendHeaders = r.SendHeaders.with(r.KeyHeaders)
	return r
}

// setKeyHeaders lists header names in the key. A listed Accept-Encoding means its normalised
// form wherever that is in use.
func (r *Recipe) setKeyHeaders(names []string) {
	if r.NormalizesEncoding() {
		names = only(names, func(n string) bool { return n != "accept-encoding" })
	}
	r.KeyHeaders = slices.Sorted(slices.Values(names))
}

func policyHeaders(c *cloudfront.OriginRequestPolicyHeadersConfig) HeaderSelection {
	names := headerNames(c.Headers)
	switch c.HeaderBehavior {
	case cloudfront.OriginRequestPolicyHeaderBehaviorWhitelist:
		return HeaderSelection{names: names}
	case cloudfront.OriginRequestPolicyHeaderBehaviorAllViewer:
		return HeaderSelection{AllViewer: true}
	case cloudfront.OriginRequestPolicyHeaderBehaviorAllViewerAndWhitelistCloudFront:
		return HeaderSelection{AllViewer: true, names: names}
	case cloudfront.OriginRequestPolicyHeaderBehaviorAllExcept:
		return HeaderSelection{AllViewer: true, except: true, names: names}
	}
	return HeaderSelection{}
}

func headerNames(h *cloudfront.Headers) []string {
	if h == nil {
		return nil
	}
	out := make([]string, len(h.Items))
	for i, n := range h.Items {
		out[i] = strings.ToLower(n)
	}
	return out
}

func queryNames(q *cloudfront.QueryStringNames) []string {
	if q == nil {
		return nil
	}
	return q.Items
}

func cookieNames(c *cloudfront.CookieNames) []string {
	if c == nil {
		return nil
	}
	return c.Items
}

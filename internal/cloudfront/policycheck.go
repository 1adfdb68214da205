package cloudfront

import (
	"slices"
	"strings"
)

// SetCachePolicyDefaults completes a cache policy to what reads always return (API reference,
// CachePolicyConfig). It changes c in place and is idempotent.
func SetCachePolicyDefaults(c *CachePolicyConfig) {
	orSet(&c.Comment, "")
	orSet(&c.DefaultTTL, max(DefaultTTLSeconds, c.MinTTL))
	orSet(&c.MaxTTL, max(MaxTTLSeconds, *c.DefaultTTL))
	if c.ParametersInCacheKeyAndForwardedToOrigin == nil {
		c.ParametersInCacheKeyAndForwardedToOrigin = &ParametersInCacheKeyAndForwardedToOrigin{
			HeadersConfig:      CachePolicyHeadersConfig{HeaderBehavior: CachePolicyHeaderBehaviorNone},
			CookiesConfig:      CachePolicyCookiesConfig{CookieBehavior: CachePolicyCookieBehaviorNone},
			QueryStringsConfig: CachePolicyQueryStringsConfig{QueryStringBehavior: CachePolicyQueryStringBehaviorNone},
		}
	}
	p := c.ParametersInCacheKeyAndForwardedToOrigin
	orSet(&p.EnableAcceptEncodingBrotli, false)
	dropEmpty(&p.HeadersConfig.Headers, &p.CookiesConfig.Cookies, &p.QueryStringsConfig.QueryStrings)
}

// SetOriginRequestPolicyDefaults completes an origin request policy likewise.
func SetOriginRequestPolicyDefaults(c *OriginRequestPolicyConfig) {
	orSet(&c.Comment, "")
	dropEmpty(&c.HeadersConfig.Headers, &c.CookiesConfig.Cookies, &c.QueryStringsConfig.QueryStrings)
}

// dropEmpty leaves out lists of nothing, as reads do.
func dropEmpty(h **Headers, c **CookieNames, q **QueryStringNames) {
	if *h != nil && (*h).Quantity == 0 && len((*h).Items) == 0 {
		*h = nil
	}
	if *c != nil && (*c).Quantity == 0 && len((*c).Items) == 0 {
		*c = nil
	}
	if *q != nil && (*q).Quantity == 0 && len((*q).Items) == 0 {
		*q = nil
	}
}

// ValidateCachePolicy judges a cache policy completed by SetCachePolicyDefaults.
func ValidateCachePolicy(c *CachePolicyConfig, l Limits) error {
	if err := checkPolicyDocument(c, c.Name, *c.Comment); err != nil {
		return err
	}
	low, normal, high := c.MinTTL, *c.DefaultTTL, *c.MaxTTL
	switch {
	case min(low, normal, high) < 0 || max(low, normal, high) > maxTTL:
		return invalid("The parameters MinTTL, DefaultTTL and MaxTTL must be from 0 to %d.", int64(maxTTL))
	case low > normal || normal > high:
		return invalid("The order of TTL values is not valid: MinTTL %d, DefaultTTL %d and MaxTTL %d must not decrease.", low, normal, high)
	}
	p := c.ParametersInCacheKeyAndForwardedToOrigin
	if high == 0 {
		return checkUncached(p)
	}
	lists := policyLists{
		kind:    "CachePolicy",
		headers: deref(p.HeadersConfig.Headers).Items, headerBehavior: string(p.HeadersConfig.HeaderBehavior),
		cookies: deref(p.CookiesConfig.Cookies).Items, cookieBehavior: string(p.CookiesConfig.CookieBehavior),
		queries: deref(p.QueryStringsConfig.QueryStrings).Items, queryBehavior: string(p.QueryStringsConfig.QueryStringBehavior),
	}
	for _, h := range lists.headers {
		name := strings.ToLower(h)
		encoding := name == "accept-encoding" && (p.EnableAcceptEncodingGzip || *p.EnableAcceptEncodingBrotli)
		if encoding || name == "*" || isUnforwardable(name) || isRequestOnly(name) {
			return notAllowed(h)
		}
	}
	return lists.check(l)
}

// checkUncached demands that a policy whose times are all 0 has nothing in its cache key.
func checkUncached(p *ParametersInCacheKeyAndForwardedToOrigin) error {
	for _, part := range []struct {
		name string
		used bool
	}{
		{"EnableAcceptEncodingGzip", p.EnableAcceptEncodingGzip},
		{"EnableAcceptEncodingBrotli", *p.EnableAcceptEncodingBrotli},
		{"HeaderBehavior", p.HeadersConfig.HeaderBehavior != CachePolicyHeaderBehaviorNone || p.HeadersConfig.Headers != nil},
		{"CookieBehavior", p.CookiesConfig.CookieBehavior != CachePolicyCookieBehaviorNone || p.CookiesConfig.Cookies != nil},
		{"QueryStringBehavior", p.QueryStringsConfig.QueryStringBehavior != CachePolicyQueryStringBehaviorNone || p.QueryStringsConfig.QueryStrings != nil},
	} {
		if part.used {
			return invalid("The parameter %s is invalid for policy with caching disabled.", part.name)
		}
	}
	return nil
}

// isRequestOnly holds for lower-case names that may go to the origin and never into the key
// (Developer Guide, Add CloudFront request headers).
func isRequestOnly(name string) bool {
	return slices.Contains([]string{
		"cloudfront-viewer-address", "cloudfront-viewer-asn", "cloudfront-viewer-tls",
		"cloudfront-viewer-ja3-fingerprint", "cloudfront-viewer-ja4-fingerprint",
		"cloudfront-viewer-header-order", "cloudfront-viewer-header-count",
	}, name)
}

// ValidateOriginRequestPolicy judges an origin request policy completed by
// SetOriginRequestPolicyDefaults.
func ValidateOriginRequestPolicy(c *OriginRequestPolicyConfig, l Limits) error {
	if err := checkPolicyDocument(c, c.Name, *c.Comment); err != nil {
		return err
	}
	lists := policyLists{
		kind:    "OriginRequestPolicy",
		headers: deref(c.HeadersConfig.Headers).Items, headerBehavior: string(c.HeadersConfig.HeaderBehavior),
		cookies: deref(c.CookiesConfig.Cookies).Items, cookieBehavior: string(c.CookiesConfig.CookieBehavior),
		queries: deref(c.QueryStringsConfig.QueryStrings).Items, queryBehavior: string(c.QueryStringsConfig.QueryStringBehavior),
	}
	for _, h := range lists.headers {
		name := strings.ToLower(h)
		switch c.HeadersConfig.HeaderBehavior {
		case OriginRequestPolicyHeaderBehaviorWhitelist:
			if name == "*" || name == "authorization" || isUnforwardable(name) {
				return notAllowed(h)
			}
		case OriginRequestPolicyHeaderBehaviorAllViewerAndWhitelistCloudFront:
			if !strings.HasPrefix(name, "cloudfront-") {
				return notAllowed(h)
			}
		}
	}
	return lists.check(l)
}

func notAllowed(header string) error {
	return invalid("The parameter Headers contains %s that is not allowed.", header)
}

// checkPolicyDocument applies what all policies have in common. Names have the alphabet and
// length that AWS's own tools check.
func checkPolicyDocument(document any, name, comment string) error {
	if err := checkQuantities(document); err != nil {
		return err
	}
	bad := func(r rune) bool { return r != '-' && r != '_' && !(r < 0x80 && isAlnum(string(r))) }
	if name == "" || len(name) > 128 || strings.ContainsFunc(name, bad) {
		return invalid("The parameter Name must have 1 to 128 characters, each a letter, a digit, - or _: %q.", name)
	}
	return checkComment(comment)
}

// policyLists are the names in a cache policy or an origin request policy.
type policyLists struct {
	kind                                          string // as error codes spell it
	headers, cookies, queries                     []string
	headerBehavior, cookieBehavior, queryBehavior string
}

func (p *policyLists) check(l Limits) error {
	for _, list := range []struct {
		field, behavior string
		names           []string
	}{
		{"Headers", p.headerBehavior, p.headers},
		{"Cookies", p.cookieBehavior, p.cookies},
		{"QueryStrings", p.queryBehavior, p.queries},
	} {
		if err := checkPolicyNames(list.field, list.behavior, list.names); err != nil {
			return err
		}
	}
	total := 0
	for _, n := range slices.Concat(p.headers, p.cookies, p.queries) {
		total += len(n)
	}
	for _, q := range []struct {
		code, what string
		n, limit   int
	}{
		{"TooManyHeadersIn" + p.kind, "headers", len(p.headers), l.PolicyHeaders},
		{"TooManyCookiesIn" + p.kind, "cookies", len(p.cookies), l.PolicyCookies},
		{"TooManyQueryStringsIn" + p.kind, "query strings", len(p.queries), l.PolicyQueries},
		{"InvalidArgument", "characters of header, cookie and query string names", total, l.PolicyNamesBytes},
	} {
		if err := quota(q.code, q.n, q.limit, q.what); err != nil {
			return err
		}
	}
	return nil
}

// checkPolicyNames demands names exactly where the behavior needs them, each valid and once.
func checkPolicyNames(field, behavior string, names []string) error {
	needed := strings.Contains(strings.ToLower(behavior), "whitelist") || behavior == "allExcept"
	if needed != (len(names) > 0) {
		return invalid("The parameter %s does not match the behavior %s: names are required for whitelist and allExcept and refused otherwise.", field, behavior)
	}
	for i, n := range names {
		same := func(m string) bool { return m == n || field == "Headers" && strings.EqualFold(m, n) }
		valid := isToken(n)
		switch field {
		case "Cookies":
			valid = isCookieName(n)
		case "QueryStrings":
			valid = n != "" && len(n) <= 128 && !strings.ContainsFunc(n, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '&' })
		}
		switch {
		case !valid:
			return invalid("The parameter %s contains the invalid name %q.", field, n)
		case slices.ContainsFunc(names[:i], same):
			return invalid("The parameter %s contains the duplicate value %q.", field, n)
		}
	}
	return nil
}

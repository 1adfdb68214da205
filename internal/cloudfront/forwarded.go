package cloudfront

import (
	"slices"
	"strings"
)

// maxQueryNames is how long the names of QueryStringCacheKeys may be together.
const maxQueryNames = 512

// checkForwardedValues judges the legacy cache settings of a behavior; origin is its target,
// nil for an origin group.
func checkForwardedValues(f *ForwardedValues, origin *Origin, l Limits) error {
	if f == nil {
		return nil
	}
	if err := checkCookies(f.Cookies, l); err != nil {
		return err
	}
	if err := checkForwardedHeaders(f.Headers.Items, origin, l); err != nil {
		return err
	}
	return checkQueryKeys(f, l)
}

func checkCookies(c CookiePreference, l Limits) error {
	var names []string
	if c.WhitelistedNames != nil {
		names = c.WhitelistedNames.Items
	}
	bad := func(format string, args ...any) error { return Errorf("InvalidForwardCookies", format, args...) }
	switch {
	case c.Forward == ItemSelectionWhitelist && len(names) == 0:
		return bad("Your request contains a forward cookies option that doesn't match its whitelist: no cookie is named.")
	case c.Forward != ItemSelectionWhitelist && len(names) > 0:
		return bad("Your request contains a forward cookies option that doesn't match its whitelist: cookies are named but Forward is %s.", c.Forward)
	case slices.ContainsFunc(names, func(n string) bool { return !isCookieName(n) }) || hasDuplicates(names):
		return invalid("The parameter WhitelistedNames contains an invalid or duplicate cookie name.")
	}
	return quota("TooManyCookieNamesInWhiteList", len(names), l.ForwardedCookies, "cookie names")
}

// isCookieName holds for the name of a cookie in which * and ? may be wildcards.
func isCookieName(n string) bool { return isToken(strings.ReplaceAll(n, "?", "*")) }

func checkForwardedHeaders(headers []string, origin *Origin, l Limits) error {
	var names []string
	for _, h := range headers {
		name := strings.ToLower(h)
		switch {
		case !isToken(name) || isUnforwardable(name):
			return invalid("The parameter Headers contains a header that cannot be forwarded: %q.", h)
		case slices.Contains(names, name):
			return invalid("The parameter Headers contains the duplicate value %q.", h)
		case name == "*" && len(headers) > 1:
			return invalid("The parameter Headers contains * and other values.")
		case origin != nil && origin.S3OriginConfig != nil && (name == "*" || name == "host"):
			return Errorf("InvalidHeadersForS3Origin", "The headers specified are not valid for an Amazon S3 origin: %q.", h)
		}
		names = append(names, name)
	}
	return quota("TooManyHeadersInForwardedValues", len(headers), l.ForwardedHeaders, "headers in forwarded values")
}

// isUnforwardable holds for lower-case names that cannot be part of what is cached on
// (Developer Guide, HTTP request headers and CloudFront behavior).
func isUnforwardable(name string) bool {
	switch name {
	case "connection", "cookie", "content-length", "expect", "max-forwards", "te", "trailer",
		"transfer-encoding", "upgrade", "via", "x-real-ip", "proxy-authenticate", "proxy-authorization", "proxy-connection":
		return true
	}
	return strings.HasPrefix(name, "x-amz-cf-") || strings.HasPrefix(name, "x-edge-")
}

func checkQueryKeys(f *ForwardedValues, l Limits) error {
	keys, total := f.QueryStringCacheKeys.Items, 0
	for _, k := range keys {
		total += len(k)
		if k == "" || len(k) > 128 {
			return Errorf("InvalidQueryStringParameters", "The query string parameter %q must have 1 to 128 characters.", k)
		}
	}
	if len(keys) > 0 && !f.QueryString || hasDuplicates(keys) || total > maxQueryNames {
		return Errorf("InvalidQueryStringParameters", "The query string parameters specified are not valid: QueryString must be true and the names distinct and at most %d characters together.", maxQueryNames)
	}
	return quota("TooManyQueryStringParameters", len(keys), l.QueryStringKeys, "query string parameters")
}

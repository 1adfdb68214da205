package cloudfront

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxHeaderValue is the longest value of a header that a policy adds, in bytes.
const maxHeaderValue = 1783

// SignManifestsHeader in a response headers policy, with the value true, is no header but a
// setting of Warmfront's own for the behaviors with the policy: URLs in HLS and DASH manifests get
// the signature that the manifest was asked for with.
const SignManifestsHeader = "X-Warmfront-Sign-Manifests"

// SetResponseHeadersPolicyDefaults completes a response headers policy to what reads always
// return. It changes c in place and is idempotent.
func SetResponseHeadersPolicyDefaults(c *ResponseHeadersPolicyConfig) {
	orSet(&c.Comment, "")
	if c.CorsConfig != nil {
		orNew(&c.CorsConfig.AccessControlExposeHeaders)
	}
	if s := c.SecurityHeadersConfig; s != nil {
		if s.StrictTransportSecurity != nil {
			orSet(&s.StrictTransportSecurity.IncludeSubdomains, false)
			orSet(&s.StrictTransportSecurity.Preload, false)
		}
		if s.XSSProtection != nil {
			orSet(&s.XSSProtection.ModeBlock, false)
		}
	}
	if t := c.ServerTimingHeadersConfig; t != nil {
		orSet(&t.SamplingRate, 0)
	}
}

// ValidateResponseHeadersPolicy judges a response headers policy completed by
// SetResponseHeadersPolicyDefaults (Developer Guide, Understand response headers policies).
func ValidateResponseHeadersPolicy(c *ResponseHeadersPolicyConfig, l Limits) error {
	if err := checkPolicyDocument(c, c.Name, *c.Comment); err != nil {
		return err
	}
	if c.CorsConfig == nil && c.SecurityHeadersConfig == nil && c.ServerTimingHeadersConfig == nil && c.CustomHeadersConfig == nil && c.RemoveHeadersConfig == nil {
		return invalid("The response headers policy must configure at least one group of headers.")
	}
	if c.CorsConfig != nil {
		if err := checkCORS(c.CorsConfig); err != nil {
			return err
		}
	}
	if c.SecurityHeadersConfig != nil {
		if err := checkSecurityHeaders(c.SecurityHeadersConfig); err != nil {
			return err
		}
	}
	if t := c.ServerTimingHeadersConfig; t != nil && !isSamplingRate(*t.SamplingRate) {
		return invalid("The parameter SamplingRate must be from 0 to 100 with up to four decimal places: %v.", *t.SamplingRate)
	}
	if err := checkAddedHeaders(deref(c.CustomHeadersConfig).Items, l); err != nil {
		return err
	}
	return checkRemovedHeaders(deref(c.RemoveHeadersConfig).Items, l)
}

func isSamplingRate(r float64) bool {
	return r >= 0 && r <= 100 && math.Abs(r*1e4-math.Round(r*1e4)) < 1e-6
}

func checkCORS(c *ResponseHeadersPolicyCorsConfig) error {
	origins, headers, methods := c.AccessControlAllowOrigins.Items, c.AccessControlAllowHeaders.Items, c.AccessControlAllowMethods.Items
	switch {
	case len(origins) == 0:
		return invalid("The parameter AccessControlAllowOrigins must contain at least one origin.")
	case len(headers) == 0:
		return invalid("The parameter AccessControlAllowHeaders must contain at least one header.")
	case len(methods) == 0:
		return invalid("The parameter AccessControlAllowMethods must contain at least one method.")
	case hasDuplicates(origins) || hasDuplicates(headers) || hasDuplicates(methods):
		return invalid("The parameter CorsConfig contains a duplicate value.")
	case slices.Contains(methods, ResponseHeadersPolicyAccessControlAllowMethodsValuesALL) && len(methods) > 1:
		return invalid("The parameter AccessControlAllowMethods contains ALL and other values.")
	case c.AccessControlAllowCredentials && (slices.Contains(origins, "*") || slices.Contains(headers, "*")):
		return invalid("The parameters AccessControlAllowOrigins and AccessControlAllowHeaders cannot contain * when AccessControlAllowCredentials is true.")
	case deref(c.AccessControlMaxAgeSec) < 0 || deref(c.AccessControlMaxAgeSec) > math.MaxInt32:
		return invalid("The parameter AccessControlMaxAgeSec is out of range: %d.", *c.AccessControlMaxAgeSec)
	}
	for _, o := range origins {
		if !isAllowedOrigin(o) {
			return invalid("The parameter AccessControlAllowOrigins contains the invalid origin %q.", o)
		}
	}
	for _, h := range headers {
		if !isToken(h) || strings.Count(h, "*") > 1 {
			return invalid("The parameter AccessControlAllowHeaders contains the invalid header name %q.", h)
		}
	}
	for _, h := range c.AccessControlExposeHeaders.Items {
		if !isToken(h) || h != "*" && strings.Contains(h, "*") {
			return invalid("The parameter AccessControlExposeHeaders contains the invalid header name %q.", h)
		}
	}
	return nil
}

// isAllowedOrigin holds for "*" and for an origin whose scheme may be left out, whose leftmost
// label may be a wildcard and whose port may contain one: http://*.example.org:80*.
func isAllowedOrigin(o string) bool {
	if o == "*" {
		return true
	}
	scheme, host, ok := strings.Cut(o, "://")
	if !ok {
		host = o
	} else if scheme != "http" && scheme != "https" {
		return false
	}
	if h, port, ok := strings.Cut(host, ":"); ok && !strings.HasPrefix(host, "[") {
		n, err := strconv.Atoi(port)
		wild := strings.Count(port, "*") == 1 && strings.Trim(port, "0123456789*") == "" && len(port) <= 5
		if !wild && (err != nil || n < 1 || n > 65535) {
			return false
		}
		host = h
	}
	return isHostname(strings.TrimPrefix(host, "*.")) || isAddress(host)
}

func checkSecurityHeaders(s *ResponseHeadersPolicySecurityHeadersConfig) error {
	if p := s.ContentSecurityPolicy; p != nil {
		switch text := p.ContentSecurityPolicy; {
		case len(text) > maxHeaderValue:
			return Errorf("TooLongCSPInResponseHeadersPolicy", "The length of the Content-Security-Policy header value is %d; its maximum is %d.", len(text), maxHeaderValue)
		case text == "" || !isHeaderValue(text):
			return invalid("The parameter ContentSecurityPolicy is empty or contains a character that a header cannot carry.")
		}
	}
	if h := s.StrictTransportSecurity; h != nil && (h.AccessControlMaxAgeSec < 0 || h.AccessControlMaxAgeSec > math.MaxInt32) {
		return invalid("The parameter AccessControlMaxAgeSec is out of range: %d.", h.AccessControlMaxAgeSec)
	}
	if x := s.XSSProtection; x != nil {
		switch uri := deref(x.ReportUri); {
		case uri != "" && *x.ModeBlock:
			return invalid("The parameter ReportUri cannot be used when ModeBlock is true.")
		case len(uri) > maxHeaderValue || !isHeaderValue(uri) || strings.ContainsAny(uri, " ;"):
			return invalid("The parameter ReportUri is not a URI.")
		}
	}
	return nil
}

// isHeaderValue holds for visible ASCII and blanks within (RFC 9110 section 5.5).
func isHeaderValue(s string) bool {
	return s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f })
}

func checkAddedHeaders(headers []ResponseHeadersPolicyCustomHeader, l Limits) error {
	var names []string
	for _, h := range headers {
		name := strings.ToLower(h.Header)
		switch {
		case !isToken(name) || len(name) > 256:
			return invalid("The parameter CustomHeader contains the invalid name %q.", h.Header)
		case isSecurityHeader(name):
			return invalid("The parameter CustomHeader contains %s that is a security header and cannot be set as custom header.", h.Header)
		case isProtectedHeader(name):
			return invalid("The parameter CustomHeader contains %s that is not allowed.", h.Header)
		case slices.Contains(names, name):
			return invalid("The parameter CustomHeader contains the duplicate value %s.", h.Header)
		case len(h.Value) > maxHeaderValue || !isHeaderValue(h.Value):
			return invalid("The parameter Value of the custom header %s is too long or contains a character that a header cannot carry.", h.Header)
		case strings.EqualFold(name, SignManifestsHeader) && h.Value != "true":
			return invalid("The custom header %s is a setting of Warmfront's and must have the value true.", h.Header)
		}
		names = append(names, name)
	}
	return quota("TooManyCustomHeadersInResponseHeadersPolicy", len(headers), l.ResponseHeaders, "custom headers")
}

func checkRemovedHeaders(headers []ResponseHeadersPolicyRemoveHeader, l Limits) error {
	var names []string
	for _, h := range headers {
		name := strings.ToLower(h.Header)
		switch {
		case !isToken(name) || strings.Contains(name, "*"):
			return invalid("The parameter RemoveHeader contains the invalid name %q.", h.Header)
		case isProtectedHeader(name):
			return invalid("The parameter RemoveHeader contains %s that cannot be removed.", h.Header)
		case slices.Contains(names, name):
			return invalid("The parameter RemoveHeader contains the duplicate value %s.", h.Header)
		}
		names = append(names, name)
	}
	return quota("TooManyRemoveHeadersInResponseHeadersPolicy", len(headers), l.RemovedHeaders, "headers to remove")
}

// isSecurityHeader holds for lower-case names that have a setting of their own.
func isSecurityHeader(name string) bool {
	switch name {
	case "content-security-policy", "referrer-policy", "strict-transport-security",
		"x-content-type-options", "x-frame-options", "x-xss-protection":
		return true
	}
	return false
}

// isProtectedHeader holds for lower-case names that no policy touches (Developer Guide,
// Headers that you can't remove).
func isProtectedHeader(name string) bool {
	switch name {
	case "connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "proxy-authenticate",
		"proxy-authorization", "proxy-connection", "trailer", "transfer-encoding", "upgrade", "via", "warning",
		"x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect",
		"x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile",
		"x-amzn-header-count", "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid",
		"x-cache", "x-forwarded-proto", "x-real-ip":
		return true
	}
	return strings.HasPrefix(name, "x-amz-cf-") || strings.HasPrefix(name, "x-edge-")
}

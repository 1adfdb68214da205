package cloudfront

import (
	"slices"
	"strings"
)

func checkOrigins(c *DistributionConfig, l Limits) error {
	origins := c.Origins.Items
	if len(origins) == 0 {
		return invalid("The parameter Origins must contain at least one origin.")
	}
	for i, o := range origins {
		if slices.ContainsFunc(origins[:i], func(p Origin) bool { return p.Id == o.Id }) {
			return invalid("The parameter Origin Id is not unique: %q.", o.Id)
		}
		if err := checkOrigin(&o, l); err != nil {
			return err
		}
	}
	return quota("TooManyOrigins", len(origins), l.Origins, "origins")
}

func checkOrigin(o *Origin, l Limits) error {
	if o.Id == "" || len(o.Id) > 128 {
		return invalid("The parameter Origin Id must have 1 to 128 characters: %q.", o.Id)
	}
	if path := deref(o.OriginPath); path != "" && (!strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || len(path) > 255 || !isURLPath(path)) {
		return invalid("The parameter OriginPath must be empty or begin with a slash and not end with one: %q.", path)
	}
	if err := checkRange("ConnectionAttempts", deref(o.ConnectionAttempts), 1, 3); err != nil {
		return err
	}
	if err := checkRange("ConnectionTimeout", deref(o.ConnectionTimeout), 1, 10); err != nil {
		return err
	}
	if err := checkCustomHeaders(o.CustomHeaders.Items, l); err != nil {
		return err
	}
	kinds := 0
	for _, is := range []bool{o.S3OriginConfig != nil, o.CustomOriginConfig != nil, o.VpcOriginConfig != nil} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		return Errorf("InvalidOrigin", "The origin %q must have exactly one of S3OriginConfig, CustomOriginConfig and VpcOriginConfig.", o.Id)
	}
	switch {
	case o.S3OriginConfig != nil:
		return checkS3Origin(o, l)
	case o.CustomOriginConfig != nil:
		return checkCustomOrigin(o)
	}
	return nil
}

func checkRange(name string, n, lowest, highest int64) error {
	if n < lowest || n > highest {
		return invalid("The parameter %s must be from %d to %d: %d.", name, lowest, highest, n)
	}
	return nil
}

func checkS3Origin(o *Origin, l Limits) error {
	if _, _, ok := ParseS3Domain(o.DomainName, l.S3Suffixes); !ok || len(o.DomainName) > 128 {
		return invalid("The parameter Origin DomainName does not refer to a valid S3 bucket.")
	}
	identity := o.S3OriginConfig.OriginAccessIdentity
	if _, ok := OriginAccessIdentityID(identity); !ok {
		return Errorf("InvalidOriginAccessIdentity", "The origin access identity is not valid or doesn't exist: %q.", identity)
	}
	if identity != "" && deref(o.OriginAccessControlId) != "" {
		return Errorf("IllegalOriginAccessConfiguration", "The origin %q cannot have both an origin access identity and an origin access control.", o.Id)
	}
	return checkTimeout("InvalidOriginReadTimeout", o.S3OriginConfig.OriginReadTimeout)
}

func checkCustomOrigin(o *Origin) error {
	custom := o.CustomOriginConfig
	if !isHostname(o.DomainName) && !isAddress(o.DomainName) {
		return invalid("The parameter origin name must be a domain name: %q.", o.DomainName)
	}
	if addr, ok := parseAddress(o.DomainName); ok && addr.Unmap().IsLinkLocalUnicast() {
		return invalid("The parameter origin name is a link-local address, which no origin may have: %q.", o.DomainName)
	}
	if deref(o.OriginAccessControlId) != "" {
		return Errorf("InvalidDomainNameForOriginAccessControl", "An origin access control is associated with the origin %q, whose domain name is not supported: it must be an S3 origin.", o.Id)
	}
	if err := checkRange("HTTPPort", custom.HTTPPort, 1, 65535); err != nil {
		return err
	}
	if err := checkRange("HTTPSPort", custom.HTTPSPort, 1, 65535); err != nil {
		return err
	}
	if err := checkTimeout("InvalidOriginReadTimeout", custom.OriginReadTimeout); err != nil {
		return err
	}
	if err := checkTimeout("InvalidOriginKeepaliveTimeout", custom.OriginKeepaliveTimeout); err != nil {
		return err
	}
	protocols := custom.OriginSslProtocols.Items
	if len(protocols) == 0 || hasDuplicates(protocols) {
		return Errorf("InvalidProtocolSettings", "The parameter OriginSslProtocols must name at least one protocol, each once.")
	}
	return nil
}

// checkTimeout applies the range of origin timeouts, 1 to 120 seconds.
func checkTimeout(code string, seconds *int64) error {
	if n := deref(seconds); n < 1 || n > 120 {
		return Errorf(code, "The timeout must be from 1 to 120 seconds: %d.", n)
	}
	return nil
}

func checkCustomHeaders(headers []OriginCustomHeader, l Limits) error {
	var names []string
	total := 0
	for _, h := range headers {
		name := strings.ToLower(h.HeaderName)
		switch {
		case !isToken(name) || len(name) > 256:
			return invalid("The parameter HeaderName is not a valid header name: %q.", h.HeaderName)
		case isForbiddenHeader(name):
			return invalid("The parameter HeaderName names a header that cannot be added to origin requests: %q.", h.HeaderName)
		case slices.Contains(names, name):
			return invalid("The parameter HeaderName contains the duplicate value %q.", h.HeaderName)
		case len(h.HeaderValue) > 1783 || strings.ContainsFunc(h.HeaderValue, isControl):
			return invalid("The parameter HeaderValue of %q is too long or contains a control character.", h.HeaderName)
		}
		names = append(names, name)
		total += len(h.HeaderName) + len(h.HeaderValue)
	}
	if total > 10240 {
		return invalid("The custom headers of an origin are too long: together their maximum is 10240 characters.")
	}
	return quota("TooManyOriginCustomHeaders", len(headers), l.CustomHeaders, "custom headers in an origin")
}

// isForbiddenHeader holds for lower-case names that CloudFront does not add to origin requests
// (Developer Guide, Add custom headers to origin requests).
func isForbiddenHeader(name string) bool {
	switch name {
	case "cache-control", "connection", "content-length", "cookie", "host", "max-forwards", "pragma",
		"range", "request-range", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-real-ip":
		return true
	}
	for _, prefix := range []string{"if-", "proxy-", "x-amz-", "x-edge-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// isToken holds for a field name (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", r)
	})
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func hasDuplicates[T comparable](list []T) bool {
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			return true
		}
	}
	return false
}

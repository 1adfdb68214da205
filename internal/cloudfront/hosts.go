package cloudfront

import (
	"net/netip"
	"strings"
)

// ParseS3Domain splits the DomainName of an S3 origin into bucket and region. It knows
// BUCKET.s3.amazonaws.com, BUCKET.s3.REGION.amazonaws.com, their dash and dualstack spellings,
// and BUCKET.SUFFIX for the given suffixes, where region is "" as it is for the first form.
// Website endpoints are custom origins, not S3 ones. ok is false for any other name.
func ParseS3Domain(domain string, suffixes []string) (bucket, region string, ok bool) {
	domain = strings.ToLower(domain)
	for _, s := range suffixes {
		if b, found := strings.CutSuffix(domain, "."+strings.ToLower(s)); found {
			return b, "", isBucketName(b)
		}
	}
	rest, found := strings.CutSuffix(domain, ".amazonaws.com")
	if !found {
		rest, found = strings.CutSuffix(domain, ".amazonaws.com.cn")
	}
	if !found {
		return "", "", false
	}
	// A bucket name may itself contain ".s3.", so the endpoint is looked for from the right.
	if b, isGlobal := strings.CutSuffix(rest, ".s3"); isGlobal {
		return b, "", isBucketName(b)
	}
	i := strings.LastIndexByte(rest, '.')
	if i < 0 {
		return "", "", false
	}
	head, last := rest[:i], rest[i+1:]
	if region, isDash := strings.CutPrefix(last, "s3-"); isDash && !strings.HasPrefix(region, "website") && region != "accesspoint" {
		return head, region, isBucketName(head) && isLabel(region)
	}
	for _, endpoint := range []string{".s3.dualstack", ".s3"} {
		if b, found := strings.CutSuffix(head, endpoint); found {
			return b, last, isBucketName(b) && isLabel(last)
		}
	}
	return "", "", false
}

// isBucketName holds for names S3 accepts as part of a host name (S3 User Guide, bucket
// naming rules).
func isBucketName(s string) bool {
	return len(s) >= 3 && len(s) <= 63 && isHostname(s)
}

// isHostname holds for a DNS name of any number of labels (RFC 1123 section 2.1, with
// underscores allowed as resolvers do).
func isHostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
	}
	return true
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && c != '_' && !isAlnum(s[i:i+1]) {
			return false
		}
	}
	return true
}

// isAddress holds for what parseAddress takes.
func isAddress(s string) bool {
	_, ok := parseAddress(s)
	return ok
}

// parseAddress reads an IPv4 or IPv6 address, the latter with or without brackets.
func parseAddress(s string) (netip.Addr, bool) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		s = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(s)
	return addr, err == nil && addr.Zone() == ""
}

// isAlias holds for an alternate domain name: lower-case, perhaps with "*" as the whole first
// label, and not an address.
func isAlias(s string) bool {
	name := strings.TrimPrefix(s, "*.")
	return len(s) <= 253 && isHostname(name) && name == strings.ToLower(name) && !isAddress(name)
}

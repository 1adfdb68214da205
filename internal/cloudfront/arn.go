package cloudfront

import "strings"

// DistributionARN names a distribution of an account.
func DistributionARN(account, id string) string { return arn(account, "distribution", id) }

// OriginAccessControlARN names an origin access control of an account.
func OriginAccessControlARN(account, id string) string {
	return arn(account, "origin-access-control", id)
}

// OriginAccessIdentityARN is the IAM principal of an origin access identity, as bucket
// policies name it.
func OriginAccessIdentityARN(id string) string {
	return "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity " + id
}

func arn(account, kind, id string) string {
	return "arn:aws:cloudfront::" + account + ":" + kind + "/" + id
}

// ParseARN splits a CloudFront ARN (arn:aws:cloudfront::ACCOUNT:KIND/ID) of any partition. ok
// is false when s is something else.
func ParseARN(s string) (account, kind, id string, ok bool) {
	f := strings.SplitN(s, ":", 6)
	if len(f) != 6 || f[0] != "arn" || !strings.HasPrefix(f[1], "aws") || f[2] != "cloudfront" || f[3] != "" {
		return "", "", "", false
	}
	kind, id, ok = strings.Cut(f[5], "/")
	return f[4], kind, id, ok && f[4] != "" && kind != "" && id != ""
}

const identityPrefix = "origin-access-identity/cloudfront/"

// OriginAccessIdentityPath is the value of S3OriginConfig.OriginAccessIdentity for an identity.
func OriginAccessIdentityPath(id string) string { return identityPrefix + id }

// OriginAccessIdentityID is the inverse of OriginAccessIdentityPath: the id in an
// S3OriginConfig, "" for none.
func OriginAccessIdentityID(path string) (id string, ok bool) {
	if path == "" {
		return "", true
	}
	id, ok = strings.CutPrefix(path, identityPrefix)
	return id, ok && isAlnum(id)
}

func isAlnum(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

package cloudfront

import (
	"regexp"
	"slices"
)

func checkCertificate(c *DistributionConfig, _ Limits) error {
	v := c.ViewerCertificate
	bad := func(format string, args ...any) error { return Errorf("InvalidViewerCertificate", format, args...) }
	set := certificateSources(v)
	switch {
	case len(set) == 0:
		return bad("The viewer certificate must name one certificate: the default one, an ACM certificate or an IAM certificate.")
	case len(set) > 1:
		return bad("The viewer certificate must name only one of the default certificate, an ACM certificate and an IAM certificate.")
	case set[0] == CertificateSourceCloudfront:
		return nil
	case v.SSLSupportMethod == nil:
		return bad("The parameter SSLSupportMethod is required with a custom certificate.")
	case set[0] == CertificateSourceAcm && deref(v.ACMCertificateArn) != "" && !isACMARN(*v.ACMCertificateArn):
		return bad("The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.")
	}
	return nil
}

func isACMARN(s string) bool {
	ok, err := regexp.MatchString(`^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+$`, s)
	return ok && err == nil
}

func checkRestrictions(c *DistributionConfig, _ Limits) error {
	geo := c.Restrictions.GeoRestriction
	if none := geo.RestrictionType == GeoRestrictionTypeNone; none != (len(geo.Items) == 0) {
		return Errorf("InvalidGeoRestrictionParameter", "The specified geo restriction parameter is not valid: type %s with %d locations.", geo.RestrictionType, len(geo.Items))
	}
	for i, code := range geo.Items {
		if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
			return Errorf("InvalidLocationCode", "The location code specified is not valid: %q.", code)
		}
		if slices.Contains(geo.Items[:i], code) {
			return Errorf("InvalidGeoRestrictionParameter", "The location %s is listed twice.", code)
		}
	}
	return nil
}

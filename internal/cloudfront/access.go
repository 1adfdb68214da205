package cloudfront

// ValidateOriginAccessIdentity judges the configuration of an origin access identity.
func ValidateOriginAccessIdentity(c *CloudFrontOriginAccessIdentityConfig) error {
	if err := checkReference(c.CallerReference); err != nil {
		return err
	}
	return checkComment(c.Comment)
}

// ValidateOriginAccessControl judges the configuration of an origin access control, including
// whether Warmfront executes it.
func ValidateOriginAccessControl(c *OriginAccessControlConfig) error {
	if err := checkQuantities(c); err != nil {
		return err
	}
	if c.Name == "" || len(c.Name) > 64 {
		return invalid("The parameter Name must have 1 to 64 characters.")
	}
	if len([]rune(deref(c.Description))) > 256 {
		return invalid("The parameter Description is too long: its maximum is 256 characters.")
	}
	return refuse(originAccessControlRules(), c)
}

// ValidateInvalidationBatch judges a batch by itself (Developer Guide, Invalidating files and
// Invalidating content by cache tags). Paths are compared as written, so their letters are
// not changed.
func ValidateInvalidationBatch(b *InvalidationBatch, l Limits) error {
	if err := checkReference(b.CallerReference); err != nil {
		return err
	}
	if err := checkQuantities(b); err != nil {
		return err
	}
	if len(b.Paths.Items) == 0 {
		return invalid("The parameter Paths must contain at least one path.")
	}
	for _, p := range b.Paths.Items {
		if !isInvalidationPath(p) && !isInvalidationTag(p) {
			return invalid("Your request contains one or more invalid invalidation paths: %q.", p)
		}
	}
	return quota("BatchTooLarge", len(b.Paths.Items), l.InvalidationPaths, "invalidation paths")
}

// isInvalidationPath holds for an encoded path, perhaps with a query, beginning with a slash
// and with "*" nowhere but at the end.
func isInvalidationPath(p string) bool {
	if len(p) == 0 || len(p) > 4000 || p[0] != '/' {
		return false
	}
	for i := range len(p) {
		if c := p[i]; c <= ' ' || c >= 0x7f || c == '#' || c == '*' && i != len(p)-1 {
			return false
		}
	}
	return true
}

// isInvalidationTag holds for "#" and a cache tag of 1 to 256 visible ASCII characters without
// comma or "*".
func isInvalidationTag(p string) bool {
	if len(p) < 2 || len(p) > 257 || p[0] != '#' {
		return false
	}
	for _, c := range []byte(p[1:]) {
		if c <= ' ' || c >= 0x7f || c == ',' || c == '*' {
			return false
		}
	}
	return true
}

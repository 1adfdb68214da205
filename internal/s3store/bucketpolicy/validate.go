package bucketpolicy

// Known tells which CloudFront identities exist. A policy that names one which
// does not is refused: it could otherwise come to mean an identity made later.
type Known interface {
	// OriginAccessIdentity reports whether an origin access identity has this id.
	OriginAccessIdentity(id string) bool
	// CanonicalUser reports whether a principal has this S3 canonical user id.
	CanonicalUser(id string) bool
}

// Validate checks the policy against the bucket it is to be attached to: each
// resource must be that bucket or objects in it, and the CloudFront identities
// it names must exist. Other accounts' principals are taken on trust, since
// this store knows one account only. Errors are of type *Error.
func (p *Policy) Validate(bucket string, known Known) error {
	for i := range p.statements {
		s := &p.statements[i]
		for _, arn := range s.principals.arns {
			if id := identityID(arn); id != "" && !known.OriginAccessIdentity(id) {
				return invalidPrincipal()
			}
		}
		for _, id := range s.principals.canonical {
			if !known.CanonicalUser(id) {
				return invalidPrincipal()
			}
		}
		for j := range s.resources.patterns {
			if !s.resources.patterns[j].within(bucket) {
				return malformed("Policy has invalid resource")
			}
		}
	}
	return nil
}

// within reports whether the resource's bucket part names this bucket:
// literally, or, as S3 allows, with a trailing star after its full name.
func (p *pattern) within(bucket string) bool {
	name := p.bucket()
	return name == bucket || name == bucket+"*"
}

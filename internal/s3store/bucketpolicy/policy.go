// Package bucketpolicy parses, validates and evaluates S3 bucket policies: the
// resource-based policy language of AWS Identity and Access Management as S3
// accepts it. It is pure: no I/O, no clock; a parsed Policy never changes.
package bucketpolicy

// MaxDocumentBytes is S3's limit for a bucket policy document.
const MaxDocumentBytes = 20 << 10

// The two versions of the policy language. Policy variables such as
// ${aws:username} exist only in the newer one; the older reads them literally.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Error is a policy that S3 refuses. The door answers MalformedPolicy with
// Message, which uses S3's own wording where it is known.
type Error struct {
	Message string
}

// Error returns the message alone.
func (e *Error) Error() string { return e.Message }

func malformed(message string) error { return &Error{Message: message} }

// Policy is one parsed bucket policy. It is immutable and safe for concurrent use.
type Policy struct {
	version    string
	id         string
	statements []statement
}

// ID returns the policy's optional Id element.
func (p *Policy) ID() string { return p.id }

// statement is one element of Statement, compiled for matching.
type statement struct {
	sid        string
	deny       bool
	principals principalSet
	actions    actionSet
	resources  resourceSet
	conditions []condition
}

// Decision is what a policy says about one request.
type Decision int

const (
	// NoMatch means no statement applies: access is refused unless something else grants it.
	NoMatch Decision = iota
	// Allow means a statement grants the request and none denies it.
	Allow
	// Deny means a statement denies the request, which no grant overrides.
	Deny
)

// String names the decision for logs.
func (d Decision) String() string {
	switch d {
	case Allow:
		return "allow"
	case Deny:
		return "deny"
	default:
		return "no match"
	}
}

// Principal is who asks. The zero value is the anonymous caller.
type Principal struct {
	// ARN names an IAM user, or an origin access identity as
	// arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity <id>.
	ARN string
	// AccountID is the 12-digit account the ARN belongs to; empty for origin
	// access identities, services and anonymous callers.
	AccountID string
	// CanonicalID is the S3 canonical user id, if the caller has one.
	CanonicalID string
	// Service is the name of the AWS service calling, for example
	// cloudfront.amazonaws.com for an origin access control.
	Service string
}

// Request is one request to judge.
type Request struct {
	Principal Principal
	// Action is the S3 action's full name, such as s3:GetObject.
	Action string
	// Resource is the ARN acted on: arn:aws:s3:::bucket or arn:aws:s3:::bucket/key.
	Resource string
	// Values returns the values of a condition key, whose name comes in lower
	// case; nil means the request has no such key. A nil Values has no keys.
	Values func(key string) []string
}

func (r *Request) values(key string) []string {
	if r.Values == nil {
		return nil
	}
	return r.Values(key)
}

// Evaluate judges one request: an explicit deny wins over any allow, and
// without a matching statement the answer is NoMatch (IAM User Guide,
// "Policy evaluation logic"). Safe for concurrent use.
func (p *Policy) Evaluate(r Request) Decision {
	decision := NoMatch
	for i := range p.statements {
		s := &p.statements[i]
		if !s.matches(&r) {
			continue
		}
		if s.deny {
			return Deny
		}
		decision = Allow
	}
	return decision
}

func (s *statement) matches(r *Request) bool {
	if !s.actions.match(r.Action) || !s.principals.match(&r.Principal) || !s.resources.match(r) {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r) {
			return false
		}
	}
	return true
}

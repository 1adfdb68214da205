package signedurl

// Reason says exactly why a request was refused. The set is closed; values are finer than
// CloudFront's codes and are meant for logs and explanations.
type Reason uint8

const (
	// MissingKey: neither query nor cookies hold a key pair id, or it is empty.
	MissingKey Reason = iota + 1
	// UnknownKey: the key pair id is not one that is trusted here.
	UnknownKey
	// MissingSignature: a key pair id without a signature.
	MissingSignature
	// MissingPolicy: a key pair id with neither a policy nor an expiry.
	MissingPolicy
	// UnknownHash: Hash-Algorithm is neither SHA1 nor SHA256.
	UnknownHash
	// UndecodableSignature: the signature is not in CloudFront's base64.
	UndecodableSignature
	// UndecodablePolicy: the policy is not in CloudFront's base64, or too long.
	UndecodablePolicy
	// MalformedExpires: the expiry beside a canned policy is not a 32-bit number of seconds.
	MalformedExpires
	// MalformedPolicyJSON: the policy is not JSON, names a member twice or nests too deeply.
	MalformedPolicyJSON
	// MalformedPolicyStatement: the policy does not hold exactly one statement object.
	MalformedPolicyStatement
	// MalformedPolicyResource: Resource is not a string, or empty.
	MalformedPolicyResource
	// MalformedPolicyCondition: Condition is not an object of objects.
	MalformedPolicyCondition
	// MalformedPolicyExpiry: the policy has no DateLessThan.
	MalformedPolicyExpiry
	// MalformedPolicyDate: a date is not a whole number of seconds within 32 bits.
	MalformedPolicyDate
	// MalformedPolicyAddress: AWS:SourceIp is not one IP address or network.
	MalformedPolicyAddress
	// SignatureMismatch: the signature is not the key's over this policy with this hash.
	SignatureMismatch
	// ResourceMismatch: the policy is for another URL.
	ResourceMismatch
	// Expired: now is at or past DateLessThan.
	Expired
	// NotYetValid: now is at or before DateGreaterThan.
	NotYetValid
	// WrongAddress: the viewer's address is outside AWS:SourceIp.
	WrongAddress
	// RevokedPolicy, RevokedKey and RevokedResource: the server's owner has taken back this
	// policy, what the key has signed, or access to the path. Verify never decides so; servers
	// that keep revocations do.
	RevokedPolicy
	RevokedKey
	RevokedResource
)

// Text explains the reason in one clause.
func (r Reason) Text() string { return (&Refusal{Reason: r}).entry().text }

type reasonEntry struct {
	name   string
	answer *answer
	text   string
}

// reasons lists name, answer and explanation of each Reason.
var reasons = [...]reasonEntry{
	0:                        {"unknown", &accessDenied, "the request was refused"},
	MissingKey:               {"missing-key", &missingKey, "neither query nor cookies hold a key pair id"},
	UnknownKey:               {"unknown-key", &invalidKey, "the key pair id is not trusted here"},
	MissingSignature:         {"missing-signature", &accessDenied, "the signature is missing"},
	MissingPolicy:            {"missing-policy", &accessDenied, "there is neither a policy nor an expiry"},
	UnknownHash:              {"unknown-hash", &accessDenied, "the hash algorithm is neither SHA1 nor SHA256"},
	UndecodableSignature:     {"undecodable-signature", &malformedSignature, "the signature is not in CloudFront's base64"},
	UndecodablePolicy:        {"undecodable-policy", &malformedPolicy, "the policy is not in CloudFront's base64, or too long"},
	MalformedExpires:         {"malformed-expires", &malformedPolicy, "the expiry is not a 32-bit number of seconds"},
	MalformedPolicyJSON:      {"malformed-policy-json", &malformedPolicy, "the policy is not proper JSON"},
	MalformedPolicyStatement: {"malformed-policy-statement", &malformedPolicy, "the policy must hold exactly one statement"},
	MalformedPolicyResource:  {"malformed-policy-resource", &malformedPolicy, "the policy's Resource must be a string"},
	MalformedPolicyCondition: {"malformed-policy-condition", &malformedPolicy, "the policy's Condition must be an object of objects"},
	MalformedPolicyExpiry:    {"malformed-policy-expiry", &malformedPolicy, "the policy has no DateLessThan"},
	MalformedPolicyDate:      {"malformed-policy-date", &malformedPolicy, "a date in the policy is not a 32-bit number of seconds"},
	MalformedPolicyAddress:   {"malformed-policy-address", &malformedPolicy, "AWS:SourceIp must be one IP address or network"},
	SignatureMismatch:        {"signature-mismatch", &accessDenied, "the signature does not match the policy"},
	ResourceMismatch:         {"resource-mismatch", &accessDenied, "the policy is for another resource"},
	Expired:                  {"expired", &accessDenied, "the signature has expired"},
	NotYetValid:              {"not-yet-valid", &accessDenied, "the signature is not valid yet"},
	WrongAddress:             {"wrong-address", &accessDenied, "the signature is for another address"},
	RevokedPolicy:            {"revoked-policy", &accessDenied, "the policy has been revoked"},
	RevokedKey:               {"revoked-key", &accessDenied, "what the key has signed has been revoked"},
	RevokedResource:          {"revoked-resource", &accessDenied, "access to the path has been revoked"},
}

// String returns the reason's name, such as "resource-mismatch".
func (r Reason) String() string {
	if int(r) >= len(reasons) {
		r = 0
	}
	return reasons[r].name
}

// Refusal is the one error type of verification. The status that goes with it is always 403.
type Refusal struct{ Reason Reason }

// Error explains the refusal in one clause, without quoting the request.
func (r *Refusal) Error() string { return "signedurl: " + r.entry().text }

// Code returns CloudFront's error code, such as "AccessDenied".
func (r *Refusal) Code() string { return r.entry().answer.code }

// Message returns CloudFront's message for Code.
func (r *Refusal) Message() string { return r.entry().answer.message }

// XML returns the response body, one line; its media type is text/xml.
func (r *Refusal) XML() string { return r.entry().answer.body }

// Is makes errors.Is compare refusals by reason.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Reason == r.Reason
}

func (r *Refusal) entry() *reasonEntry {
	if int(r.Reason) >= len(reasons) {
		return &reasons[0]
	}
	return &reasons[r.Reason]
}

func refuse(r Reason) error { return &Refusal{Reason: r} }

// answer is what the viewer is told.
type answer struct{ code, message, body string }

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>`
	xmlMiddle = `</Code><Message>`
	xmlTail   = `</Message></Error>`
)

var (
	missingKey         = newAnswer("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
	invalidKey         = newAnswer("InvalidKey", "Unknown Key")
	malformedSignature = newAnswer("MalformedSignature", "Could not unencode Signature")
	malformedPolicy    = newAnswer("MalformedPolicy", "Malformed Policy")
	accessDenied       = newAnswer("AccessDenied", "Access denied")
)

func newAnswer(code, message string) answer {
	return answer{code, message, xmlHead + code + xmlMiddle + message + xmlTail}
}

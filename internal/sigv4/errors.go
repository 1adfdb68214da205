package sigv4

// Kind names why a signature was refused. The doors map kinds to their own
// protocol's codes (S3's SignatureDoesNotMatch, CloudFront's, and so on).
type Kind uint8

const (
	// Missing: the request carries no signature at all.
	Missing Kind = iota + 1
	// Malformed: a signature is present but cannot be read, or parts of it are absent,
	// repeated or contradictory.
	Malformed
	// Unsupported: a signature of a form or algorithm we do not verify.
	Unsupported
	// Expired: a presigned request used after its end.
	Expired
	// NotYetValid: a presigned request dated more than MaxSkew in the future.
	NotYetValid
	// Skewed: a header-signed request dated more than MaxSkew away from now.
	Skewed
	// InvalidExpires: X-Amz-Expires is not a number from 1 to 604800.
	InvalidExpires
	// Mismatch: the signature is not the one the secret gives for this request.
	Mismatch
	// SignedHeadersIncomplete: Host or an x-amz-* header was sent but not signed.
	SignedHeadersIncomplete
	// PayloadMismatch: the body's hash is not the declared x-amz-content-sha256.
	PayloadMismatch
)

// String returns the kind's name as written in this package.
func (k Kind) String() string {
	names := [...]string{
		"", "Missing", "Malformed", "Unsupported", "Expired", "NotYetValid", "Skewed",
		"InvalidExpires", "Mismatch", "SignedHeadersIncomplete", "PayloadMismatch",
	}
	if k == 0 || int(k) >= len(names) {
		return "Unknown"
	}
	return names[k]
}

// Error is the one error type of this package.
type Error struct {
	Kind Kind
	// Detail is a sentence for people. It holds no secret and no signature.
	Detail string
	// StringToSign and CanonicalRequest are what was computed here, set only for Mismatch.
	// S3 shows both in its SignatureDoesNotMatch answer. CanonicalRequest is empty for version 2.
	StringToSign, CanonicalRequest string
}

// ErrMissing is returned by Parse when the request carries no signature at all.
var ErrMissing = &Error{Kind: Missing, Detail: "the request is not signed"}

// Error implements error.
func (e *Error) Error() string {
	if e.Detail == "" {
		return "sigv4: " + e.Kind.String()
	}
	return "sigv4: " + e.Kind.String() + ": " + e.Detail
}

func malformed(detail string) *Error   { return &Error{Kind: Malformed, Detail: detail} }
func unsupported(detail string) *Error { return &Error{Kind: Unsupported, Detail: detail} }

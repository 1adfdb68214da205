// Package sigv4 verifies AWS request signatures: Signature Version 4 in the Authorization
// header and in the query (presigned), and Signature Version 2 in the query, which SDKs for
// Python still use to presign S3 requests for custom endpoints. It is pure: no I/O and no clock.
//
// Use it in two steps: Parse reads who claims to have signed, the caller looks that key's secret
// up, and Auth.Verify recomputes the signature. Sources: "AWS Signature Version 4 for API
// requests" (IAM User Guide), "Authenticating Requests (AWS Signature Version 4)" and "Signing
// and authenticating REST requests" (Amazon S3 API Reference).
package sigv4

import (
	"strings"
	"time"
)

const (
	// MaxSkew is how far a header-signed request's date may lie from now, either way, and how
	// far in the future a presigned request may be dated.
	MaxSkew = 15 * time.Minute
	// MaxExpires is the longest life of a version 4 presigned request.
	MaxExpires = 604800 * time.Second

	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	isoBasic   = "20060102T150405Z"
)

// Payload hashes that are not digests (S3 only).
const (
	UnsignedPayload          = "UNSIGNED-PAYLOAD"
	StreamingPayload         = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	StreamingPayloadTrailer  = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	StreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	// EmptyPayload is the digest of an empty body.
	EmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// Form is the way a signature travels.
type Form uint8

const (
	// HeaderV4 is "Authorization: AWS4-HMAC-SHA256 ...".
	HeaderV4 Form = iota + 1
	// QueryV4 is a presigned request: X-Amz-Algorithm and its companions in the query.
	QueryV4
	// QueryV2 is a presigned request of version 2: AWSAccessKeyId, Expires, Signature.
	QueryV2
	// HeaderV2 is "Authorization: AWS id:signature". It is recognised, never verified.
	HeaderV2
)

// String returns the form's name as written in this package.
func (f Form) String() string {
	switch f {
	case HeaderV4:
		return "HeaderV4"
	case QueryV4:
		return "QueryV4"
	case QueryV2:
		return "QueryV2"
	case HeaderV2:
		return "HeaderV2"
	}
	return "Unknown"
}

// Auth is a signature as found in a request: a claim, until Verify has returned nil.
type Auth struct {
	Form        Form
	AccessKeyID string
	// Date (YYYYMMDD), Region and Service are the credential scope. For QueryV2, Date and Region
	// are empty and Service is "s3".
	Date, Region, Service string
	// SessionToken is the security token sent along, empty when none. Whether it belongs to the
	// access key is for the caller to decide.
	SessionToken string
	// Signature is hexadecimal for version 4, base64 for version 2.
	Signature string
	// PayloadHash is what the signer declared about the body: a hexadecimal SHA-256 digest,
	// UNSIGNED-PAYLOAD, a STREAMING-* word, or empty when it declared nothing. A caller that
	// verifies before reading the body compares the body with it afterwards.
	PayloadHash string
	// SignedHeaders are lower-case names in ascending order; nil for QueryV2.
	SignedHeaders []string
	// Time is when the request says it was signed; zero for QueryV2.
	Time time.Time
	// Expires is the life of a presigned request: from Time for QueryV4; for QueryV2, which
	// carries an end instead, the time from the Unix epoch to that end.
	Expires time.Duration
}

// Parse reads the signature of a request without verifying it. It returns ErrMissing when there
// is none, and an *Error of kind Malformed, Unsupported or InvalidExpires when there is one that
// cannot be used. For an unsupported version 2 header the Auth is returned beside the error.
func Parse(r Request) (*Auth, error) {
	authorization, err := r.header("authorization")
	if err != nil {
		return nil, err
	}
	query, err := scanQuery(r.RawQuery)
	if err != nil {
		return nil, err
	}
	inQuery := query.v4 || query.v2
	switch {
	case authorization != "" && query.v4, query.v4 && query.v2:
		return nil, malformed("only one authentication mechanism is allowed: header, version 4 query or version 2 query")
	case authorization == "" && !inQuery:
		return nil, ErrMissing
	case query.v4:
		return parseQueryV4(&r, query)
	case authorization == "":
		return parseQueryV2(&r, query)
	}
	return parseAuthorization(&r, authorization)
}

// Scope returns the credential scope, "date/region/service/aws4_request".
func (a *Auth) Scope() string {
	return a.Date + "/" + a.Region + "/" + a.Service + "/" + terminator
}

// parseAuthorization tells the schemes of the Authorization header apart.
func parseAuthorization(r *Request, value string) (*Auth, error) {
	scheme, rest, _ := strings.Cut(value, " ")
	switch {
	case scheme == algorithm:
		return parseHeaderV4(r, rest)
	case scheme == "AWS":
		id, signature, _ := strings.Cut(strings.TrimSpace(rest), ":")
		a := &Auth{Form: HeaderV2, AccessKeyID: id, Signature: signature, Service: "s3"}
		return a, unsupported("version 2 signatures in the Authorization header are not supported; use AWS4-HMAC-SHA256")
	case strings.HasPrefix(scheme, "AWS4-"):
		return nil, unsupported("signature algorithm is not supported; use AWS4-HMAC-SHA256")
	}
	return nil, unsupported("authorization scheme is not supported; use AWS4-HMAC-SHA256")
}

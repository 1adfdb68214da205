package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Verify recomputes the signature of r under secret and checks its dates against now. It returns
// nil or an *Error.
//
// payloadHash is the hexadecimal SHA-256 of the body when the caller has read it, else empty.
// Given, it must equal a digest the request declares, and stands in where the request declares
// nothing (as services other than S3 allow). Empty, the declared value is used and the caller
// still has to compare the body with Auth.PayloadHash. A presigned S3 request that declares
// nothing is signed over UNSIGNED-PAYLOAD.
//
// S3 paths are taken as they are; for other services they are normalised and encoded once more.
// Any region is accepted. Safe for concurrent use; the comparison takes constant time.
func (a *Auth) Verify(r Request, secret, payloadHash string, now time.Time) error {
	if r.Header == nil || r.HeaderNames == nil {
		return malformed("the request's headers are not known")
	}
	if err := a.checkTime(now); err != nil {
		return err
	}
	if a.Form == QueryV2 {
		return a.verifyV2(&r, secret)
	}
	if a.Form != HeaderV4 && a.Form != QueryV4 {
		return unsupported("form " + a.Form.String() + " cannot be verified")
	}
	if err := a.checkSignedHeaders(&r); err != nil {
		return err
	}
	payload, err := a.signedPayload(payloadHash)
	if err != nil {
		return err
	}
	return a.verifyV4(&r, secret, payload)
}

// checkTime applies the skew of header-signed and the window of presigned requests.
func (a *Auth) checkTime(now time.Time) error {
	switch a.Form {
	case HeaderV4:
		if d := now.Sub(a.Time); d > MaxSkew || d < -MaxSkew {
			return &Error{Kind: Skewed, Detail: "the difference between the request time and the current time is too large"}
		}
	case QueryV4:
		if a.Time.After(now.Add(MaxSkew)) {
			return &Error{Kind: NotYetValid, Detail: "the request is not valid yet"}
		}
		if now.After(a.Time.Add(a.Expires)) {
			return &Error{Kind: Expired, Detail: "the request has expired"}
		}
	case QueryV2:
		if now.After(time.Unix(int64(a.Expires/time.Second), 0)) {
			return &Error{Kind: Expired, Detail: "the request has expired"}
		}
	}
	return nil
}

// checkSignedHeaders refuses requests whose Host or x-amz-* headers are not covered: whoever
// holds a presigned request could otherwise add, say, an ACL to it.
func (a *Auth) checkSignedHeaders(r *Request) error {
	if !slices.Contains(a.SignedHeaders, "host") {
		return &Error{Kind: SignedHeadersIncomplete, Detail: "the host header must be signed"}
	}
	for _, name := range r.amzHeaders() {
		if _, ok := slices.BinarySearch(a.SignedHeaders, name); !ok {
			return &Error{Kind: SignedHeadersIncomplete, Detail: "header " + name + " was sent but not signed"}
		}
	}
	return nil
}

// signedPayload decides the last line of the canonical request.
func (a *Auth) signedPayload(body string) (string, error) {
	declared := a.PayloadHash
	if declared == "" {
		if body == "" {
			return "", malformed("missing required header for this request: x-amz-content-sha256")
		}
		return body, nil
	}
	if isDigest(declared) {
		if body != "" && !strings.EqualFold(body, declared) {
			return "", &Error{Kind: PayloadMismatch, Detail: "the provided x-amz-content-sha256 does not match what was computed"}
		}
		return declared, nil
	}
	switch declared {
	case UnsignedPayload, StreamingPayload, StreamingPayloadTrailer, StreamingUnsignedTrailer:
		if a.Service == "s3" {
			return declared, nil
		}
	}
	return "", malformed("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a supported STREAMING-* value or a valid SHA-256 digest")
}

func isDigest(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}

// verifyV4 tries each canonical form a signer may have used; nearly always there is one.
func (a *Auth) verifyV4(r *Request, secret, payload string) error {
	key := SigningKey(secret, a.Date, a.Region, a.Service)
	claimed, _ := hex.DecodeString(a.Signature)
	headers := canonicalHeaders(r, a.SignedHeaders)
	names := strings.Join(a.SignedHeaders, ";")
	queries := canonicalQueries(r.RawQuery, a.Form == QueryV4)
	var first *Error
	for _, path := range canonicalPaths(r.Path, a.Service == "s3") {
		for _, query := range queries {
			canonical := strings.Join([]string{r.Method, path, query, headers, names, payload}, "\n")
			toSign := a.stringToSign(canonical)
			if subtle.ConstantTimeCompare(hmacSHA256(key, toSign), claimed) == 1 {
				return nil
			}
			if first == nil {
				first = mismatch(toSign, canonical)
			}
		}
	}
	return first
}

func mismatch(toSign, canonical string) *Error {
	return &Error{
		Kind: Mismatch, StringToSign: toSign, CanonicalRequest: canonical,
		Detail: "the request signature we calculated does not match the signature you provided",
	}
}

func (a *Auth) stringToSign(canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return algorithm + "\n" + a.Time.UTC().Format(isoBasic) + "\n" + a.Scope() + "\n" + hex.EncodeToString(sum[:])
}

// SigningKey derives the version 4 signing key for a scope. date is YYYYMMDD.
func SigningKey(secret, date, region, service string) []byte {
	key := hmacSHA256([]byte("AWS4"+secret), date)
	key = hmacSHA256(key, region)
	key = hmacSHA256(key, service)
	return hmacSHA256(key, terminator)
}

func hmacSHA256(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}

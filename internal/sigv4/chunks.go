package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// Chunks verifies the signatures of an aws-chunked body sent with
// STREAMING-AWS4-HMAC-SHA256-PAYLOAD (or -TRAILER): each covers its chunk and the signature
// before it, beginning with the request's own ("Signature calculations for the authorization
// header: transferring payload in multiple chunks", Amazon S3 API Reference). Not safe for
// concurrent use.
type Chunks struct {
	key      []byte
	date     string // X-Amz-Date form
	scope    string
	previous string // signature, hexadecimal
}

// Chunks begins the chain for a request whose own signature Verify has accepted.
func (a *Auth) Chunks(secret string) *Chunks {
	return &Chunks{
		key:      SigningKey(secret, a.Date, a.Region, a.Service),
		date:     a.Time.UTC().Format(isoBasic),
		scope:    a.Scope(),
		previous: a.Signature,
	}
}

// Verify checks the next chunk's signature (hexadecimal) given the SHA-256 of its data. The last
// chunk is the empty one. After a mismatch the chain must not be used further.
func (c *Chunks) Verify(signature string, data [sha256.Size]byte) error {
	return c.next(signature, "AWS4-HMAC-SHA256-PAYLOAD", EmptyPayload+"\n"+hex.EncodeToString(data[:]))
}

// VerifyTrailer checks x-amz-trailer-signature given the SHA-256 of the trailer in canonical
// form: "name:value\n" for each trailing header, names in lower case and ascending order.
func (c *Chunks) VerifyTrailer(signature string, trailer [sha256.Size]byte) error {
	return c.next(signature, "AWS4-HMAC-SHA256-TRAILER", hex.EncodeToString(trailer[:]))
}

func (c *Chunks) next(signature, kind, tail string) error {
	toSign := kind + "\n" + c.date + "\n" + c.scope + "\n" + c.previous + "\n" + tail
	want := hex.EncodeToString(hmacSHA256(c.key, toSign))
	if subtle.ConstantTimeCompare([]byte(want), []byte(signature)) != 1 {
		return &Error{Kind: Mismatch, StringToSign: toSign, Detail: "the chunk signature does not match"}
	}
	c.previous = want
	return nil
}

package cloudfront

import (
	"encoding/hex"
	"fmt"
	"io"
)

const (
	upperAlnum = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerAlnum = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// The New… functions draw identifiers from rand, which is crypto/rand.Reader outside tests.
// They panic when rand fails, as an identifier that can be guessed or repeated is worse.

// NewDistributionID is E and 13 upper-case alphanumerics.
func NewDistributionID(rand io.Reader) string { return "E" + draw(rand, upperAlnum, 13) }

// NewDomainLabel is a distribution's host name without its suffix: d and 13 lower-case
// alphanumerics.
func NewDomainLabel(rand io.Reader) string { return "d" + draw(rand, lowerAlnum, 13) }

// NewOriginAccessIdentityID is E and 13 upper-case alphanumerics.
func NewOriginAccessIdentityID(rand io.Reader) string { return "E" + draw(rand, upperAlnum, 13) }

// NewCanonicalUserID is the S3 canonical user id of an origin access identity: 96 hexadecimal
// digits.
func NewCanonicalUserID(rand io.Reader) string { return hex.EncodeToString(random(rand, 48)) }

// NewOriginAccessControlID is E and 13 upper-case alphanumerics.
func NewOriginAccessControlID(rand io.Reader) string { return "E" + draw(rand, upperAlnum, 13) }

// NewPublicKeyID is K and 13 upper-case alphanumerics.
func NewPublicKeyID(rand io.Reader) string { return "K" + draw(rand, upperAlnum, 13) }

// NewInvalidationID is I and 25 upper-case alphanumerics.
func NewInvalidationID(rand io.Reader) string { return "I" + draw(rand, upperAlnum, 25) }

// NewRevocationID is R and 13 upper-case alphanumerics.
func NewRevocationID(rand io.Reader) string { return "R" + draw(rand, upperAlnum, 13) }

// NewKeyPairID is a legacy CloudFront key pair's id: APKA and 16 upper-case alphanumerics.
func NewKeyPairID(rand io.Reader) string { return "APKA" + draw(rand, upperAlnum, 16) }

// NewAccessKeyID makes the id of an access key: prefix, which says its sort (AKIA for one that
// stays, ASIA for a temporary one), and 16 characters.
func NewAccessKeyID(rand io.Reader, prefix string) string { return prefix + draw(rand, upperAlnum, 16) }

// NewUUID is a random (version 4) UUID, the id of key groups and policies (RFC 9562 section 5.4).
func NewUUID(rand io.Reader) string {
	b := random(rand, 16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// draw picks n letters evenly; bytes past the last full round of the alphabet are redrawn.
func draw(rand io.Reader, alphabet string, n int) string {
	limit := 256 - 256%len(alphabet)
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range random(rand, n-len(out)) {
			if int(b) < limit {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

func random(rand io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(rand, b); err != nil {
		panic(fmt.Sprintf("cloudfront: draw random bytes: %v", err))
	}
	return b
}

package signedurl

import (
	"net/netip"
	"time"
)

// Verify decides whether a request carries a signature that admits it. keys returns the public
// key for a key pair id, or nil when that id is not trusted for this request. viewer is the
// address of the TCP or QUIC peer; headers such as X-Forwarded-For must not decide it.
//
// The steps come in CloudFront's order: key pair id, trust in the key, form, signature, policy.
// The error is nil or a *Refusal. Credentials are filled in as far as possible either way; when
// the request is admitted, their URL.Query is what may go on to caches and origins.
func Verify(r *Request, keys func(keyPairID string) *PublicKey, viewer netip.Addr, now time.Time) (Credentials, error) {
	c, err := Parse(r)
	if err != nil {
		return c, err
	}
	key := keys(c.KeyPairID)
	if key == nil {
		return c, refuse(UnknownKey)
	}
	var buf [2048]byte
	m, err := c.Decode(buf[:])
	if err != nil {
		return c, err
	}
	if err := m.VerifySignature(key); err != nil {
		return c, err
	}
	p, err := m.ParsePolicy()
	if err != nil {
		return c, err
	}
	return c, p.Evaluate(c.URL, viewer, now)
}

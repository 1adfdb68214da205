package edge

import (
	"errors"
	"time"

	"github.com/warmfront/warmfront/internal/metrics"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/signedurl"
)

// authorize admits a request to restricted behaviors by its signed URL or cookies, and takes
// the signing parameters off the query. Everything later, joining a fetch under way included,
// comes after it.
func (e *Edge) authorize(x *exchange) *failure {
	if !x.behavior.Restricted && len(x.also) == 0 {
		return e.authorizePublic(x)
	}
	if f := e.outdated(x); f != nil {
		return f
	}
	c, err := signedurl.Parse(&signedurl.Request{
		Scheme: x.scheme(), Host: x.req.Host, Path: x.path, RawQuery: x.query, Cookie: x.headers.cookie, OwnPorts: e.o.OwnPorts,
	})
	x.query, x.keyID = c.URL.Query, c.KeyPairID
	if err == nil {
		err = e.admit(x, &c)
	}
	if err == nil {
		err = x.unrevokedPath()
	}
	if err == nil {
		return nil
	}
	return e.refuse(x, &c, err)
}

// authorizePublic refuses what has been taken back though it asks for no signature.
func (e *Edge) authorizePublic(x *exchange) *failure {
	err := x.unrevokedPath()
	if err == nil {
		return nil
	}
	c, _ := signedurl.Parse(&signedurl.Request{Scheme: x.scheme(), Host: x.req.Host, Path: x.path, RawQuery: x.query})
	return e.refuse(x, &c, err)
}

// refuse answers a request that is not admitted, and remembers why.
func (e *Edge) refuse(x *exchange, c *signedurl.Credentials, err error) *failure {
	x.signed = x.signed[:0]
	refusal, ok := errors.AsType[*signedurl.Refusal](err)
	if !ok {
		return unverified(x, err)
	}
	e.refusals.note(x, c, err)
	x.reason = refusal.Reason.String()
	return &failure{status: 403, xml: refusal.XML(), detail: Error}
}

// outdated refuses restricted behaviors when control has been silent for too long: keys may
// have been revoked meanwhile.
func (e *Edge) outdated(x *exchange) *failure {
	if e.o.ConfigMaxAge <= 0 {
		return nil
	}
	if x.begin.Sub(time.Unix(0, e.heard.Load())) <= e.o.ConfigMaxAge {
		return nil
	}
	x.reason = outdatedConfiguration
	return &failure{status: 503, cause: "The configuration of this edge is out of date.", detail: Error, plain: true}
}

// admit checks a signature for every restricted behavior the path may mean.
func (e *Edge) admit(x *exchange, c *signedurl.Credentials) error {
	var first *signedurl.PublicKey
	if x.behavior.Restricted {
		if first = x.behavior.Keys[c.KeyPairID]; first == nil {
			return &signedurl.Refusal{Reason: signedurl.UnknownKey}
		}
	}
	for _, b := range x.also {
		if b.Keys[c.KeyPairID] == nil {
			return &signedurl.Refusal{Reason: signedurl.UnknownKey}
		}
	}
	m, err := c.Decode(x.buf)
	if err != nil {
		return err
	}
	if first != nil {
		if err := e.verify(x, c, &m, first); err != nil {
			return err
		}
	}
	for _, b := range x.also {
		if key := b.Keys[c.KeyPairID]; key != first {
			if err := e.verify(x, c, &m, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// verify checks a signature under a key that is trusted here and now, and its policy. Only the
// outcome of the signature itself is ever remembered.
func (e *Edge) verify(x *exchange, c *signedurl.Credentials, m *signedurl.Message, key *signedurl.PublicKey) error {
	sum := e.memo.sum(m)
	if policy := e.memo.get(sum, key, m); policy != nil {
		if err := e.permits(x, c, m, key, policy); err != nil {
			return err
		}
		x.counted.Signature = metrics.Remembered
		x.keepGrant(c, policy)
		return nil
	}
	policy, malformed := e.parsePolicy(m)
	if malformed == nil {
		// A policy that refuses of itself needs no verification, which is costly: viewers are
		// told the same whether it is genuine or not.
		if err := e.permits(x, c, m, key, &policy); err != nil {
			return err
		}
	}
	if err := e.verifySignature(x, m, key); err != nil {
		return err
	}
	if malformed != nil {
		return malformed
	}
	x.counted.Signature = metrics.Verified
	e.memo.put(sum, key, m, policy)
	x.keepGrant(c, &policy)
	return nil
}

// parsePolicy reads a policy, which may have an IPv6 network only if this edge allows it.
func (e *Edge) parsePolicy(m *signedurl.Message) (signedurl.Policy, error) {
	policy, err := m.ParsePolicy()
	if err == nil && e.o.NoIPv6Policies && policy.SourceIP.Addr().Is6() {
		err = &signedurl.Refusal{Reason: signedurl.MalformedPolicyAddress}
	}
	return policy, err
}

// permits evaluates a policy for the request, and whether it has been revoked. All its refusals are CloudFront's AccessDenied.
func (e *Edge) permits(x *exchange, c *signedurl.Credentials, m *signedurl.Message, key *signedurl.PublicKey, policy *signedurl.Policy) error {
	if err := policy.Evaluate(c.URL, x.req.Peer.Addr(), x.begin); err != nil {
		return err
	}
	if !policy.Canned {
		if err := covers(policy, c.URL, x); err != nil {
			return err
		}
	}
	return x.unrevoked(m, key, policy.Expires)
}

// covers makes sure that a policy with wildcards also covers what an origin that resolves dot
// segments would read: `/a/*` must not open `/a/../b`.
func covers(policy *signedurl.Policy, u signedurl.URL, x *exchange) error {
	resolved, ok := snapshot.Resolved(x.path)
	if !ok {
		return &signedurl.Refusal{Reason: signedurl.ResourceMismatch}
	}
	for _, path := range resolved {
		u.Path = path
		if err := policy.Evaluate(u, x.req.Peer.Addr(), x.begin); err != nil {
			return err
		}
	}
	return nil
}

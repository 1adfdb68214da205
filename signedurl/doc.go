// Package signedurl makes and verifies CloudFront's signed URLs and signed cookies: canned and
// custom policies, RSA and ECDSA P-256 keys, SHA-1 and SHA-256 ("Serve private content with
// signed URLs and signed cookies", Amazon CloudFront Developer Guide). It needs nothing but the
// standard library, does no I/O, reads no clock and keeps no state; everything in it is safe for
// concurrent use.
//
// # Signing
//
// A Signer holds a key and its id; SignURL and SignCookies refuse what could never be admitted.
//
// # Verifying
//
// Verify does all of it. A server that sees the same signature again and again, as a player
// fetching a film in pieces sends it, takes the steps one by one and remembers the costly one:
//
//	c, err := signedurl.Parse(request)       // which key, and which URL was asked for
//	key := keys(c.KeyPairID)                 // is that key trusted here?
//	m, err := c.Decode(buffer)               // the signed bytes and the signature
//	err = m.VerifySignature(key)             // tens of microseconds; the same bytes give the same answer
//	p, err := m.ParsePolicy()                // likewise
//	err = p.Evaluate(c.URL, viewer, now)     // every time: dates, address, resource
//
// Only the outcome nil may be remembered, with the policy, under all of PublicKey.Fingerprint,
// Message.Hash, Message.Canned, Message.Policy and Message.Signature. Parse, Decode into a large
// enough buffer and Evaluate allocate nothing in the ordinary case.
//
// Every refusal is a *Refusal with a Reason, and knows the code, message and body that CloudFront
// answers with.
//
// # Where this package goes beyond CloudFront
//
// AWS:SourceIp may be an IPv6 network. RSA keys of any size verify. The port of the request's
// Host may be left out of the signed resource when it is one the server calls its own.
package signedurl

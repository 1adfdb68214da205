package signedurl

import (
	"net/netip"
	"time"
)

// maxEpoch is the last second CloudFront's dates can name: 19 January 2038.
const maxEpoch = 1<<31 - 1

// Policy says which requests a signature admits. Dates have whole seconds.
type Policy struct {
	// Resource is a URL in which "*" stands for any run of characters and "?" for one (see
	// MatchResource). In a policy that was received, empty means every URL; for signing, empty
	// means the URL being signed.
	Resource string
	// Expires ends the policy: requests at or after it are refused. Required.
	Expires time.Time
	// Starts begins the policy: requests at or before it are refused. Zero means no beginning.
	Starts time.Time
	// SourceIP is the network viewers must come from. The zero Prefix admits every address.
	SourceIP netip.Prefix
	// Canned marks a policy of nothing but one literal URL and Expires.
	Canned bool
}

// Evaluate decides whether a verified policy admits a request for u by viewer, the address of
// the TCP or QUIC peer, at now. It returns nil or a *Refusal: ResourceMismatch, Expired,
// NotYetValid or WrongAddress.
//
// The URL of a canned policy is not compared here: it is part of the text whose signature was
// verified. 0.0.0.0/0 admits IPv6 viewers as well, since signers write it for "anyone"; no other
// IPv4 network does.
func (p *Policy) Evaluate(u URL, viewer netip.Addr, now time.Time) error {
	if !p.Canned && p.Resource != "" && !p.matches(&u) {
		return refuse(ResourceMismatch)
	}
	if !now.Before(p.Expires) {
		return refuse(Expired)
	}
	if !p.Starts.IsZero() && !now.After(p.Starts) {
		return refuse(NotYetValid)
	}
	if p.SourceIP.IsValid() && !p.admits(viewer.Unmap()) {
		return refuse(WrongAddress)
	}
	return nil
}

func (p *Policy) matches(u *URL) bool {
	if MatchResource(p.Resource, u.Scheme, u.Host, u.Path, u.Query) {
		return true
	}
	return u.AltHost != "" && MatchResource(p.Resource, u.Scheme, u.AltHost, u.Path, u.Query)
}

func (p *Policy) admits(viewer netip.Addr) bool {
	if p.SourceIP.Bits() == 0 && p.SourceIP.Addr().Is4() {
		return viewer.IsValid()
	}
	return p.SourceIP.Contains(viewer.WithZone(""))
}

package signedurl

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// maxEpoch is the last second CloudFront's dates can name: 19 January 2038.
const maxEpoch = 1<<31 - 1

// Policy says which requests a signature admits. Dates have whole seconds.
type Policy struct {
	// Resource is a URL in which "*" stands for any run of characters and "?" for one (see
	// MatchResource); in a canned policy it is the URL itself. In a policy that was received, empty means every URL; for signing, empty
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
// 0.0.0.0/0 admits IPv6 viewers as well, since signers write it for "anyone"; no other
// IPv4 network does.
func (p *Policy) Evaluate(u URL, viewer netip.Addr, now time.Time) error {
	if p.Resource != "" && !p.matches(&u) {
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
	if p.Canned {
		return u.equals(p.Resource)
	}
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

// ParseNetwork reads an address or a network in CIDR notation, as AWS:SourceIp has it. A single
// address becomes a network of its own; bits beyond the prefix are cleared.
func ParseNetwork(s string) (netip.Prefix, bool) {
	var prefix netip.Prefix
	if strings.IndexByte(s, '/') >= 0 {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return netip.Prefix{}, false
		}
		prefix = p.Masked()
	} else {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(a, a.BitLen())
	}
	return prefix, !prefix.Addr().Is4In6()
}

// JSON returns the policy as it is signed: compact, members in CloudFront's usual order, and
// "&", "<" and ">" as they are. The policy is assumed to be one that Signer accepts.
func (p Policy) JSON() []byte {
	b := append([]byte(nil), cannedHead...)
	b = append(b, strings.ReplaceAll(p.Resource, `\`, `\\`)...)
	b = append(b, `","Condition":{"DateLessThan":{"AWS:EpochTime":`...)
	b = strconv.AppendInt(b, p.Expires.Unix(), 10)
	b = append(b, '}')
	if p.SourceIP.IsValid() {
		b = append(b, `,"IpAddress":{"AWS:SourceIp":"`...)
		b = p.SourceIP.AppendTo(b)
		b = append(b, `"}`...)
	}
	if !p.Starts.IsZero() {
		b = append(b, `,"DateGreaterThan":{"AWS:EpochTime":`...)
		b = strconv.AppendInt(b, p.Starts.Unix(), 10)
		b = append(b, '}')
	}
	return append(b, `}}]}`...)
}

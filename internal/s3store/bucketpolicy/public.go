package bucketpolicy

import "net/netip"

// Public reports whether the policy grants anything to the public, in the sense
// of S3's block public access ("The meaning of 'public'"): an Allow for
// everyone that no condition ties to fixed values of the keys below. A grant to
// an origin access identity or to the CloudFront service is not public.
func (p *Policy) Public() bool {
	for i := range p.statements {
		s := &p.statements[i]
		if s.deny {
			continue
		}
		if (s.principals.everyone || s.principals.not) && !s.confined() {
			return true
		}
	}
	return false
}

// confining are the condition keys whose fixed values make a grant to everyone
// not public.
var confining = map[string]bool{
	"aws:sourceip": true, "aws:sourcearn": true, "aws:sourcevpc": true, "aws:sourcevpce": true,
	"aws:sourceowner": true, "aws:sourceaccount": true, "aws:userid": true, "aws:principalorgid": true,
	"aws:principalorgpaths": true, "aws:principalarn": true, "aws:principalaccount": true,
	"s3:dataaccesspointarn": true, "s3:dataaccesspointaccount": true, "s3:accesspointnetworkorigin": true,
	"s3:x-amz-server-side-encryption-aws-kms-key-id": true,
}

func (s *statement) confined() bool {
	for i := range s.conditions {
		c := &s.conditions[i]
		if confining[c.key] && c.fixed() {
			return true
		}
	}
	return false
}

// fixed reports whether the condition admits only values it spells out: a
// positive test that an absent key fails, without wildcards, and for addresses
// without huge networks.
func (c *condition) fixed() bool {
	if c.op.negated || c.ifExists || c.quantifier == forAllValues {
		return false
	}
	switch c.op.family {
	case familyString, familyARN:
		for i := range c.patterns {
			wild := c.patterns[i].wild()
			if wild && (c.op.like || c.op.family == familyARN) {
				return false
			}
			for _, x := range c.patterns[i].parts {
				if x.kind == variable {
					return false
				}
			}
		}
		return true
	case familyIP:
		for _, n := range c.networks {
			if !narrow(n) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// narrow reports whether a network is small enough for its grant not to be
// public: S3 takes IPv4 networks wider than /8 and IPv6 ones wider than /32 as
// public, except private ranges.
func narrow(n netip.Prefix) bool {
	if n.Addr().IsPrivate() {
		return true
	}
	if n.Addr().Is4() {
		return n.Bits() >= 8
	}
	return n.Bits() >= 32
}

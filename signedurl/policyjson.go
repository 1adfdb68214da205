package signedurl

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ParsePolicy reads the JSON of a custom policy. White space, the order of members and members
// unknown to CloudFront do not matter; a known member given twice does. Statement may be one
// object or an array of one. Its refusals are the MalformedPolicy… reasons.
func ParsePolicy(text []byte) (Policy, error) {
	p := policyParser{jsonText: jsonText{text: text}}
	if reason := p.document(); reason != 0 {
		return Policy{}, refuse(reason)
	}
	return p.policy, nil
}

type policyParser struct {
	jsonText
	policy Policy
}

func (p *policyParser) document() Reason {
	if len(p.text) > MaxPolicyBytes || !utf8.Valid(p.text) {
		return MalformedPolicyJSON
	}
	seen, statements := false, 0
	statement := func() Reason {
		if statements++; statements > 1 || p.next() != '{' {
			return MalformedPolicyStatement
		}
		return p.statement()
	}
	reason := p.object(func(name string) Reason {
		switch {
		case name != "Statement":
			return p.skip()
		case seen:
			return MalformedPolicyJSON
		}
		seen = true
		if p.next() == '[' {
			return p.array(statement)
		}
		return statement()
	})
	switch {
	case reason != 0:
		return reason
	case p.next() != 0 || p.pos != len(p.text):
		return MalformedPolicyJSON
	case statements == 0:
		return MalformedPolicyStatement
	}
	return 0
}

// statement reads {"Resource":…,"Condition":{…}}.
func (p *policyParser) statement() Reason {
	var resource, condition bool
	reason := p.object(func(name string) Reason {
		switch name {
		case "Resource":
			if resource {
				return MalformedPolicyJSON
			}
			resource = true
			if p.next() != '"' {
				return MalformedPolicyResource
			}
			var ok bool
			if p.policy.Resource, ok = p.string(); !ok {
				return MalformedPolicyJSON
			}
			if p.policy.Resource == "" {
				return MalformedPolicyResource
			}
			return 0
		case "Condition":
			if condition {
				return MalformedPolicyJSON
			}
			condition = true
			return p.condition()
		}
		return p.skip()
	})
	if reason == 0 && p.policy.Expires.IsZero() {
		return MalformedPolicyExpiry
	}
	return reason
}

func (p *policyParser) condition() Reason {
	if p.next() != '{' {
		return MalformedPolicyCondition
	}
	return p.object(func(name string) Reason {
		switch name {
		case "DateLessThan":
			return p.date(&p.policy.Expires)
		case "DateGreaterThan":
			return p.date(&p.policy.Starts)
		case "IpAddress":
			return p.address()
		}
		return p.skip()
	})
}

// date reads {"AWS:EpochTime":n} into t, once.
func (p *policyParser) date(t *time.Time) Reason {
	if !t.IsZero() {
		return MalformedPolicyJSON
	}
	if p.next() != '{' {
		return MalformedPolicyCondition
	}
	reason := p.object(func(name string) Reason {
		if name != "AWS:EpochTime" {
			return p.skip()
		}
		if !t.IsZero() {
			return MalformedPolicyJSON
		}
		if c := p.next(); c != '-' && (c < '0' || c > '9') {
			return MalformedPolicyDate
		}
		digits, ok := p.number()
		if !ok {
			return MalformedPolicyJSON
		}
		n, err := strconv.ParseInt(digits, 10, 32)
		if err != nil {
			return MalformedPolicyDate
		}
		*t = time.Unix(n, 0)
		return 0
	})
	if reason == 0 && t.IsZero() {
		return MalformedPolicyDate
	}
	return reason
}

// address reads {"AWS:SourceIp":"cidr"}, once.
func (p *policyParser) address() Reason {
	if p.policy.SourceIP.IsValid() {
		return MalformedPolicyJSON
	}
	if p.next() != '{' {
		return MalformedPolicyCondition
	}
	reason := p.object(func(name string) Reason {
		if name != "AWS:SourceIp" {
			return p.skip()
		}
		if p.policy.SourceIP.IsValid() {
			return MalformedPolicyJSON
		}
		if p.next() != '"' {
			return MalformedPolicyAddress
		}
		text, ok := p.string()
		if !ok {
			return MalformedPolicyJSON
		}
		if p.policy.SourceIP, ok = ParseNetwork(text); !ok {
			return MalformedPolicyAddress
		}
		return 0
	})
	if reason == 0 && !p.policy.SourceIP.IsValid() {
		return MalformedPolicyAddress
	}
	return reason
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
	b := append([]byte(nil), `{"Statement":[{"Resource":"`...)
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

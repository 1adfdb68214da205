package signedurl

import (
	"strconv"
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

package bucketpolicy

import (
	"encoding/json"
	"net/netip"
	"strings"
)

// quantifier is the set operator before a condition operator.
type quantifier int

const (
	single quantifier = iota
	forAnyValue
	forAllValues
)

// condition is one key of a Condition block with the values it is compared with.
type condition struct {
	key        string // in lower case
	op         operator
	quantifier quantifier
	ifExists   bool
	patterns   []pattern      // the values as written
	numbers    []float64      // for numbers, and for dates as Unix seconds
	networks   []netip.Prefix // for addresses
	arns       [][]pattern    // for ARNs, cut at their colons
}

func parseConditions(raw json.RawMessage, variables bool) ([]condition, error) {
	operators, err := object(raw)
	if err != nil {
		return nil, malformed("Invalid policy syntax.")
	}
	var out []condition
	for _, o := range operators {
		c, ok := parseOperator(o.name)
		if !ok {
			return nil, malformed("Invalid Condition type : " + o.name)
		}
		keys, err := object(o.value)
		if err != nil {
			return nil, malformed("Invalid policy syntax.")
		}
		for _, k := range keys {
			c := c
			if err := c.parseKey(k, variables); err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func parseOperator(name string) (c condition, ok bool) {
	low := strings.ToLower(name)
	if rest, found := strings.CutPrefix(low, "foranyvalue:"); found {
		c.quantifier, low = forAnyValue, rest
	} else if rest, found := strings.CutPrefix(low, "forallvalues:"); found {
		c.quantifier, low = forAllValues, rest
	}
	if rest, found := strings.CutSuffix(low, "ifexists"); found {
		c.ifExists, low = true, rest
	}
	c.op, ok = operators[low]
	if ok && c.op.family == familyNull && (c.ifExists || c.quantifier != single) {
		return c, false
	}
	return c, ok
}

func (c *condition) parseKey(k member, variables bool) error {
	c.key = strings.ToLower(k.name)
	if !knownKey(c.key) {
		return malformed("Policy has an invalid condition key")
	}
	items, err := list(k.value)
	if err != nil || len(items) == 0 {
		return malformed("Invalid policy syntax.")
	}
	for _, item := range items {
		value, err := scalar(item)
		if err != nil {
			return malformed("Invalid policy syntax.")
		}
		if err := c.parseValue(value, variables); err != nil {
			return err
		}
	}
	return nil
}

func (c *condition) parseValue(value string, variables bool) error {
	c.patterns = append(c.patterns, compile(value, variables))
	ok := true
	switch c.op.family {
	case familyNumeric:
		var n float64
		n, ok = parseNumber(value)
		c.numbers = append(c.numbers, n)
	case familyDate:
		var n float64
		n, ok = parseDate(value)
		c.numbers = append(c.numbers, n)
	case familyBool, familyNull:
		ok = strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
	case familyARN:
		c.arns = append(c.arns, c.patterns[len(c.patterns)-1].splitARN())
	case familyIP:
		n, err := parseNetwork(value)
		if err != nil {
			return malformed("Invalid IP address in Conditions")
		}
		c.networks = append(c.networks, n)
	}
	if ok && c.key == "aws:sourceip" && c.op.family != familyIP && c.op.family != familyNull {
		if _, err := parseNetwork(value); err != nil {
			return malformed("Invalid IP address in Conditions")
		}
	}
	if !ok {
		return malformed("Invalid value in Conditions for key " + c.key)
	}
	return nil
}

// holds reports whether the request satisfies the condition. A key the request
// lacks fails a positive test and passes a negated one, an …IfExists one and a
// ForAllValues one (IAM User Guide, "IAM JSON policy elements: Condition operators").
func (c *condition) holds(r *Request) bool {
	values := r.values(c.key)
	if c.op.family == familyNull {
		return c.matchesNull(len(values) == 0)
	}
	if len(values) == 0 {
		switch {
		case c.ifExists || c.quantifier == forAllValues:
			return true
		case c.quantifier == forAnyValue:
			return false
		default:
			return c.op.negated
		}
	}
	switch c.quantifier {
	case forAllValues:
		return every(values, func(v string) bool { return c.accepts(v, r) })
	case forAnyValue:
		return some(values, func(v string) bool { return c.accepts(v, r) })
	}
	if c.op.negated {
		return every(values, func(v string) bool { return c.accepts(v, r) })
	}
	return some(values, func(v string) bool { return c.accepts(v, r) })
}

// accepts compares one value of the request: with any of the condition's
// values, or for a negated operator with none of them.
func (c *condition) accepts(value string, r *Request) bool {
	for i := range c.patterns {
		if c.op.compare(c, i, value, r) {
			return !c.op.negated
		}
	}
	return c.op.negated
}

func (c *condition) matchesNull(absent bool) bool {
	for i := range c.patterns {
		if strings.EqualFold(c.patterns[i].source, "true") == absent {
			return true
		}
	}
	return false
}

func every(values []string, ok func(string) bool) bool {
	for _, v := range values {
		if !ok(v) {
			return false
		}
	}
	return true
}

func some(values []string, ok func(string) bool) bool {
	for _, v := range values {
		if ok(v) {
			return true
		}
	}
	return false
}

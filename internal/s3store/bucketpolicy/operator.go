package bucketpolicy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

type family int

const (
	familyString family = iota
	familyNumeric
	familyDate
	familyBool
	familyBinary
	familyIP
	familyARN
	familyNull
)

// operator is one condition operator. compare tells whether the request's value
// relates to the condition's i-th value as the positive form of the operator
// says; negated turns the answer round.
type operator struct {
	family  family
	negated bool
	like    bool
	compare func(c *condition, i int, value string, r *Request) bool
}

// operators are those of the IAM User Guide, by name in lower case.
var operators = map[string]operator{
	"stringequals":              {familyString, false, false, equalText},
	"stringnotequals":           {familyString, true, false, equalText},
	"stringequalsignorecase":    {familyString, false, false, equalFold},
	"stringnotequalsignorecase": {familyString, true, false, equalFold},
	"stringlike":                {familyString, false, true, likeText},
	"stringnotlike":             {familyString, true, true, likeText},
	"numericequals":             numeric(false, func(a, b float64) bool { return a == b }),
	"numericnotequals":          numeric(true, func(a, b float64) bool { return a == b }),
	"numericlessthan":           numeric(false, func(a, b float64) bool { return a < b }),
	"numericlessthanequals":     numeric(false, func(a, b float64) bool { return a <= b }),
	"numericgreaterthan":        numeric(false, func(a, b float64) bool { return a > b }),
	"numericgreaterthanequals":  numeric(false, func(a, b float64) bool { return a >= b }),
	"dateequals":                date(false, func(a, b float64) bool { return a == b }),
	"datenotequals":             date(true, func(a, b float64) bool { return a == b }),
	"datelessthan":              date(false, func(a, b float64) bool { return a < b }),
	"datelessthanequals":        date(false, func(a, b float64) bool { return a <= b }),
	"dategreaterthan":           date(false, func(a, b float64) bool { return a > b }),
	"dategreaterthanequals":     date(false, func(a, b float64) bool { return a >= b }),
	"bool":                      {familyBool, false, false, equalFold},
	"binaryequals":              {familyBinary, false, false, equalText},
	"ipaddress":                 {familyIP, false, false, inNetwork},
	"notipaddress":              {familyIP, true, false, inNetwork},
	"arnequals":                 {familyARN, false, true, likeARN},
	"arnlike":                   {familyARN, false, true, likeARN},
	"arnnotequals":              {familyARN, true, true, likeARN},
	"arnnotlike":                {familyARN, true, true, likeARN},
	"null":                      {familyNull, false, false, nil},
}

func equalText(c *condition, i int, value string, r *Request) bool {
	return c.patterns[i].equal(value, false, r)
}

func equalFold(c *condition, i int, value string, r *Request) bool {
	return c.patterns[i].equal(value, true, r)
}

func likeText(c *condition, i int, value string, r *Request) bool {
	return c.patterns[i].match(value, r)
}

// likeARN compares the six parts of an ARN one by one, so that a wildcard
// cannot reach across a colon of the first five. A pattern without any colon,
// such as *, is compared with the whole ARN.
func likeARN(c *condition, i int, value string, r *Request) bool {
	want := c.arns[i]
	if len(want) == 1 {
		return want[0].match(value, r)
	}
	have := strings.SplitN(value, ":", len(want))
	if len(have) != len(want) {
		return false
	}
	for n := range want {
		if !want[n].match(have[n], r) {
			return false
		}
	}
	return true
}

// splitARN cuts a pattern at its first five colons, leaving alone those within
// a variable's name.
func (p *pattern) splitARN() []pattern {
	out := make([]pattern, 1, 6)
	for _, x := range p.parts {
		for x.kind == literal && len(out) < 6 {
			before, after, found := strings.Cut(x.text, ":")
			if !found {
				break
			}
			last := &out[len(out)-1]
			last.parts = append(last.parts, part{kind: literal, text: before})
			out = append(out, pattern{})
			x.text = after
		}
		last := &out[len(out)-1]
		last.parts = append(last.parts, x)
	}
	return out
}

func inNetwork(c *condition, i int, value string, _ *Request) bool {
	addr, err := netip.ParseAddr(value)
	return err == nil && c.networks[i].Contains(addr.Unmap().WithZone(""))
}

func numeric(negated bool, relation func(have, want float64) bool) operator {
	return operator{familyNumeric, negated, false, func(c *condition, i int, value string, _ *Request) bool {
		n, ok := parseNumber(value)
		return ok && relation(n, c.numbers[i])
	}}
}

func date(negated bool, relation func(have, want float64) bool) operator {
	return operator{familyDate, negated, false, func(c *condition, i int, value string, _ *Request) bool {
		n, ok := parseDate(value)
		return ok && relation(n, c.numbers[i])
	}}
}

func parseNumber(s string) (float64, bool) {
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n == n
}

// parseDate reads a W3C profile of ISO 8601, or Unix seconds, as Unix seconds.
func parseDate(s string) (float64, bool) {
	if n, ok := parseNumber(s); ok && !strings.Contains(s, "-") {
		return n, true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02", "20060102T150405Z"} {
		if t, err := time.Parse(layout, s); err == nil {
			return float64(t.UnixNano()) / 1e9, true
		}
	}
	return 0, false
}

// parseNetwork reads an address or a network in CIDR notation; bits beyond the
// prefix are ignored, as AWS does.
func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	n, err := netip.ParsePrefix(s)
	if err != nil {
		return n, err
	}
	return n.Masked(), nil
}

package mutation

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// policy is what a custom policy says.
type policy struct {
	resource *string
	before   int64  // Unix seconds
	after    *int64 // Unix seconds
	network  *net.IPNet
}

func (p *policy) admits(viewer net.IP) bool {
	if p.network == nil || p.network.String() == "0.0.0.0/0" {
		return true
	}
	return p.network.Contains(viewer)
}

// member is one of a JSON object's; repeated names are kept.
type member struct {
	name  string
	value any // []member, []any, string, json.Number, bool or nil
}

var (
	addressForm = regexp.MustCompile(`^(?:[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:/(?:0|[1-9][0-9]{0,2}))?$`)
	integerForm = regexp.MustCompile(`^-?[0-9]+$`)
	loneHalf    = regexp.MustCompile(`\\u[dD][89a-fA-F]`)
	pair        = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
)

// readPolicy reads a custom policy.
func readPolicy(text []byte) (*policy, bool) {
	if !utf8.Valid(text) {
		return nil, false
	}
	text = guideEscapes(text)
	if loneHalf.Match(pair.ReplaceAll(bytes.ReplaceAll(text, []byte(`\\`), []byte("  ")), nil)) {
		return nil, false // half a character
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	value, ok := readValue(d, 1)
	if _, err := d.Token(); !ok || err != io.EOF {
		return nil, false
	}
	document, ok := value.([]member)
	statement, present, single := find(document, "Statement")
	if !ok || !present || !single {
		return nil, false
	}
	if list, isList := statement.([]any); isList {
		if len(list) != 1 {
			return nil, false
		}
		statement = list[0]
	}
	return readStatement(statement)
}

// guideEscapes turns the guide's "\?" inside strings, which JSON does not know, into "\\?".
func guideEscapes(text []byte) []byte {
	var out []byte
	inString := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			inString = !inString
		case inString && text[i] == '\\' && i+1 < len(text):
			if text[i+1] == '?' {
				out = append(out, '\\')
			}
			out = append(out, text[i])
			i++
		}
		out = append(out, text[i])
	}
	return out
}

// readValue reads the next value; nothing may nest deeper than 16.
func readValue(d *json.Decoder, depth int) (any, bool) {
	token, err := d.Token()
	if err != nil {
		return nil, false
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, true
	}
	if depth > 16 {
		return nil, false
	}
	members, list := []member{}, []any{}
	for d.More() {
		var m member
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				return nil, false
			}
			m.name = name.(string)
		}
		if m.value, ok = readValue(d, depth+1); !ok {
			return nil, false
		}
		members, list = append(members, m), append(list, m.value)
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	if delim == '{' {
		return members, true
	}
	return list, true
}

// find returns the one member of a name. single is false when there are several.
func find(members []member, name string) (value any, present, single bool) {
	single = true
	for _, m := range members {
		if m.name == name {
			single = !present
			value, present = m.value, true
			if !single {
				return nil, true, false
			}
		}
	}
	return value, present, single
}

// one returns the only member of a name within an object, and whether all is well with it.
func one(object any, name string) (value any, present, ok bool) {
	members, isObject := object.([]member)
	value, present, single := find(members, name)
	return value, present, isObject && single
}

func readStatement(statement any) (*policy, bool) {
	p := &policy{}
	resource, present, ok := one(statement, "Resource")
	if !ok {
		return nil, false
	}
	if present {
		text, isString := resource.(string)
		if !isString || text == "" {
			return nil, false
		}
		p.resource = &text
	}
	condition, present, ok := one(statement, "Condition")
	if !present || !ok {
		return nil, false
	}
	before, present, ok := readDate(condition, "DateLessThan")
	if !present || !ok {
		return nil, false
	}
	p.before = before
	after, present, ok := readDate(condition, "DateGreaterThan")
	if !ok {
		return nil, false
	}
	if present {
		p.after = &after
	}
	p.network, ok = readNetwork(condition)
	return p, ok
}

func readDate(condition any, name string) (at int64, present, ok bool) {
	value, present, ok := one(condition, name)
	if !ok || !present {
		return 0, present, ok
	}
	epoch, _, ok := one(value, "AWS:EpochTime")
	number, isNumber := epoch.(json.Number)
	if !ok || !isNumber || !integerForm.MatchString(number.String()) {
		return 0, true, false
	}
	at, err := strconv.ParseInt(number.String(), 10, 32)
	return at, true, err == nil
}

func readNetwork(condition any) (*net.IPNet, bool) {
	value, present, ok := one(condition, "IpAddress")
	if !ok || !present {
		return nil, ok
	}
	source, _, ok := one(value, "AWS:SourceIp")
	text, isString := source.(string)
	if !ok || !isString || !addressForm.MatchString(text) {
		return nil, false
	}
	if !strings.Contains(text, "/") {
		text += map[bool]string{true: "/128", false: "/32"}[strings.Contains(text, ":")]
	}
	_, network, err := net.ParseCIDR(text)
	if err != nil || strings.Contains(text, ":") && network.IP.To4() != nil {
		return nil, false // of IPv4 in the clothes of IPv6 nothing is said
	}
	return network, true
}

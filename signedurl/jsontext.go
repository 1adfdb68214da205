package signedurl

import (
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a policy; a proper one needs five levels.
const maxDepth = 16

// jsonText reads JSON (RFC 8259) front to back. Two things are why this is not encoding/json:
// a member given twice has to be seen, and the guide's own examples write "\?" inside strings.
// Methods report false when the text is not JSON; it must not be read further then.
type jsonText struct {
	text  []byte
	pos   int
	depth int
}

// next skips white space and returns the byte at hand, 0 at the end.
func (j *jsonText) next() byte {
	for ; j.pos < len(j.text); j.pos++ {
		switch c := j.text[j.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (j *jsonText) take(c byte) bool {
	if j.next() != c {
		return false
	}
	j.pos++
	return true
}

// object reads an object, calling member for each member with the value at hand; member has to
// read it and returns a Reason to stop.
func (j *jsonText) object(member func(name string) Reason) Reason {
	if j.depth++; j.depth > maxDepth || !j.take('{') {
		return MalformedPolicyJSON
	}
	for first := true; ; first = false {
		if first && j.take('}') {
			break
		}
		name, ok := j.string()
		if !ok || !j.take(':') {
			return MalformedPolicyJSON
		}
		if reason := member(name); reason != 0 {
			return reason
		}
		if j.take(',') {
			continue
		}
		if !j.take('}') {
			return MalformedPolicyJSON
		}
		break
	}
	j.depth--
	return 0
}

// array reads an array, calling element with each value at hand.
func (j *jsonText) array(element func() Reason) Reason {
	if j.depth++; j.depth > maxDepth || !j.take('[') {
		return MalformedPolicyJSON
	}
	for first := true; ; first = false {
		if first && j.take(']') {
			break
		}
		if reason := element(); reason != 0 {
			return reason
		}
		if j.take(',') {
			continue
		}
		if !j.take(']') {
			return MalformedPolicyJSON
		}
		break
	}
	j.depth--
	return 0
}

// skip reads any value.
func (j *jsonText) skip() Reason {
	ok := false
	switch c := j.next(); c {
	case '{':
		return j.object(func(string) Reason { return j.skip() })
	case '[':
		return j.array(j.skip)
	case '"':
		_, ok = j.string()
	case 't':
		ok = j.word("true")
	case 'f':
		ok = j.word("false")
	case 'n':
		ok = j.word("null")
	default:
		_, ok = j.number()
	}
	if !ok {
		return MalformedPolicyJSON
	}
	return 0
}

func (j *jsonText) word(w string) bool {
	if len(j.text)-j.pos < len(w) || string(j.text[j.pos:j.pos+len(w)]) != w {
		return false
	}
	j.pos += len(w)
	return true
}

// number reads a number and returns its text.
func (j *jsonText) number() (string, bool) {
	j.next()
	start := j.pos
	digits := func() bool {
		from := j.pos
		for j.pos < len(j.text) && '0' <= j.text[j.pos] && j.text[j.pos] <= '9' {
			j.pos++
		}
		return j.pos > from
	}
	at := func(c byte) bool { return j.pos < len(j.text) && j.text[j.pos] == c }
	if at('-') {
		j.pos++
	}
	if at('0') {
		j.pos++
	} else if !digits() {
		return "", false
	}
	if at('.') {
		j.pos++
		if !digits() {
			return "", false
		}
	}
	if at('e') || at('E') {
		j.pos++
		if at('+') || at('-') {
			j.pos++
		}
		if !digits() {
			return "", false
		}
	}
	return string(j.text[start:j.pos]), true
}

// string reads a string. The text as a whole is known to be UTF-8.
func (j *jsonText) string() (string, bool) {
	if !j.take('"') {
		return "", false
	}
	start := j.pos
	for j.pos < len(j.text) {
		switch c := j.text[j.pos]; {
		case c == '"':
			j.pos++
			return string(j.text[start : j.pos-1]), true
		case c == '\\':
			return j.escapedString(append([]byte(nil), j.text[start:j.pos]...))
		case c < ' ':
			return "", false
		}
		j.pos++
	}
	return "", false
}

// escapedString goes on from the first backslash of a string.
func (j *jsonText) escapedString(out []byte) (string, bool) {
	for j.pos < len(j.text) {
		c := j.text[j.pos]
		j.pos++
		switch {
		case c == '"':
			return string(out), true
		case c < ' ':
			return "", false
		case c != '\\':
			out = append(out, c)
		default:
			var ok bool
			if out, ok = j.escape(out); !ok {
				return "", false
			}
		}
	}
	return "", false
}

// escape reads what follows a backslash.
func (j *jsonText) escape(out []byte) ([]byte, bool) {
	if j.pos == len(j.text) {
		return out, false
	}
	c := j.text[j.pos]
	j.pos++
	switch c {
	case '"', '\\', '/':
		return append(out, c), true
	case 'b':
		return append(out, '\b'), true
	case 'f':
		return append(out, '\f'), true
	case 'n':
		return append(out, '\n'), true
	case 'r':
		return append(out, '\r'), true
	case 't':
		return append(out, '\t'), true
	case '?': // not JSON, but printed in the guide: a literal question mark in Resource
		return append(out, '\\', '?'), true
	case 'u':
		r, ok := j.hex4()
		if ok && utf16.IsSurrogate(r) {
			low := rune(0)
			if ok = j.word(`\u`); ok {
				low, ok = j.hex4()
			}
			r = utf16.DecodeRune(r, low)
			ok = ok && r != utf8.RuneError
		}
		return utf8.AppendRune(out, r), ok
	}
	return out, false
}

func (j *jsonText) hex4() (rune, bool) {
	if len(j.text)-j.pos < 4 {
		return 0, false
	}
	var r rune
	for range 4 {
		c := j.text[j.pos]
		if !isHex(c) {
			return 0, false
		}
		r = r<<4 | rune(unhex(c))
		j.pos++
	}
	return r, true
}

package signedurl

import (
	"unicode/utf16"
	"unicode/utf8"
)

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

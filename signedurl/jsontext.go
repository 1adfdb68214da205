package signedurl

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

package bucketpolicy

import (
	"strings"
	"unicode/utf8"
)

// pattern is text with * and ? wildcards and, in the 2012 language, policy
// variables: ${key}, ${key, 'default'} and the escapes ${*}, ${?}, ${$}
// (IAM User Guide, "Policy variables").
type pattern struct {
	source string
	parts  []part
}

type partKind int

const (
	literal partKind = iota
	star
	question
	variable
)

type part struct {
	kind     partKind
	text     string // literal text, or a variable's key in lower case
	fallback string // a variable's default
	optional bool   // whether there is a default
}

func compile(source string, variables bool) pattern {
	p := pattern{source: source}
	for s := source; s != ""; {
		if variables {
			if v, rest, ok := cutVariable(s); ok {
				p.parts = append(p.parts, v)
				s = rest
				continue
			}
		}
		switch s[0] {
		case '*':
			p.parts = append(p.parts, part{kind: star})
			s = s[1:]
		case '?':
			p.parts = append(p.parts, part{kind: question})
			s = s[1:]
		default:
			n := 1 + strings.IndexAny(s[1:], "*?$")
			if n == 0 {
				n = len(s)
			}
			p.parts = append(p.parts, part{kind: literal, text: s[:n]})
			s = s[n:]
		}
	}
	return p
}

// cutVariable takes a policy variable off the front of s.
func cutVariable(s string) (v part, rest string, ok bool) {
	if !strings.HasPrefix(s, "${") {
		return v, s, false
	}
	inner, rest, found := strings.Cut(s[2:], "}")
	if !found {
		return v, s, false
	}
	if inner == "*" || inner == "?" || inner == "$" {
		return part{kind: literal, text: inner}, rest, true
	}
	key, fallback, hasDefault := strings.Cut(inner, ",")
	v = part{kind: variable, text: strings.ToLower(strings.TrimSpace(key)), optional: hasDefault}
	v.fallback = strings.Trim(strings.TrimSpace(fallback), "'")
	return v, rest, true
}

// wild reports whether the pattern can match more than one text.
func (p *pattern) wild() bool {
	for _, x := range p.parts {
		if x.kind != literal {
			return true
		}
	}
	return false
}

// expand puts the request's values in place of the variables, as literal text.
// ok is false when a variable without a default has no single value: then the
// pattern matches nothing.
func (p *pattern) expand(r *Request) (parts []part, ok bool) {
	parts = p.parts
	copied := false
	for i, x := range p.parts {
		if x.kind != variable {
			continue
		}
		value := x.fallback
		if values := r.values(x.text); len(values) == 1 {
			value = values[0]
		} else if !x.optional {
			return nil, false
		}
		if !copied {
			parts, copied = append([]part(nil), p.parts...), true
		}
		parts[i] = part{kind: literal, text: value}
	}
	return parts, true
}

// match reports whether text matches, with wildcards.
func (p *pattern) match(text string, r *Request) bool {
	parts, ok := p.expand(r)
	return ok && glob(parts, text)
}

// equal reports whether text is the pattern with variables filled in and its
// wildcards read literally, as StringEquals compares.
func (p *pattern) equal(text string, fold bool, r *Request) bool {
	parts, ok := p.expand(r)
	if !ok {
		return false
	}
	var want strings.Builder
	for _, x := range parts {
		switch x.kind {
		case star:
			want.WriteByte('*')
		case question:
			want.WriteByte('?')
		default:
			want.WriteString(x.text)
		}
	}
	if fold {
		return strings.EqualFold(want.String(), text)
	}
	return want.String() == text
}

// glob matches text against parts. It backtracks to the last star only, so its
// cost is at most the product of both lengths whatever a policy author writes.
func glob(parts []part, text string) bool {
	i, pos := 0, 0
	back, backPos := -1, 0
	for {
		if i < len(parts) && parts[i].kind == star {
			back, backPos = i, pos
			i++
			continue
		}
		if i < len(parts) {
			if n, ok := step(parts[i], text[pos:]); ok {
				i, pos = i+1, pos+n
				continue
			}
		} else if pos == len(text) {
			return true
		}
		if back < 0 || backPos >= len(text) {
			return false
		}
		_, n := utf8.DecodeRuneInString(text[backPos:])
		backPos += n
		i, pos = back+1, backPos
	}
}

func step(x part, rest string) (n int, ok bool) {
	if x.kind == question {
		if rest == "" {
			return 0, false
		}
		_, n = utf8.DecodeRuneInString(rest)
		return n, true
	}
	return len(x.text), strings.HasPrefix(rest, x.text)
}

package httpcache

import "strings"

// structured reads a structured field from its front.
type structured struct{ rest string }

func (p *structured) take(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// run takes the longest prefix of bytes that are in.
func (p *structured) run(in func(byte) bool) string {
	i := 0
	for i < len(p.rest) && in(p.rest[i]) {
		i++
	}
	taken := p.rest[:i]
	p.rest = p.rest[i:]
	return taken
}

func (p *structured) skipBlanks() { p.rest = strings.TrimLeft(p.rest, " \t") }

func (p *structured) member() (m Member, ok bool) {
	if m.Key, ok = p.key(); !ok {
		return m, false
	}
	if !p.take('=') {
		m.Kind, m.Integer = BooleanItem, 1
		return m, p.parameters()
	}
	if p.rest != "" && p.rest[0] == '(' {
		m.Kind = OtherItem
		return m, p.innerList() && p.parameters()
	}
	if m.Kind, m.Integer, ok = p.item(); !ok {
		return m, false
	}
	return m, p.parameters()
}

func (p *structured) key() (string, bool) {
	if p.rest == "" || (p.rest[0] != '*' && !isLower(p.rest[0])) {
		return "", false
	}
	return p.run(func(c byte) bool { return isLower(c) || isDigit(c) || strings.IndexByte("_-.*", c) >= 0 }), true
}

func (p *structured) parameters() bool {
	for p.take(';') {
		p.rest = strings.TrimLeft(p.rest, " ")
		if _, ok := p.key(); !ok {
			return false
		}
		if p.take('=') {
			if _, _, ok := p.item(); !ok {
				return false
			}
		}
	}
	return true
}

func (p *structured) innerList() bool {
	p.take('(')
	for {
		p.rest = strings.TrimLeft(p.rest, " ")
		if p.take(')') {
			return true
		}
		if _, _, ok := p.item(); !ok || !p.parameters() {
			return false
		}
		if p.rest == "" || (p.rest[0] != ' ' && p.rest[0] != ')') {
			return false
		}
	}
}

// item reads a bare item (RFC 9651, 4.2.3.1).
func (p *structured) item() (kind ItemKind, n int64, ok bool) {
	if p.rest == "" {
		return 0, 0, false
	}
	switch c := p.rest[0]; {
	case c == '-' || isDigit(c):
		return p.number()
	case c == '"':
		return OtherItem, 0, p.quoted()
	case c == '*' || isLower(c|0x20):
		p.run(func(c byte) bool { return c == ':' || c == '/' || isToken(string(rune(c))) })
		return OtherItem, 0, true
	case c == ':':
		p.take(':')
		p.run(func(c byte) bool { return isLower(c|0x20) || isDigit(c) || strings.IndexByte("+/=", c) >= 0 })
		return OtherItem, 0, p.take(':')
	case c == '?':
		p.take('?')
		if p.take('1') {
			return BooleanItem, 1, true
		}
		return BooleanItem, 0, p.take('0')
	case c == '@':
		p.take('@')
		kind, _, ok := p.number()
		return OtherItem, 0, ok && kind == IntegerItem
	case c == '%':
		p.take('%')
		return OtherItem, 0, p.displayed()
	}
	return 0, 0, false
}

// number reads an integer of up to 15 digits or a decimal (RFC 9651, 4.2.4).
func (p *structured) number() (kind ItemKind, n int64, ok bool) {
	negative := p.take('-')
	digits := p.run(isDigit)
	if digits == "" || len(digits) > 15 {
		return 0, 0, false
	}
	if p.take('.') {
		fraction := p.run(isDigit)
		return OtherItem, 0, len(digits) <= 12 && len(fraction) >= 1 && len(fraction) <= 3
	}
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	if negative {
		n = -n
	}
	return IntegerItem, n, true
}

// quoted reads a string: visible ASCII, quotes and backslashes escaped.
func (p *structured) quoted() bool {
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return true
		case c == '\\':
			if i++; i == len(p.rest) || (p.rest[i] != '"' && p.rest[i] != '\\') {
				return false
			}
		case c < 0x20 || c > 0x7e:
			return false
		}
	}
	return false
}

// displayed reads the rest of a display string after its percent sign.
func (p *structured) displayed() bool {
	if !p.take('"') {
		return false
	}
	for !p.take('"') {
		if p.rest == "" {
			return false
		}
		c := p.rest[0]
		p.rest = p.rest[1:]
		if c < 0x20 || c > 0x7e {
			return false
		}
		if c == '%' {
			if len(p.rest) < 2 || !isLowerHex(p.rest[0]) || !isLowerHex(p.rest[1]) {
				return false
			}
			p.rest = p.rest[2:]
		}
	}
	return true
}

func isLower(c byte) bool    { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isLowerHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }

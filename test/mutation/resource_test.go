package mutation

import (
	"regexp"
	"strings"
)

// covers reports whether a Resource pattern covers a URL: section by section, in one of the
// ways the pattern can be cut into sections.
func covers(pattern string, u url) bool {
	if pattern == "*" {
		return true
	}
	m := regexp.MustCompile(`(?s)^(\*|http\*|https?)://(.*)$`).FindStringSubmatch(pattern)
	rest := ""
	switch {
	case m != nil && (strings.HasSuffix(m[1], "*") || m[1] == u.scheme):
		rest = m[2]
	case m == nil && strings.HasPrefix(pattern, "*"):
		rest = pattern
	default:
		return false
	}
	domain, tail := rest, ""
	if at := regexp.MustCompile(`/|\\\?`).FindStringIndex(rest); at != nil {
		domain, tail = rest[:at[0]], rest[at[0]:]
	}
	if !section(lowered(domain), lowered(u.host)) {
		return false
	}
	open := strings.HasSuffix(domain, "*")
	switch {
	case tail == "":
		return open || u.path == "/" && u.query == ""
	case tail[0] != '/': // a query without a path
		return (open || u.path == "/") && section(tail[2:], u.query)
	}
	return coversTail(tail, u)
}

// coversTail tries every place where path and query may border.
func coversTail(tail string, u url) bool {
	for i := 0; i < len(tail); i++ {
		escaped := i > 0 && tail[i-1] == '\\'
		switch {
		case tail[i] != '?':
		case escaped: // the border, whether there is a query or not
			return section(tail[:i-1], u.path) && section(tail[i+1:], u.query)
		case u.query != "" && section(tail[:i], u.path) && section(tail[i+1:], u.query):
			return true
		}
	}
	return section(tail, u.path) && (u.query == "" || strings.HasSuffix(tail, "*"))
}

// section matches all of a text.
func section(pattern, text string) bool {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*':
			b.WriteString(`.*`)
		case c == '?':
			b.WriteString(`.`)
		case c == '\\' && i+1 < len(pattern) && pattern[i+1] == '?':
			b.WriteString(`\?`)
			i++
		default:
			b.WriteString(regexp.QuoteMeta(byByte(string([]byte{c}))))
		}
	}
	return regexp.MustCompile(b.String() + `$`).MatchString(byByte(text))
}

// byByte makes a character of each byte, so that "." is one byte.
func byByte(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}

func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

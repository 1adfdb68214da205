package snapshot

import "strings"

// pattern is a compiled path pattern: `*` stands for any run of characters, slashes included,
// and `?` for exactly one; everything else is literal and case-sensitive. The leading slash
// is optional (CloudFront Developer Guide, "Path pattern").
type pattern struct {
	prefix string   // before the first star, or the whole pattern
	middle []string // between stars
	suffix string   // after the last star
	star   bool
	least  int // shortest path that can match
}

func compilePattern(p string) pattern {
	if !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "*") && !strings.HasPrefix(p, "?") {
		p = "/" + p
	}
	return compileWildcards(p)
}

// compileWildcards takes a pattern as it stands, without a slash of its own.
func compileWildcards(p string) pattern {
	parts := strings.Split(p, "*")
	c := pattern{prefix: parts[0], star: len(parts) > 1}
	if c.star {
		c.suffix = parts[len(parts)-1]
		for _, m := range parts[1 : len(parts)-1] {
			if m != "" {
				c.middle = append(c.middle, m)
				c.least += len(m)
			}
		}
	}
	c.least += len(c.prefix) + len(c.suffix)
	return c
}

// match reports whether path matches. Between two stars the leftmost occurrence is as good as
// any later one, so the path is scanned once and never backtracked over.
func (p *pattern) match(path string) bool {
	if len(path) < p.least || !p.star && len(path) != p.least || !equal(p.prefix, path[:len(p.prefix)]) {
		return false
	}
	if !p.star {
		return true
	}
	end := len(path) - len(p.suffix)
	if !equal(p.suffix, path[end:]) {
		return false
	}
	rest := path[len(p.prefix):end]
	for _, m := range p.middle {
		i := find(m, rest)
		if i < 0 {
			return false
		}
		rest = rest[i+len(m):]
	}
	return true
}

// equal compares a literal with wildcards `?` to a string of the same length.
func equal(literal, s string) bool {
	if literal == s {
		return true
	}
	for i := 0; i < len(literal); i++ {
		if literal[i] != s[i] && literal[i] != '?' {
			return false
		}
	}
	return true
}

func find(literal, s string) int {
	if !strings.Contains(literal, "?") {
		return strings.Index(s, literal)
	}
	for i := 0; i+len(literal) <= len(s); i++ {
		if equal(literal, s[i:i+len(literal)]) {
			return i
		}
	}
	return -1
}

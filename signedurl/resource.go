package signedurl

import "strings"

// MatchResource reports whether a Resource pattern of a custom policy covers a URL, given in
// parts as in URL ("Create a signed URL using a custom policy", CloudFront Developer Guide).
//
// Pattern and URL are compared section by section: protocol, domain, path, query. "*" stands for
// any run of characters within its section, "?" for exactly one.
//
//   - A pattern begins with "http://", "https://", "*://" or "http*://". One that begins with
//     "*" otherwise, as "*example.com", stands for "*://*example.com". "*" alone covers all.
//   - "\?" is a literal question mark and so the border between path and query. The guide's
//     editions disagree on writing it with the backslash, so a bare "?", which stands for one
//     character, may be that border as well.
//   - "*" at the end of the path covers any query; "*" at the end of a domain without a path
//     covers any path and query. A missing path is "/".
//
// Domains are compared without regard to case, paths and queries with it. Time is bounded by the
// product of the lengths.
func MatchResource(pattern, scheme, host, path, query string) bool {
	if pattern == "*" {
		return true
	}
	rest, ok := cutProtocol(pattern, scheme)
	if !ok {
		return false
	}
	end := len(rest)
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		end = i
	}
	if i := strings.Index(rest[:end], `\?`); i >= 0 {
		end = i
	}
	domain, tail := rest[:end], rest[end:]
	if !glob(domain, host, true) {
		return false
	}
	if tail == "" || tail[0] != '/' {
		// No path in the pattern: anything after "*", else "/".
		if !strings.HasSuffix(domain, "*") {
			if path != "/" {
				return false
			}
		}
		if tail == "" {
			return query == "" || strings.HasSuffix(domain, "*")
		}
		return glob(tail[len(`\?`):], query, false)
	}
	return matchPathQuery(tail, path, query)
}

// cutProtocol checks the protocol section and returns the rest of the pattern.
func cutProtocol(pattern, scheme string) (rest string, ok bool) {
	for _, p := range [...]string{"*://", "http*://"} {
		if strings.HasPrefix(pattern, p) {
			return pattern[len(p):], true
		}
	}
	if i := strings.Index(pattern, "://"); i >= 0 && (pattern[:i] == "http" || pattern[:i] == "https") {
		return pattern[i+len("://"):], pattern[:i] == scheme
	}
	return pattern, strings.HasPrefix(pattern, "*")
}

// matchPathQuery compares the path and query sections.
func matchPathQuery(pattern, path, query string) bool {
	border := strings.Index(pattern, `\?`)
	pathPattern := pattern
	if border >= 0 {
		pathPattern = pattern[:border]
	}
	if bare := strings.IndexByte(pathPattern, '?'); bare >= 0 && query != "" {
		// Nearly always it is the border, and the pattern a URL as people write it.
		return glob(pattern[:bare], path, false) && glob(pattern[bare+1:], query, false) ||
			matchAcross(pattern, path, query, border >= 0)
	}
	if !glob(pathPattern, path, false) {
		return false
	}
	if border >= 0 {
		return glob(pattern[border+len(`\?`):], query, false)
	}
	return query == "" || strings.HasSuffix(pathPattern, "*")
}

// glob matches a whole section. Going back to the latest "*" only is enough and keeps it from
// exponential time: an earlier one could reach nothing the latest cannot.
func glob(p, s string, fold bool) bool {
	if p == s && strings.IndexByte(p, '\\') < 0 {
		return true
	}
	if !fold {
		// Most patterns are plain up to their one "*".
		i := 0
		for i < len(p) && p[i] != '*' && p[i] != '?' && p[i] != '\\' {
			i++
		}
		if len(s) < i || p[:i] != s[:i] {
			return false
		}
		if p, s = p[i:], s[i:]; p == "*" {
			return true
		}
	}
	pi, si, star, mark := 0, 0, -1, 0
	for si < len(s) {
		width := 0
		if pi < len(p) {
			if p[pi] == '*' {
				star, mark = pi, si
				pi++
				continue
			}
			width = matchOne(p[pi:], s[si], fold)
		}
		switch {
		case width > 0:
			pi += width
			si++
		case star >= 0:
			mark++
			pi, si = star+1, mark
		default:
			return false
		}
	}
	for pi < len(p) && p[pi] == '*' {
		pi++
	}
	return pi == len(p)
}

// matchOne compares the first item of p, which is not "*", with c. It returns the length of that
// item, or 0 when they differ.
func matchOne(p string, c byte, fold bool) int {
	switch {
	case p[0] == '?':
		return 1
	case p[0] == '\\' && len(p) > 1 && p[1] == '?':
		if c == '?' {
			return 2
		}
	case p[0] == c, fold && lower(p[0]) == lower(c):
		return 1
	}
	return 0
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// matchAcross matches when a bare "?" of the pattern might be the border between path and query.
// It follows all readings at once: reach[i] says that some reading of the input so far used up
// pattern[:i]. No "*" may take in the border, except one that ends the path section and so
// covers the query.
func matchAcross(pattern, path, query string, hasBorder bool) bool {
	var room [2][256]bool
	reach, next := room[0][:], room[1][:]
	if len(pattern)+1 > len(reach) {
		reach, next = make([]bool, len(pattern)+1), make([]bool, len(pattern)+1)
	}
	free := len(pattern) // "*" from here on may take in the border
	for !hasBorder && free > 0 && pattern[free-1] == '*' {
		free--
	}
	add := func(set []bool, i int) {
		set[i] = true
		for i < len(pattern) && pattern[i] == '*' {
			i++
			set[i] = true
		}
	}
	step := func(c byte, border bool) {
		clear(next[:len(pattern)+1])
		for i := range len(pattern) {
			if !reach[i] {
				continue
			}
			if pattern[i] == '*' {
				if !border || i >= free {
					add(next, i)
				}
			} else if w := matchOne(pattern[i:], c, false); w > 0 {
				add(next, i+w)
			}
		}
		reach, next = next, reach
	}
	add(reach, 0)
	for i := range len(path) {
		step(path[i], false)
	}
	step('?', true)
	for i := range len(query) {
		step(query[i], false)
	}
	return reach[len(pattern)]
}

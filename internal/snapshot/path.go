package snapshot

import (
	"slices"
	"strings"
)

// Behaviours are matched on a path's normal form while signatures, cache keys and origin
// requests use the path as sent. An origin may read the path in yet another way: decode
// escapes once more, resolve dots, take a backslash for a slash, drop `;` parameters. So that
// no spelling of a private path slips into a public behaviour, a request must be admitted by
// every restricted behaviour that any plausible reading of its path selects.

// decodeLevels is how many rounds of decoding are read one by one; the fully decoded path is
// read besides.
const decodeLevels = 3

// Normalize returns the form of a raw path on which behaviours are matched: escapes of
// unreserved characters decoded, runs of slashes collapsed, dot segments removed (RFC 3986,
// 6.2.2). It is idempotent.
func Normalize(path string) string {
	if isPlain(path) {
		return path
	}
	return clean(decode(path, isUnreserved))
}

// isPlain reports whether every reading of path is path itself.
func isPlain(path string) bool {
	slash := false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; c {
		case '%', '\\', ';', '?', '#', 0:
			return false
		case '/':
			if slash {
				return false
			}
			slash = true
		case '.':
			if slash {
				return false // maybe a dot segment
			}
		default:
			slash = false
		}
	}
	return true
}

// readings calls yield with path as sent and with every other reading of it, repeats included.
func readings(path string, yield func(string)) {
	yield(path)
	if isPlain(path) {
		return
	}
	yield(Normalize(path))
	forms(path, func(f string) {
		yield(f)
		yield(clean(f))
		yield(removeDots(f))
	})
}

// Resolved returns the readings of a raw path that differ from it because dot segments were
// removed; nil for nearly every path. A signed policy with wildcards has to cover them too, or
// `/a/*` would open `/a/../b` at an origin that resolves dots.
func Resolved(path string) []string {
	if isPlain(path) {
		return nil
	}
	var out []string
	add := func(r string) {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	if strings.Contains(path, "/.") {
		add(Normalize(path))
	}
	forms(path, func(f string) {
		if r := removeDots(f); r != f {
			add(r)
			add(clean(f))
		}
	})
	return out
}

// forms yields path and what an origin may make of it before it resolves slashes and dots:
// decoded so many times, backslashes turned, parameters dropped, cut where a query, a fragment
// or a terminating zero would begin.
func forms(path string, yield func(string)) {
	for range decodeLevels {
		variants(path, yield)
		next := decodeOnce(path)
		if next == path {
			return
		}
		path = next
	}
	variants(decode(path, func(byte) bool { return true }), yield)
}

func variants(path string, yield func(string)) {
	all := []string{path}
	if strings.Contains(path, `\`) {
		all = append(all, strings.ReplaceAll(path, `\`, "/"))
	}
	if strings.Contains(path, ";") {
		for _, f := range all {
			all = append(all, dropParameters(f))
		}
	}
	if strings.ContainsAny(path, "?#\x00") {
		for _, f := range all {
			all = append(all, f[:strings.IndexAny(f+"?", "?#\x00")])
		}
	}
	for _, f := range all {
		yield(f)
	}
}

// decode replaces escapes of the characters that accept allows until none is left, those that
// decoding itself brings forth included: what stays is a fixed point.
func decode(path string, accept func(byte) bool) string {
	if !strings.Contains(path, "%") {
		return path
	}
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		out = append(out, path[i])
		for n := len(out); n >= 3 && out[n-3] == '%'; n = len(out) {
			c, ok := unhex(out[n-2], out[n-1])
			if !ok || !accept(c) {
				break
			}
			out = append(out[:n-3], c)
		}
	}
	return string(out)
}

// decodeOnce decodes every escape once, as an ordinary server does. Malformed ones stay.
func decodeOnce(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			if c, ok := unhex(path[i+1], path[i+2]); ok {
				out = append(out, c)
				i += 2
				continue
			}
		}
		out = append(out, path[i])
	}
	return string(out)
}

// clean collapses runs of slashes, then removes dot segments.
func clean(path string) string {
	if !strings.Contains(path, "//") {
		return removeDots(path)
	}
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		if path[i] != '/' || len(out) == 0 || out[len(out)-1] != '/' {
			out = append(out, path[i])
		}
	}
	return removeDots(string(out))
}

// removeDots removes dot segments (RFC 3986, 5.2.4); empty segments count as segments.
func removeDots(path string) string {
	if !strings.Contains(path, "/.") {
		return path
	}
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	kept := segments[:0]
	for i, s := range segments {
		last := i == len(segments)-1
		switch {
		case s == "..":
			kept = kept[:max(0, len(kept)-1)]
			fallthrough
		case s == ".":
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, s)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// dropParameters cuts every segment at its first semicolon.
func dropParameters(path string) string {
	out := make([]byte, 0, len(path))
	skip := false
	for i := 0; i < len(path); i++ {
		skip = (skip || path[i] == ';') && path[i] != '/'
		if !skip {
			out = append(out, path[i])
		}
	}
	return string(out)
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

func unhex(a, b byte) (byte, bool) {
	hi, ok1 := hexDigit(a)
	lo, ok2 := hexDigit(b)
	return hi<<4 | lo, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

package snapshot

import (
	"slices"
	"strings"
)

// Behaviors are matched on a path's normal form while signatures, cache keys and origin
// requests use the path as sent. An origin may read the path in yet another way: decode
// escapes once more, resolve dots, take a backslash for a slash, drop `;` parameters, and all
// of it again behind a second server. So that no spelling of a private path slips into a public
// behavior, a request must be admitted by every restricted behavior that any reading of its
// path selects. Case is not folded: path patterns are case-sensitive, and so must be origins.

// These bound the work spent on one path, which nobody has signed yet. A path with more or
// longer readings counts as one that may mean anything.
const (
	maxReadings     = 64
	maxReadingBytes = 32 << 10
)

// Normalize returns the form of a raw path on which behaviours are matched: escapes of
// unreserved characters decoded, runs of slashes collapsed, dot segments removed (RFC 3986,
// 6.2.2). It is idempotent.
func Normalize(path string) string {
	if isPlain(path) {
		return path
	}
	return clean(decodeUnreserved(path))
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
	return !slash || len(path) == 1
}

// readings returns path and everything that servers may make of it, by any order of the steps
// they take. all is false when there was more of it than the bounds allow.
func readings(path string) (found []string, all bool) {
	found = []string{path}
	if isPlain(path) {
		return found, true
	}
	size := len(path)
	for i := 0; i < len(found); i++ {
		for _, step := range steps {
			r := step(found[i])
			if r == found[i] || slices.Contains(found, r) {
				continue
			}
			if size += len(r); len(found) == maxReadings || size > maxReadingBytes {
				return found, false
			}
			found = append(found, r)
		}
	}
	return found, true
}

// steps are what a server may do to a path before it looks the result up.
var steps = [...]func(string) string{decodeOnce, decodeUnreserved, turnBackslashes, dropParameters, cut, dropSlash, removeDots, clean}

// Resolved returns the readings of a raw path in which dot segments have been removed; nil for
// nearly every path. A signed policy with wildcards has to cover them too, or `/a/*` would
// open `/a/../b` at an origin that resolves dots. ok is false when there are too many readings.
func Resolved(path string) (out []string, ok bool) {
	if isPlain(path) {
		return nil, true
	}
	all, ok := readings(path)
	for _, f := range all {
		dotless := removeDots(f)
		if dotless == f {
			continue
		}
		// An empty segment counts for some servers; others collapse it first, and `/a//..` is then `/`.
		for _, r := range [...]string{dotless, clean(f)} {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out, ok
}

// decodeUnreserved decodes escapes of unreserved characters until none is left, those that
// decoding itself brings forth included: the result is a fixed point.
func decodeUnreserved(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		out = append(out, path[i])
		for n := len(out); n >= 3 && out[n-3] == '%'; n = len(out) {
			c, ok := unhex(out[n-2], out[n-1])
			if !ok || !isUnreserved(c) {
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

func turnBackslashes(path string) string { return strings.ReplaceAll(path, `\`, "/") }

// cut ends the path where a query, a fragment or a terminating zero would begin.
func cut(path string) string {
	if i := strings.IndexAny(path, "?#\x00"); i >= 0 {
		return path[:i]
	}
	return path
}

// dropSlash takes a final slash away, as servers do that then find a file.
func dropSlash(path string) string {
	if len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}

// dropParameters cuts every segment at its first semicolon.
func dropParameters(path string) string {
	if !strings.Contains(path, ";") {
		return path
	}
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

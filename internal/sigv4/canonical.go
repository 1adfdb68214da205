package sigv4

import (
	"slices"
	"strings"
)

// unescape percent-decodes s, leaving "+" alone. ok is false when an escape is broken.
func unescape(s string) (decoded string, ok bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return s, false
		}
		b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
		i += 2
	}
	return b.String(), true
}

// escape is AWS's UriEncode: every byte outside the unreserved set becomes %XX; "/" is kept in paths.
func escape(s string, keepSlash bool) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isUnreserved(c) || keepSlash && c == '/' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upper[c>>4])
		b.WriteByte(upper[c&15])
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// canonicalPaths returns the canonical URIs a signer may have used for this path, likeliest
// first. They all name the same decoded (for S3) or same normalised path, so that accepting any
// of them widens nothing.
//
// S3: as sent, and decoded then encoded AWS's way, for clients that send "+" or "é" bare but
// sign them encoded. Other services: encoded once more, after removing dot segments and repeated
// slashes (botocore) or without that (the Go SDK).
func canonicalPaths(path string, s3 bool) []string {
	if path == "" {
		path = "/"
	}
	if s3 {
		decoded, ok := unescape(path)
		if !ok {
			return []string{path}
		}
		return distinct(path, escape(decoded, true))
	}
	return distinct(escape(normalize(path), true), escape(path, true))
}

// normalize removes dot segments (RFC 3986, section 5.2.4) and repeated slashes.
func normalize(path string) string {
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
		default:
			kept = append(kept, segment)
		}
	}
	out := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && (strings.HasSuffix(path, "/") || strings.HasSuffix(path, "/.") || strings.HasSuffix(path, "/..")) {
		out += "/"
	}
	return out
}

// canonicalQueries returns the canonical query strings a signer may have used: decoded and
// encoded AWS's way (with "+" read as a space, as those who parse the query after us do), and
// the pairs as sent (botocore). presigned leaves X-Amz-Signature out.
func canonicalQueries(raw string, presigned bool) []string {
	type pair struct{ name, value string }
	var encoded, asSent []pair
	broken := false
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		plainName, ok1 := unescape(strings.ReplaceAll(name, "+", " "))
		plainValue, ok2 := unescape(strings.ReplaceAll(value, "+", " "))
		broken = broken || !ok1 || !ok2
		if presigned && plainName == "X-Amz-Signature" {
			continue
		}
		asSent = append(asSent, pair{name, value})
		encoded = append(encoded, pair{escape(plainName, false), escape(plainValue, false)})
	}
	join := func(pairs []pair) string {
		slices.SortFunc(pairs, func(a, b pair) int {
			if c := strings.Compare(a.name, b.name); c != 0 {
				return c
			}
			return strings.Compare(a.value, b.value)
		})
		var b strings.Builder
		for i, p := range pairs {
			if i > 0 {
				b.WriteByte('&')
			}
			b.WriteString(p.name + "=" + p.value)
		}
		return b.String()
	}
	if broken {
		return []string{join(asSent)}
	}
	return distinct(join(encoded), join(asSent))
}

// canonicalHeaders writes "name:value\n" for each signed header, values trimmed, inner runs of
// spaces collapsed, repeats joined by commas.
func canonicalHeaders(r *Request, names []string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name)
		b.WriteByte(':')
		if name == "host" {
			b.WriteString(trimAll(r.Host))
		} else {
			for i, v := range r.Header(name) {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(trimAll(v))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// trimAll removes white space around a header value and collapses spaces inside it.
func trimAll(s string) string {
	s = strings.Trim(s, " \t\r\n")
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

func distinct(a, b string) []string {
	if a == b {
		return []string{a}
	}
	return []string{a, b}
}

func sortedUnique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

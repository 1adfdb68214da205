package httpcache

import (
	"slices"
	"strconv"
	"strings"
)

// VaryNames returns the request fields a response was selected by: lower case, sorted, each
// once; nil for none. "*" is among them when it is there (RFC 9111, 4.1).
func VaryNames(h Header) []string {
	var names []string
	elements(h.Values("Vary"), func(e string) {
		if name := strings.ToLower(e); !slices.Contains(names, name) {
			names = append(names, name)
		}
	})
	slices.Sort(names)
	return names
}

// AppendVariant appends to a primary cache key what tells the variants of one resource apart:
// the selecting fields of the request, normalised. values returns the lines of a field, none
// when the request lacks it. Every part carries its length, so that no two requests that
// differ share a key (RFC 9111, 4.1).
func AppendVariant(k []byte, names []string, values func(name string) []string) []byte {
	k = append(k, " vary"...)
	for _, name := range names {
		k = strconv.AppendInt(append(k, ' '), int64(len(name)), 10)
		k = append(append(k, ':'), name...)
		lines := values(name)
		if len(lines) == 0 {
			continue
		}
		value := selecting(name, lines)
		k = strconv.AppendInt(append(k, ':'), int64(len(value)), 10)
		k = append(append(k, ':'), value...)
	}
	return k
}

// selecting normalises a field as section 4.1 allows: lines joined, blanks around commas
// dropped, and for Accept-Language, whose case and order mean nothing, those too.
func selecting(name string, lines []string) string {
	var parts []string
	elements(lines, func(e string) { parts = append(parts, e) })
	if name == "accept-language" {
		for i, e := range parts {
			parts[i] = strings.ToLower(strings.NewReplacer(" ", "", "\t", "").Replace(e))
		}
		slices.Sort(parts)
	}
	return strings.Join(parts, ",")
}

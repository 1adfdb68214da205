// Package httpcache decides what a shared HTTP cache may do: store, reuse,
// validate, serve stale, answer conditions and ranges. It follows RFC 9111,
// RFC 9110 and RFC 5861 and CloudFront's TTL matrix where CloudFront is
// stricter or more generous. Pure functions only: no I/O, no clock, no
// goroutines; the time is always an argument.
package httpcache

import "strings"

// Field is one header field line. Names keep the case they came with.
type Field struct {
	Name, Value string
}

// Header is an ordered list of field lines. Look-ups ignore the case of names.
// A nil Header is empty. Methods that change it work as append does: use the
// result.
type Header []Field

// Get returns the value of the first line called name, or "".
func (h Header) Get(name string) string {
	for i := range h {
		if equalFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// Has reports whether a line called name is present.
func (h Header) Has(name string) bool {
	for i := range h {
		if equalFold(h[i].Name, name) {
			return true
		}
	}
	return false
}

// Values returns the values of all lines called name, in order. It returns nil
// without allocating when there are none.
func (h Header) Values(name string) []string {
	var out []string
	for i := range h {
		if equalFold(h[i].Name, name) {
			out = append(out, h[i].Value)
		}
	}
	return out
}

// Joined returns all values called name joined by ", " (RFC 9110, 5.3).
func (h Header) Joined(name string) string {
	values := h.Values(name)
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values, ", ")
}

// Set replaces the first line called name by value, keeping its place, removes
// further ones, and appends a line when there was none. h is changed in place.
func (h Header) Set(name, value string) Header {
	out := h[:0]
	done := false
	for _, f := range h {
		if !equalFold(f.Name, name) {
			out = append(out, f)
		} else if !done {
			out = append(out, Field{f.Name, value})
			done = true
		}
	}
	if !done {
		out = append(out, Field{name, value})
	}
	return out
}

// Add appends one line.
func (h Header) Add(name, value string) Header {
	return append(h, Field{name, value})
}

// Del removes all lines called name. h is changed in place.
func (h Header) Del(name string) Header {
	out := h[:0]
	for _, f := range h {
		if !equalFold(f.Name, name) {
			out = append(out, f)
		}
	}
	return out
}

// Clone returns a copy that shares nothing but the strings.
func (h Header) Clone() Header {
	return append(make(Header, 0, len(h)+2), h...)
}

// equalFold compares field names: ASCII only, length first because most
// comparisons end there.
func equalFold(a, b string) bool {
	return len(a) == len(b) && strings.EqualFold(a, b)
}

// elements calls yield for each comma-separated element of the values, blanks
// trimmed, empty ones skipped, commas inside quoted strings kept
// (RFC 9110, 5.6.1).
func elements(values []string, yield func(string)) {
	for _, v := range values {
		for len(v) > 0 {
			var e string
			e, v = cutElement(v)
			if e != "" {
				yield(e)
			}
		}
	}
}

// cutElement splits v after its first list element.
func cutElement(v string) (element, rest string) {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch {
		case quoted && v[i] == '\\':
			i++
		case v[i] == '"':
			quoted = !quoted
		case v[i] == ',' && !quoted:
			return trim(v[:i]), v[i+1:]
		}
	}
	return trim(v), ""
}

// trim removes optional white space (RFC 9110, 5.6.3).
func trim(s string) string { return strings.Trim(s, " \t") }

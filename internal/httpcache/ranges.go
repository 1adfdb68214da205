package httpcache

import (
	"strconv"
	"strings"
)

// Range is one byte range as the viewer asked for it (RFC 9110, 14.1.2).
// Exactly one of the forms holds: First-Last, First- (Last is -1) or the last
// Suffix bytes (First is -1).
type Range struct {
	First, Last, Suffix int64
}

// ParseRange reads a Range header. ok is false, and the whole representation
// is the answer, when it is absent, malformed, of another unit, descending or
// names several ranges, as CloudFront does.
func ParseRange(value string) (r Range, ok bool) {
	unit, set, found := strings.Cut(value, "=")
	if !found || !equalFold(trim(unit), "bytes") {
		return Range{}, false
	}
	first, last, found := strings.Cut(trim(set), "-")
	if !found {
		return Range{}, false
	}
	first, last = trim(first), trim(last)
	if first == "" {
		n, ok := parsePosition(last)
		return Range{First: -1, Last: -1, Suffix: n}, ok
	}
	r = Range{Last: -1}
	if r.First, ok = parsePosition(first); !ok {
		return Range{}, false
	}
	if last == "" {
		return r, true
	}
	if r.Last, ok = parsePosition(last); !ok || r.Last < r.First {
		return Range{}, false
	}
	return r, true
}

// parsePosition reads a byte position: digits only, saturating at the largest
// int64.
func parsePosition(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 1<<63 - 1, true
	}
	return n, true
}

// Span is the outcome of a range request against a representation.
type Span uint8

const (
	SpanWhole         Span = iota // 200 with everything
	SpanPartial                   // 206 with first..last
	SpanUnsatisfiable             // 416 with Content-Range: bytes */length
)

// Resolve applies the range to a representation of length bytes, which must be
// known. first and last are inclusive and meaningful for SpanPartial only.
func (r Range) Resolve(length int64) (span Span, first, last int64) {
	switch {
	case r.First < 0 && r.Suffix == 0:
		return SpanUnsatisfiable, 0, 0
	case r.First < 0 && length == 0:
		return SpanWhole, 0, 0
	case r.First < 0:
		return SpanPartial, max(length-r.Suffix, 0), length - 1
	case r.First >= length:
		return SpanUnsatisfiable, 0, 0
	case r.Last < 0 || r.Last >= length:
		return SpanPartial, r.First, length - 1
	}
	return SpanPartial, r.First, r.Last
}

// ContentRange writes the Content-Range of a 206.
func ContentRange(first, last, length int64) string {
	return string(AppendContentRange(make([]byte, 0, 48), first, last, length))
}

// AppendContentRange appends what ContentRange returns.
func AppendContentRange(b []byte, first, last, length int64) []byte {
	b = append(b, "bytes "...)
	b = strconv.AppendInt(b, first, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, last, 10)
	b = append(b, '/')
	return strconv.AppendInt(b, length, 10)
}

// UnsatisfiedRange writes the Content-Range of a 416.
func UnsatisfiedRange(length int64) string {
	return "bytes */" + strconv.FormatInt(length, 10)
}

// Extent is the place of a 206 body inside its representation.
type Extent struct {
	First, Last, Length int64 // inclusive positions and the complete length
}

// ParseContentRange reads the Content-Range of a 206. An unknown complete
// length ("*") is refused: such a part cannot be combined with others.
func ParseContentRange(value string) (Extent, bool) {
	rest, found := strings.CutPrefix(value, "bytes ")
	if !found {
		return Extent{}, false
	}
	span, total, found := strings.Cut(trim(rest), "/")
	first, last, found2 := strings.Cut(span, "-")
	if !found || !found2 {
		return Extent{}, false
	}
	var e Extent
	var ok1, ok2, ok3 bool
	e.First, ok1 = parsePosition(first)
	e.Last, ok2 = parsePosition(last)
	e.Length, ok3 = parsePosition(total)
	return e, ok1 && ok2 && ok3 && e.First <= e.Last && e.Last < e.Length
}

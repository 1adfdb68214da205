package objects

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/versity/versitygw/s3err"
)

// span is a run of bytes of an object. Partial means the request named it, so
// that the answer is 206 with a Content-Range.
type span struct {
	Offset, Length int64
	Partial        bool
}

// contentRange is the Content-Range value of a partial span, else nil.
func (r span) contentRange(size int64) *string {
	if !r.Partial {
		return nil
	}
	v := fmt.Sprintf("bytes %d-%d/%d", r.Offset, r.Offset+r.Length-1, size)
	return &v
}

// parseRange reads a Range header for an object of size bytes as S3 does: one
// range of bytes is honoured, anything else (several ranges, other units,
// nonsense) means the whole object, and a range beyond the end is
// InvalidRange (416).
func parseRange(header string, size int64) (span, error) {
	whole := span{Length: size}
	spec, ok := strings.CutPrefix(strings.TrimSpace(header), "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return whole, nil
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok {
		return whole, nil
	}
	if first == "" {
		n, ok := parseOffset(last)
		if !ok {
			return whole, nil
		}
		if n == 0 || size == 0 {
			return span{}, s3err.GetInvalidRangeErr(header, size)
		}
		n = min(n, size)
		return span{Offset: size - n, Length: n, Partial: true}, nil
	}
	start, ok := parseOffset(first)
	if !ok {
		return whole, nil
	}
	end := size - 1
	if last != "" {
		n, ok := parseOffset(last)
		if !ok || n < start {
			return whole, nil
		}
		end = min(n, end)
	}
	if start >= size {
		return span{}, s3err.GetInvalidRangeErr(header, size)
	}
	return span{Offset: start, Length: end - start + 1, Partial: true}, nil
}

// parseOffset reads a run of decimal digits; more than fit an int64 count as
// the largest.
func parseOffset(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, _ := strconv.ParseInt(s, 10, 64) // out of range yields the largest
	return n, true
}

// partSpan is the span of one part, counted from 1, of a version.
func partSpan(v *version, man manifest, number int32) (span, error) {
	parts := max(v.Parts, 1)
	if number < 1 || int(number) > parts {
		return span{}, s3err.GetInvalidPartNumberRangeErr(int32(parts), number)
	}
	if v.Parts == 0 {
		return span{Length: v.Size, Partial: v.Size > 0}, nil
	}
	p := man.part(int(number) - 1)
	return span{Offset: p.Start, Length: p.End - p.Start, Partial: p.End > p.Start}, nil
}

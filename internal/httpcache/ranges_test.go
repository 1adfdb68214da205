package httpcache

import (
	"math"
	"testing"
)

// RFC 9110, 14.1.2 and 14.4; CloudFront: whatever is odd gets the whole.
func TestRange(t *testing.T) {
	const big = math.MaxInt64
	for _, c := range []struct {
		value       string
		length      int64
		want        Span
		first, last int64
	}{
		{"", 100, SpanWhole, 0, 0},
		{"bytes=0-9", 100, SpanPartial, 0, 9},
		{"bytes=10-10", 100, SpanPartial, 10, 10},
		{"BYTES=0-9", 100, SpanPartial, 0, 9},
		{"bytes= 0-9 ", 100, SpanPartial, 0, 9},
		{"bytes=50-", 100, SpanPartial, 50, 99},
		{"bytes=0-", 100, SpanPartial, 0, 99},
		{"bytes=90-200", 100, SpanPartial, 90, 99},
		{"bytes=0-99999999999999999999999", 100, SpanPartial, 0, 99},
		{"bytes=-10", 100, SpanPartial, 90, 99},
		{"bytes=-200", 100, SpanPartial, 0, 99},
		{"bytes=-99999999999999999999999", 100, SpanPartial, 0, 99},
		{"bytes=100-", 100, SpanUnsatisfiable, 0, 0},
		{"bytes=100-200", 100, SpanUnsatisfiable, 0, 0},
		{"bytes=99999999999999999999999-", 100, SpanUnsatisfiable, 0, 0},
		{"bytes=-0", 100, SpanUnsatisfiable, 0, 0},
		{"bytes=0-", 0, SpanUnsatisfiable, 0, 0},
		{"bytes=0-0", 0, SpanUnsatisfiable, 0, 0},
		{"bytes=-1", 0, SpanWhole, 0, 0},
		{"bytes=0-", big, SpanPartial, 0, big - 1},
		{"bytes=9-0", 100, SpanWhole, 0, 0},
		{"bytes=0-9,20-29", 100, SpanWhole, 0, 0},
		{"bytes=0-9,", 100, SpanWhole, 0, 0},
		{"bytes=", 100, SpanWhole, 0, 0},
		{"bytes=-", 100, SpanWhole, 0, 0},
		{"bytes=a-b", 100, SpanWhole, 0, 0},
		{"bytes=1-+5", 100, SpanWhole, 0, 0},
		{"bytes=+1-5", 100, SpanWhole, 0, 0},
		{"bytes=--5", 100, SpanWhole, 0, 0},
		{"bytes=1-2-3", 100, SpanWhole, 0, 0},
		{"bytes=5", 100, SpanWhole, 0, 0},
		{"bytes 0-9", 100, SpanWhole, 0, 0},
		{"lines=0-9", 100, SpanWhole, 0, 0},
		{"0-9", 100, SpanWhole, 0, 0},
	} {
		span, first, last := SpanWhole, int64(0), int64(0)
		if r, ok := ParseRange(c.value); ok {
			span, first, last = r.Resolve(c.length)
		}
		if span != c.want || first != c.first || last != c.last {
			t.Errorf("%q of %d: %d %d-%d, want %d %d-%d", c.value, c.length, span, first, last, c.want, c.first, c.last)
		}
	}
	if got := ContentRange(5, 9, 100); got != "bytes 5-9/100" {
		t.Error(got)
	}
	if got := UnsatisfiedRange(100); got != "bytes */100" {
		t.Error(got)
	}
}

func TestParseContentRange(t *testing.T) {
	for value, want := range map[string]Extent{
		"bytes 0-9/100": {0, 9, 100}, "bytes 99-99/100": {99, 99, 100},
		"bytes 0-9/*": {}, "bytes */100": {}, "bytes 9-0/100": {}, "bytes 0-100/100": {}, "0-9/100": {}, "": {}, "bytes 0-9": {}, "bytes -9/100": {},
	} {
		got, ok := ParseContentRange(value)
		if ok != (want != Extent{}) || (ok && got != want) {
			t.Errorf("%q: %+v %v", value, got, ok)
		}
	}
}

// Whatever a viewer sends, a partial answer lies within the representation.
func FuzzRange(f *testing.F) {
	for _, s := range []string{"bytes=0-9", "bytes=-5", "bytes=5-", "bytes=9-1", "bytes=0-1,2-3", "bytes=-0", "bytes=18446744073709551615-"} {
		f.Add(s, int64(100))
	}
	f.Fuzz(func(t *testing.T, s string, length int64) {
		if length < 0 {
			return
		}
		r, ok := ParseRange(s)
		if !ok {
			return
		}
		span, first, last := r.Resolve(length)
		if span == SpanPartial && (first < 0 || first > last || last >= length) {
			t.Fatalf("%q of %d: %d-%d", s, length, first, last)
		}
		if span == SpanPartial {
			e, ok := ParseContentRange(ContentRange(first, last, length))
			if !ok || e != (Extent{first, last, length}) {
				t.Fatalf("Content-Range of %d-%d/%d reads as %+v", first, last, length, e)
			}
		}
	})
}

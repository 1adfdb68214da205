package accesslog

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the record as one JSON object without a line end. Empty fields are left
// out; bytes that are not UTF-8 are written as U+FFFD.
func (r *Record) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"date-time":"`...)
	dst = r.Begin.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	dst = append(dst, '"')
	for f := range numFields {
		if s := r.text[f]; s.from != s.to {
			dst = append(dst, ',', '"')
			dst = append(dst, names[f]...)
			dst = append(dst, '"', ':')
			dst = appendString(dst, r.buf[s.from:s.to])
		}
	}
	if r.ClientPort != 0 {
		dst = appendInt(dst, "c-port", int64(r.ClientPort))
	}
	dst = appendInt(dst, "sc-status", int64(r.Status))
	if r.OriginStatus != 0 {
		dst = appendInt(dst, "origin-status", int64(r.OriginStatus))
	}
	dst = appendInt(dst, "sc-bytes", r.BytesSent)
	dst = appendInt(dst, "cs-bytes", r.BytesReceived)
	dst = appendSeconds(dst, "time-taken", r.TimeTaken)
	dst = appendSeconds(dst, "time-to-first-byte", r.TimeToFirstByte)
	return append(dst, '}')
}

func appendInt(dst []byte, name string, v int64) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return strconv.AppendInt(dst, v, 10)
}

// appendSeconds writes a duration as seconds with microseconds.
func appendSeconds(dst []byte, name string, d time.Duration) []byte {
	us := max(d.Microseconds(), 0)
	dst = appendInt(dst, name, us/1e6)
	frac := us % 1e6
	dst = append(dst, '.')
	for unit := int64(1e5); unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+frac/unit%10))
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// plain marks the bytes that stand for themselves in a JSON string.
var plain = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// appendString writes s as a JSON string: quotes, backslashes and control characters escaped.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if r, n := utf8.DecodeRune(s[i:]); r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch {
		case c >= utf8.RuneSelf:
			dst = append(dst, `\ufffd`...)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

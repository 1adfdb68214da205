package signedurl

import (
	"encoding/base64"
	"slices"
)

// alphabet is MIME base64 with "+" written "-" and "/" written "~"; "=" is written "_". It is
// not RFC 4648's URL-safe alphabet, where "_" stands for "/".
const (
	alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~"
	padding  = '_'
)

// encoder writes values; reading is appendDecoded, which also undoes percent-encoding.
var encoder = base64.NewEncoding(alphabet).WithPadding(padding)

// sextets maps a byte to its value in alphabet plus one; zero means outside the alphabet.
var sextets = func() (t [256]byte) {
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i) + 1
	}
	return t
}()

// appendDecoded appends the decoded form of s, or reports that s is not properly encoded and
// padded. Percent-escapes are undone first, because form-encoding clients send "~" as "%7E".
func appendDecoded(dst []byte, s string) ([]byte, bool) {
	dst = slices.Grow(dst, len(s)/4*3)
	out, end := dst[:cap(dst)], len(dst)
	i := 0
	for ; i+4 <= len(s); i += 4 { // whole groups without escapes or padding
		a, b, c, d := sextets[s[i]], sextets[s[i+1]], sextets[s[i+2]], sextets[s[i+3]]
		if a == 0 || b == 0 || c == 0 || d == 0 {
			break
		}
		group := uint32(a-1)<<18 | uint32(b-1)<<12 | uint32(c-1)<<6 | uint32(d-1)
		out[end], out[end+1], out[end+2] = byte(group>>16), byte(group>>8), byte(group)
		end += 3
	}
	dst = out[:end]
	var group uint32
	n, pads := i, 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return dst, false
			}
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		v := sextets[c]
		switch {
		case c == padding:
			pads++
		case v == 0 || pads > 0:
			return dst, false
		default:
			group |= uint32(v - 1)
		}
		if n++; n%4 == 0 {
			if pads > 2 {
				return dst, false
			}
			whole := [3]byte{byte(group >> 16), byte(group >> 8), byte(group)}
			dst = append(dst, whole[:3-pads]...)
			group = 0
			continue
		}
		group <<= 6
	}
	return dst, n > 0 && n%4 == 0
}

// percentDecode undoes percent-encoding; a broken escape is kept as it is.
func percentDecode(s string) string {
	i := 0
	for ; i < len(s) && s[i] != '%'; i++ {
	}
	if i == len(s) {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:i]...)
	for ; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return string(out)
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

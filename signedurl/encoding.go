package signedurl

import "encoding/base64"

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
	var group uint32
	n, pads := 0, 0
	for i := 0; i < len(s); i++ {
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

package signedurl

import (
	"errors"
	"strings"
)

// NewRequest describes the request that a browser makes for a URL: the fragment is left out,
// scheme and host are written in lower case and without the default port, and characters that
// may not stand in a request are percent-encoded (WHATWG URL Standard, 4.4). cookie is the
// Cookie field, or "".
func NewRequest(rawURL, cookie string) (Request, error) {
	rawURL, _, _ = strings.Cut(strings.TrimSpace(rawURL), "#")
	scheme, rest, ok := strings.Cut(rawURL, "://")
	r := Request{Scheme: strings.ToLower(scheme), Cookie: cookie}
	if !ok || r.Scheme != "http" && r.Scheme != "https" {
		return r, errors.New("signedurl: the URL must begin with http:// or https://")
	}
	end := strings.IndexAny(rest, `/?\`)
	if end < 0 {
		end = len(rest)
	}
	r.Host = strings.ToLower(rest[:end])
	r.Host = strings.TrimSuffix(r.Host, map[string]string{"http": ":80", "https": ":443"}[r.Scheme])
	for _, c := range []byte(r.Host) {
		if c <= ' ' || c >= 0x7f || c == '@' || c == '"' {
			return r, errors.New("signedurl: the URL's host is not a name and a port")
		}
	}
	if r.Host == "" {
		return r, errors.New("signedurl: the URL has no host")
	}
	r.Path, r.RawQuery, _ = strings.Cut(rest[end:], "?")
	r.Path = encodeWire(strings.ReplaceAll(r.Path, `\`, "/"), "\"<>`{}")
	if r.Path == "" {
		r.Path = "/"
	}
	r.RawQuery = encodeWire(r.RawQuery, `"<>`) // browsers encode ' too, other viewers do not
	return r, nil
}

// encodeWire percent-encodes controls, blanks, non-ASCII bytes and those of more.
func encodeWire(s, more string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(more, c) >= 0 {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

package listener

import "strings"

// originForm returns the request target in origin form ("/path?query") or "*", byte for
// byte as received but for the scheme and authority of an absolute form, which must name the
// same authority as the Host field (RFC 9112, 3.2). ok is false for anything else: another
// authority, the authority form of CONNECT, or bytes that a URI cannot hold raw and that
// would split a request line.
func originForm(method, target, host string) (form string, ok bool) {
	if strings.HasPrefix(target, "/") {
		return target, printable(target)
	}
	if target == "*" {
		return target, method == "OPTIONS"
	}
	scheme, rest, found := strings.Cut(target, "://")
	if !found || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	if end == 0 || !strings.EqualFold(rest[:end], host) {
		return "", false
	}
	form = rest[end:]
	if !strings.HasPrefix(form, "/") {
		form = "/" + form
	}
	return form, printable(form)
}

// printable reports whether s is free of spaces and control characters.
func printable(s string) bool {
	if visible(s) { // nearly all
		return true
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// validHost reports whether a Host field or :authority is made of the characters of
// uri-host and port (RFC 3986, 3.2) and nothing else: no user information, no path.
func validHost(host string) bool {
	for i := range len(host) {
		c := host[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-':
		case strings.IndexByte("-._~!$&'()*+,;=:[]%", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// hostname is host without its port.
func hostname(host string) string {
	colon := strings.LastIndexByte(host, ':')
	if colon < 0 || strings.IndexByte(host[colon:], ']') >= 0 {
		return host
	}
	return host[:colon]
}

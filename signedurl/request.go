package signedurl

import (
	"net/http"
	"strconv"
	"strings"
)

// Request is the part of a viewer's request that signed access looks at, exactly as received:
// decoding, cleaning or re-encoding any of it breaks true signatures.
type Request struct {
	// Scheme is "http" or "https", as the viewer used it.
	Scheme string
	// Host is the Host header or :authority, port included when one was sent.
	Host string
	// Path is percent-encoded as on the request line, beginning with "/".
	Path string
	// RawQuery is the query without "?".
	RawQuery string
	// Cookie is the Cookie header. Several are joined with "; " (RFC 9113, section 8.2.3).
	Cookie string
	// OwnPorts are the ports the server counts as its own. CloudFront only has 80 and 443, so
	// links are usually made without a port; when Host ends in one of these, a signature for
	// the same URL without the port is admitted too.
	OwnPorts []uint16
}

// FromHTTP describes a request received by net/http. The scheme comes from r.TLS; set it anew
// when TLS ends before this process.
func FromHTTP(r *http.Request) Request {
	q := Request{Scheme: "http", Host: r.Host, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery}
	if r.TLS != nil {
		q.Scheme = "https"
	}
	if strings.HasPrefix(r.RequestURI, "/") {
		q.Path, q.RawQuery, _ = strings.Cut(r.RequestURI, "?")
	}
	switch cookies := r.Header["Cookie"]; len(cookies) {
	case 0:
	case 1:
		q.Cookie = cookies[0]
	default:
		q.Cookie = strings.Join(cookies, "; ")
	}
	return q
}

// URL is what was asked for, in parts, without the signing parameters.
type URL struct {
	Scheme, Host string
	// AltHost is a second spelling of Host that signatures may use: without the server's own
	// port. Empty when there is none.
	AltHost string
	// Path is percent-encoded.
	Path string
	// Query is as sent, less the reserved parameters; empty when none is left, and then there is
	// no "?" either.
	Query string
}

// String returns the URL as a signer writes it.
func (u *URL) String() string {
	s := u.Scheme + "://" + u.Host + u.Path
	if u.Query != "" {
		s += "?" + u.Query
	}
	return s
}

// equals reports whether raw is the URL, under either spelling of its host.
func (u *URL) equals(raw string) bool {
	rest, ok := strings.CutPrefix(raw, u.Scheme)
	if ok {
		rest, ok = strings.CutPrefix(rest, "://")
	}
	if !ok {
		return false
	}
	for _, host := range [...]string{u.Host, u.AltHost} {
		tail, ok := strings.CutPrefix(rest, host)
		if !ok || host == "" {
			continue
		}
		if tail, ok = strings.CutPrefix(tail, u.Path); !ok {
			continue
		}
		if tail == "" && u.Query == "" || u.Query != "" && len(tail) > 0 && tail[0] == '?' && tail[1:] == u.Query {
			return true
		}
	}
	return false
}

// withoutOwnPort returns host less its port when that is one of ports, else "".
func withoutOwnPort(host string, ports []uint16) string {
	i := strings.LastIndexByte(host, ':')
	if i <= 0 || len(ports) == 0 {
		return ""
	}
	port, err := strconv.ParseUint(host[i+1:], 10, 16)
	if err != nil || host[i+1] == '0' { // ":08443" is nobody's way to write a port
		return ""
	}
	for _, p := range ports {
		if uint64(p) == port {
			return host[:i]
		}
	}
	return ""
}

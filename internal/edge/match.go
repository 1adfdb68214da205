package edge

import "strings"

// maxURLBytes is the longest request target (Developer Guide, "Maximum length of a URL").
const maxURLBytes = 8192

// match finds the distribution and the behavior, and refuses what no distribution could serve.
func (e *Edge) match(x *exchange) *failure {
	req := x.req
	x.dist = x.snap.Host(req.Host)
	x.path, x.query, _ = strings.Cut(req.Target, "?")
	if x.dist != nil && (!plainHost(req.Host) || !strings.HasPrefix(req.Target, "/") || !printable(req.Target)) {
		x.dist = nil // nothing of such a request is to be trusted, its host least of all
	}
	switch {
	case len(req.Target) > maxURLBytes:
		return &failure{status: 414, cause: "The URL is longer than 8192 bytes.", detail: InvalidRequest}
	case x.dist == nil:
		return &failure{status: 403, cause: "Bad request.", detail: InvalidRequest}
	case strings.Contains(x.headers.via, x.dist.Via):
		return &failure{status: 508, cause: "The request has passed this edge before: an origin of the distribution leads back to it.", detail: OriginError, plain: true}
	case req.Body != nil && (req.Method == "GET" || req.Method == "HEAD"):
		return &failure{status: 403, cause: "Bad request.", detail: InvalidRequest, plain: true}
	}
	x.behavior, x.also = x.dist.Select(x.path)
	return nil
}

// plainHost reports whether a Host field holds nothing but a name or address and a port.
func plainHost(host string) bool {
	for i := 0; i < len(host); i++ {
		c := host[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' && c != ':' {
			return false
		}
	}
	return true
}

// printable reports whether a target is free of blanks and control characters, which separate
// the parts of cache keys, request lines and header fields.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

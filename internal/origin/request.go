package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

var errUpgrade = errors.New("the origin switched protocols unasked")

// hopByHop are fields of one connection, which never cross to another (RFC 9110, 7.6.1).
var hopByHop = []string{"Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// build makes the request to be sent: the target byte for byte, the viewer's fields that the
// edge forwards, then the origin's custom headers, then a signature.
func (c *Client) build(ctx context.Context, o *Origin, r *Request, to route) (*http.Request, error) {
	if err := checkTarget(r.Target); err != nil {
		return nil, &Error{Cause: Invalid, Origin: o.Domain, Err: err}
	}
	target := to.prefix + o.Path + r.Target
	req := (&http.Request{
		Method:     r.Method,
		URL:        exactURL(to, target),
		Host:       to.host,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1,
		Header: headerOf(o, r),
		Body:   http.NoBody,
	}).WithContext(ctx)
	if r.Body != nil && r.ContentLength != 0 {
		req.Body, req.ContentLength = io.NopCloser(r.Body), r.ContentLength
	}
	if err := c.sign(ctx, o, req, to, target); err != nil {
		return nil, &Error{Cause: Invalid, Origin: o.Domain, Err: err}
	}
	return req, nil
}

func headerOf(o *Origin, r *Request) http.Header {
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	for _, name := range hopByHop {
		h.Del(name)
	}
	for _, f := range o.CustomHeaders {
		h.Set(f.Name, f.Value)
	}
	if _, ok := h["User-Agent"]; !ok {
		h["User-Agent"] = []string{""} // net/http would name itself
	}
	return h
}

// checkTarget refuses what would not be one request line: bytes that end or split it.
func checkTarget(target string) error {
	if !strings.HasPrefix(target, "/") {
		return fmt.Errorf("target %.40q does not begin with a slash", target)
	}
	for i := range len(target) {
		if b := target[i]; b <= ' ' || b == 0x7f {
			return fmt.Errorf("target has the byte %#02x", b)
		}
	}
	return nil
}

// exactURL makes a URL that net/http writes as target, byte for byte. Opaque does that, but
// for one that begins with two slashes, which net/http would take for an authority: there
// the path form serves unless net/http would escape it anew, and then the absolute form,
// which every HTTP/1.1 server takes (RFC 9112, 3.2.2).
func exactURL(to route, target string) *url.URL {
	path, query, hasQuery := strings.Cut(target, "?")
	u := &url.URL{Scheme: to.scheme, Host: to.addr, Opaque: path, RawQuery: query, ForceQuery: hasQuery}
	if !strings.HasPrefix(path, "//") {
		return u
	}
	if decoded, err := url.PathUnescape(path); err == nil {
		byPath := &url.URL{Scheme: to.scheme, Host: to.addr, Path: decoded, RawPath: path, RawQuery: query, ForceQuery: hasQuery}
		if byPath.EscapedPath() == path {
			return byPath
		}
	}
	u.Opaque = "//" + to.host + path
	return u
}

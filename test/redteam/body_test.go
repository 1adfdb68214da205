package redteam

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Request bodies that are none are the viewer's fault, and never the beginning of another
// request at the origin.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	port := w.origin(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.RequestURI, "smuggled") {
			t.Errorf("the origin saw %s %s", r.Method, r.RequestURI)
		}
		body, err := io.ReadAll(r.Body)
		if err == nil && string(body) != "hello" {
			t.Errorf("the origin saw a whole body %q", body)
		}
	})
	s := w.distribution([]string{customOrigin("o", port)}, behavior("o", allMethods+legacy), "")
	const inner = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, rest := range map[string]string{
		"bare line feeds": "5\nhello\n0\n\n", "hexadecimal prefix": "0x5\r\nhello\r\n0\r\n\r\n", "negative": "-5\r\nhello\r\n0\r\n\r\n",
		"overflow": "fffffffffffffffff\r\nhello\r\n0\r\n\r\n", "no line end": "5\r\nhelloXX0\r\n\r\n", "empty size": "\r\nhello\r\n0\r\n\r\n",
		"wraps around": "10000000000000005\r\nhello\r\n0\r\n\r\n" + inner, "blank size": " 5\r\nhello\r\n0\r\n\r\n",
	} {
		if a := s.do("POST", "/x", "Transfer-Encoding: chunked", "", rest); a.status != 400 && a.status != 0 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	for name, fields := range map[string]string{
		"both framings": "Content-Length: 5\r\nTransfer-Encoding: chunked", "two lengths": "Content-Length: 5\r\nContent-Length: 6", "a list": "Content-Length: 5, 5",
		"a sign": "Content-Length: +5", "hexadecimal": "Content-Length: 0x5", "below zero": "Content-Length: -2", "unknown coding": "Transfer-Encoding: xchunked",
		"two codings": "Transfer-Encoding: chunked, chunked", "identity": "Transfer-Encoding: identity\r\nContent-Length: 5", "vertical tab": "Transfer-Encoding: \vchunked",
		"space before colon": "Transfer-Encoding : chunked", "folded": "Transfer-Encoding:\r\n chunked", "two lines": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
	} {
		if a := s.do("POST", "/x", fields, "", "0\r\n\r\n"+inner); a.status != 400 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := s.do("POST", "/x", "Transfer-Encoding: chunked", "", "5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"); a.status != 200 {
		t.Errorf("an extension and a trailer: %d", a.status)
	}
}

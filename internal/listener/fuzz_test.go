package listener

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
)

func FuzzProxyHeader(f *testing.F) {
	f.Add(proxyHeader(0x21, 0x11, v4, tlv(tlvAuthority, []byte("h")), tlv(tlvSSL, []byte{1, 0, 0, 0, 0})))
	f.Add(proxyHeader(0x21, 0x21, v6, tlv(tlvSSL, append([]byte{1, 0, 0, 0, 0}, tlv(tlvSSLVersion, []byte("TLSv1.3"))...))))
	f.Add(proxyHeader(0x20, 0x00, nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := bytes.NewReader(raw)
		p, err := readProxyHeader(r)
		if err != nil {
			return
		}
		if !p.local && (!p.src.Addr().IsValid() || !p.dst.Addr().IsValid()) {
			t.Errorf("accepted without addresses: %+v", p)
		}
		if read := len(raw) - r.Len(); read > proxyHeadBytes+maxProxyBytes {
			t.Errorf("read %d bytes", read)
		}
	})
}

func FuzzOriginForm(f *testing.F) {
	for _, s := range []string{"/", "/a?b", "*", "http://h", "http://h/a", "HTTPS://h?x", "http://u@h/", "//h/", "h:443", "http:///x", "http://h#f"} {
		f.Add("GET", s, "h")
	}
	f.Fuzz(func(t *testing.T, method, target, host string) {
		form, ok := originForm(method, target, host)
		if !ok {
			return
		}
		if form != "*" && !strings.HasPrefix(form, "/") || !printable(form) {
			t.Errorf("%q became %q", target, form)
		}
		if strings.HasPrefix(target, "/") && form != target {
			t.Errorf("%q was changed to %q", target, form)
		}
		if form != "*" && !strings.HasSuffix("/"+target, form) && !strings.HasSuffix(target, form[1:]) {
			t.Errorf("%q is no part of %q", form, target)
		}
	})
}

// FuzzConnection feeds a connection whatever comes and compares with net/http's reading of
// the same bytes: where both see a request, they must see the same one, or a server behind
// or before this one could be made to see another.
func FuzzConnection(f *testing.F) {
	for _, s := range []string{
		"GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET http://h/a HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n",
		"GET /a HTTP/1.0\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got []seen
		l := New(handlerFunc(func(req *edge.Request, w edge.Responder) {
			got = append(got, look(req))
			w.Respond(&edge.Response{Status: 200, Bytes: []byte("ok")})
		}), Options{Log: slog.New(slog.DiscardHandler)})
		conn := &memoryConn{in: bytes.NewReader(raw)}
		c := newH1(l, conn, conn, viewer{})
		c.busy()
		compare(t, raw, got)
	})
}

func compare(t *testing.T, raw []byte, got []seen) {
	br := bufio.NewReader(bytes.NewReader(raw))
	for i, s := range got {
		req, err := http.ReadRequest(br)
		if err != nil {
			return // stricter than we are, here
		}
		body, err := io.ReadAll(req.Body)
		if err != nil || strings.Contains(s.body, "!") {
			return
		}
		target := req.RequestURI
		if !strings.HasPrefix(target, "/") && target != "*" {
			target = s.target
		}
		if req.Method != s.method || target != s.target || req.Host != s.host || string(body) != s.body {
			t.Errorf("request %d of %q: %s %s %s %q, but net/http sees %s %s %s %q", i, raw, s.method, s.host, s.target, s.body, req.Method, req.Host, req.RequestURI, body)
		}
		if req.Close {
			return
		}
	}
}

// memoryConn reads from memory and discards what is written.
type memoryConn struct {
	net.Conn
	in io.Reader
}

func (c *memoryConn) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *memoryConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c *memoryConn) Close() error                     { return nil }
func (c *memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }

package redteam

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2 is a raw HTTP/2 connection.
type h2 struct {
	*tls.Conn
	*http2.Framer
	dec *hpack.Decoder
}

func (s *site) dialH2() *h2 {
	s.t.Helper()
	c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.node.HTTPSPort), &tls.Config{ServerName: s.domain, InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, http2.ClientPreface)
	h := &h2{c, http2.NewFramer(c, c), hpack.NewDecoder(4096, nil)}
	h.WriteSettings()
	return h
}

// block encodes field lines without checking anything.
func block(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.Bytes()
}

// result is how a stream ended: its status and body, or what broke it.
func (h *h2) result(stream uint32) string {
	out := ""
	h.dec.SetEmitFunc(func(f hpack.HeaderField) {
		if f.Name == ":status" {
			out += f.Value + " "
		}
	})
	for {
		f, err := h.ReadFrame()
		if err != nil {
			return out + "closed"
		}
		switch f := f.(type) {
		case *http2.HeadersFrame:
			h.dec.Write(f.HeaderBlockFragment())
			if f.StreamID == stream && f.StreamEnded() {
				return out
			}
		case *http2.DataFrame:
			if f.StreamID == stream {
				out += string(f.Data())
				if f.StreamEnded() {
					return out
				}
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == stream {
				return out + "RST " + f.ErrCode.String()
			}
		case *http2.GoAwayFrame:
			return out + "GOAWAY " + f.ErrCode.String()
		case *http2.SettingsFrame:
			if !f.IsAck() {
				h.WriteSettingsAck()
			}
		}
	}
}

// What HTTP/1.1 could not express, or reads as another request, is refused over HTTP/2.
func TestHTTP2RequestsThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.distribution([]string{customOrigin("o", w.origin(echo))}, behavior("o", allMethods+legacy), "",
		"/private/*", behavior("o", allMethods+optimized)+w.restricted())
	host := s.host()
	std := func(path string, more ...string) []string {
		return append([]string{":method", "GET", ":scheme", "https", ":authority", host, ":path", path}, more...)
	}
	with := func(name, value string) []string {
		f := std("/x")
		for i := 0; i < len(f); i += 2 {
			if f[i] == name {
				f[i+1] = value
			}
		}
		return f
	}
	send := func(fields []string, body string) string {
		h := s.dialH2()
		h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(fields...), EndStream: body == "", EndHeaders: true})
		if body != "" {
			h.WriteData(1, true, []byte(body))
		}
		return h.result(1)
	}
	if got := send(std("/ok"), ""); !strings.HasPrefix(got, "200 ") {
		t.Fatalf("an ordinary request: %s", got)
	}
	for name, fields := range map[string][]string{
		"star": std("*"), "empty path": std(""), "no slash": std("private/x"), "absolute path": std("https://" + host + "/private/x"),
		"space in path": std("/x y"), "NUL in path": std("/x\x00"), "CRLF in path": std("/x HTTP/1.1\r\nX: y"), "tab in path": std("/\t"),
		"two paths": std("/x", ":path", "/private/x"), "two methods": std("/x", ":method", "POST"), "two authorities": std("/x", ":authority", "evil.example"),
		"pseudo after": {":method", "GET", "a", "b", ":scheme", "https", ":authority", host, ":path", "/x"},
		"no method":    {":scheme", "https", ":authority", host, ":path", "/x"}, "no scheme": {":method", "GET", ":authority", host, ":path", "/x"},
		"no path": {":method", "GET", ":scheme", "https", ":authority", host}, "unknown pseudo": std("/x", ":x", "y"), "status": std("/x", ":status", "200"),
		"userinfo": with(":authority", "a@"+host), "slash in authority": with(":authority", host+"/private"), "space in authority": with(":authority", host+" x"),
		"another host": std("/x", "host", "evil.example"), "host of evil authority": append(with(":authority", "evil.example"), "host", host),
		"method with space": with(":method", "GET /private/x HTTP/1.1\r\n"), "empty method": with(":method", ""), "CRLF method": with(":method", "G\r\nET"),
		"transfer-encoding": std("/x", "transfer-encoding", "chunked"), "connection": std("/x", "connection", "close"), "upgrade": std("/x", "upgrade", "h2c"),
		"proxy-connection": std("/x", "proxy-connection", "x"), "keep-alive": std("/x", "keep-alive", "x"), "te": std("/x", "te", "gzip"),
		"upper case": std("/x", "Foo", "x"), "CRLF value": std("/x", "foo", "x\r\nevil: 1"), "LF value": std("/x", "foo", "x\ny"), "NUL value": std("/x", "foo", "x\x00"),
		"space in name": std("/x", "fo o", "x"), "colon in name": std("/x", "foo:", "x"), "empty name": std("/x", "", "x"), "CRLF name": std("/x", "a\r\nb", "x"),
		"two lengths": std("/x", "content-length", "0", "content-length", "5"), "bad length": std("/x", "content-length", "+0"), "length without body": std("/x", "content-length", "5"),
		"connect": {":method", "CONNECT", ":authority", host}, "websocket": {":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":authority", host, ":path", "/x"},
	} {
		if got := send(fields, ""); strings.HasPrefix(got, "200") || got == "closed" {
			t.Errorf("%s: %.200s", name, got)
		}
	}
	post := with(":method", "POST")
	for name, fields := range map[string][]string{"more than announced": append(post[:8:8], "content-length", "3"), "less than announced": append(post[:8:8], "content-length", "30"), "GET with a body": std("/x")} {
		if got := send(fields, "hello"); strings.HasPrefix(got, "200") {
			t.Errorf("%s: %.200s", name, got)
		}
	}
	for _, path := range []string{"//private/x", "/%70rivate/x", "/private%2fx", `/a\..\private/x`, "/private/x#", "/x/..;/private/x", "/private/..;/private/x"} {
		if got := send(std(path), ""); strings.HasPrefix(got, "200") {
			t.Errorf("%s: %.200s", path, got)
		}
	}
}

// Floods that cost the server more than the viewer end the connection, not the server.
func TestHTTP2Floods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.distribution([]string{customOrigin("o", w.origin(echo))}, behavior("o", legacy), "")
	head := func() []byte {
		return block(":method", "GET", ":scheme", "https", ":authority", s.host(), ":path", "/x")
	}
	ends := func(name string, flood func(h *h2) error) {
		h := s.dialH2()
		go io.Copy(io.Discard, h.Conn)
		for i := 0; ; i++ {
			if err := flood(h); err != nil {
				return
			}
			if i == 200_000 {
				t.Errorf("%s: still served after %d frames", name, i)
				return
			}
		}
	}
	id := uint32(1)
	ends("rapid reset", func(h *h2) error {
		err := h.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: head(), EndStream: true, EndHeaders: true})
		if err == nil {
			err = h.WriteRSTStream(id, http2.ErrCodeCancel)
		}
		id += 2
		return err
	})
	first := true
	ends("CONTINUATION", func(h *h2) error {
		if first {
			first = false
			return h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head()})
		}
		return h.WriteContinuation(1, false, block("a", strings.Repeat("b", 64)))
	})
	first = true
	ends("empty CONTINUATION", func(h *h2) error {
		if first {
			first = false
			return h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head()})
		}
		return h.WriteContinuation(1, false, nil)
	})
	first = true
	ends("empty DATA", func(h *h2) error {
		if first {
			first = false
			return h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head(), EndHeaders: true})
		}
		return h.WriteData(1, false, nil)
	})
	for name, flood := range map[string]func(h *h2) error{
		"SETTINGS":   func(h *h2) error { return h.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}) },
		"PING":       func(h *h2) error { return h.WritePing(false, [8]byte{}) },
		"PRIORITY":   func(h *h2) error { return h.WritePriority(3, http2.PriorityParam{StreamDep: 1}) },
		"WINDOW":     func(h *h2) error { return h.WriteWindowUpdate(0, 1<<20) },
		"unknown":    func(h *h2) error { return h.WriteRawFrame(0xfe, 0, 0, nil) },
		"RST unused": func(h *h2) error { return h.WriteRSTStream(1, http2.ErrCodeCancel) },
	} {
		ends(name, flood)
	}
	if a := s.get("/x"); a.status != 200 {
		t.Errorf("afterwards: %d", a.status)
	}
}

// A small header block that stands for a huge one is refused before it is spread out.
func TestHTTP2HeaderBomb(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.distribution([]string{customOrigin("o", w.origin(echo))}, behavior("o", legacy), "")
	h := s.dialH2()
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", s.host()}, {":path", "/x"}} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	e.WriteField(hpack.HeaderField{Name: "bomb", Value: strings.Repeat("a", 4000)})
	for range 12_000 {
		e.WriteField(hpack.HeaderField{Name: "bomb", Value: strings.Repeat("a", 4000)}) // one byte each
	}
	h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b.Bytes(), EndStream: true, EndHeaders: true})
	if got := h.result(1); strings.HasPrefix(got, "200") {
		t.Errorf("%.200s", got)
	}
	if a := s.get("/x"); a.status != 200 {
		t.Errorf("afterwards: %d", a.status)
	}
}

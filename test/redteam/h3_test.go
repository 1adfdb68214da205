package redteam

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
)

// qpackLiterals encodes field lines as literals without checking anything (RFC 9204, 4.5.6).
func qpackLiterals(fields ...string) []byte {
	b := []byte{0, 0}
	integer := func(first byte, bits int, n int) {
		limit := 1<<bits - 1
		if n < limit {
			b = append(b, first|byte(n))
			return
		}
		b = append(b, first|byte(limit))
		for n -= limit; n >= 128; n >>= 7 {
			b = append(b, byte(n)|0x80)
		}
		b = append(b, byte(n))
	}
	for i := 0; i < len(fields); i += 2 {
		integer(0x20, 3, len(fields[i]))
		b = append(b, fields[i]...)
		integer(0, 7, len(fields[i+1]))
		b = append(b, fields[i+1]...)
	}
	return b
}

// h3 sends a request over HTTP/3 and returns what came on its stream.
func (s *site) h3(fields ...string) ([]byte, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	c, err := quic.DialAddr(ctx, fmt.Sprintf("127.0.0.1:%d", s.node.HTTPSPort), &tls.Config{InsecureSkipVerify: true, ServerName: s.domain, NextProtos: []string{"h3"}}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.CloseWithError(0x100, "")
	control, err := c.OpenUniStream()
	if err != nil {
		s.t.Fatal(err)
	}
	control.Write([]byte{0, 4, 0}) // its type, empty SETTINGS
	stream, err := c.OpenStreamSync(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	block := qpackLiterals(fields...)
	frame := quicvarint.Append([]byte{1}, uint64(len(block))) // HEADERS
	stream.Write(append(frame, block...))
	stream.Close()
	stream.SetReadDeadline(time.Now().Add(time.Minute))
	return io.ReadAll(stream)
}

// What HTTP/1.1 could not express, or reads as another request, is refused over HTTP/3.
func TestHTTP3RequestsThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.distribution([]string{customOrigin("o", w.origin(echo))}, behavior("o", allMethods+legacy), "",
		"/private/*", behavior("o", allMethods+optimized)+w.restricted())
	host := s.host()
	std := func(path string, more ...string) []string {
		return append([]string{":method", "GET", ":scheme", "https", ":authority", host, ":path", path}, more...)
	}
	ok := []byte{0, 0, 0xc0 | 25} // :status 200, static index 25
	if got, err := s.h3(std("/x")...); !bytes.Contains(got, ok) {
		t.Fatalf("an ordinary request: %q, %v", got, err)
	}
	for name, fields := range map[string][]string{
		"star": std("*"), "empty path": std(""), "no slash": std("private/x"), "absolute path": std("https://" + host + "/private/x"), "no authority": std("http:///private/x"),
		"space in path": std("/x y"), "NUL in path": std("/x\x00"), "CRLF in path": std("/x HTTP/1.1\r\nX: y"),
		"two paths": std("/x", ":path", "/private/x"), "pseudo after": {":method", "GET", "a", "b", ":scheme", "https", ":authority", host, ":path", "/x"},
		"userinfo":           {":method", "GET", ":scheme", "https", ":authority", "a@" + host, ":path", "/x"},
		"slash in authority": {":method", "GET", ":scheme", "https", ":authority", host + "/private", ":path", "/x"},
		"another host":       std("/x", "host", "evil.example"), "transfer-encoding": std("/x", "transfer-encoding", "chunked"),
		"connection": std("/x", "connection", "x-tenant"), "upper case": std("/x", "Foo", "x"), "CRLF value": std("/x", "foo", "x\r\nevil: 1"), "CRLF name": std("/x", "a\r\nb", "x"),
		"two lengths": std("/x", "content-length", "0", "content-length", "5"), "length without body": std("/x", "content-length", "5"),
		"method with space": {":method", "GET /private/x HTTP/1.1\r\n", ":scheme", "https", ":authority", host, ":path", "/x"},
		"slashes":           std("//private/x"), "escape": std("/%70rivate/x"), "escaped slash": std("/private%2fx"), "backslash": std(`/a\..\private/x`), "fragment": std("/private/x#"),
	} {
		if got, err := s.h3(fields...); bytes.Contains(got, ok) || len(got) == 0 && err == nil {
			t.Errorf("%s: %.100q, %v", name, got, err)
		}
	}
}

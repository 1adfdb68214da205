package origin

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// script is an origin on loopback that gives each connection to a function.
func script(t *testing.T, serve func(conn net.Conn, br *bufio.Reader)) *Origin {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn, bufio.NewReader(conn))
			}()
		}
	}()
	return at(ln.Addr())
}

func at(addr net.Addr) *Origin {
	port := addr.(*net.TCPAddr).Port
	return &Origin{Domain: "127.0.0.1", HTTPPort: port, HTTPSPort: port, ConnectTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, ConnectAttempts: 3}
}

// readHead returns a request's head, line by line.
func readHead(br *bufio.Reader) (lines []string) {
	for {
		line, err := br.ReadString('\n')
		if err != nil || line == "\r\n" {
			return lines
		}
		lines = append(lines, strings.TrimSuffix(line, "\r\n"))
	}
}

func get(t *testing.T, c *Client, o *Origin, target string) (*http.Response, error) {
	t.Helper()
	return c.Fetch(t.Context(), o, &Request{Method: "GET", Target: target})
}

func wantCause(t *testing.T, err error, cause Cause, status int) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.Cause != cause || e.Status() != status {
		t.Fatalf("got cause %q status %d (%v), want %q %d", e.Cause, e.Status(), err, cause, status)
	}
}

func TestTargetIsSentByteForByte(t *testing.T) {
	t.Parallel()
	o := script(t, func(conn net.Conn, br *bufio.Reader) {
		for {
			head := readHead(br)
			if head == nil {
				return
			}
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(head[0]), head[0])
		}
	})
	c := New(Options{Private: true})
	defer c.Close()
	for _, target := range []string{
		"/", "/?", "/??a", "/a%2Fb//c/../d?x=%zz", "//x", "//x/y?q", "///", "/%2e%2e/x", "/./a/../b", "/a;b?c;d=e", "/%zz%", "/a+b%20c",
		"/caf\xc3\xa9?\xff", "/{x}|\"<>^`\\", "/a#b", "/?a=1&a=2&&", "/a?b#c", "/:80/x", "/http://x/y", "//%2f", "/[x]:@!$&'()*+,=",
	} {
		for _, prefix := range []string{"", "/pre/fix"} {
			o := *o
			o.Path = prefix
			resp, err := get(t, c, &o, target)
			if err != nil {
				t.Errorf("%q: %v", target, err)
				continue
			}
			got, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if want := "GET " + prefix + target + " HTTP/1.1"; string(got) != want {
				t.Errorf("sent %q, want %q", got, want)
			}
		}
	}
	// Two leading slashes and bytes net/http would escape: absolute form.
	resp, err := c.Fetch(t.Context(), o, &Request{Method: "GET", Target: "//a{b}?q", Host: "viewer.example"})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(resp.Body); string(got) != "GET http://viewer.example//a{b}?q HTTP/1.1" {
		t.Errorf("sent %q", got)
	}
	resp.Body.Close()

	for _, target := range []string{"", "*", "a", "http://x/", "/a b", "/a\r\nX: y", "/\x00", "/\x7f"} {
		_, err := get(t, c, o, target)
		wantCause(t, err, Invalid, 400)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	o := script(t, func(conn net.Conn, br *bufio.Reader) {
		body := strings.Join(readHead(br), "\n")
		fmt.Fprintf(conn, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	})
	o.CustomHeaders = []Header{{"X-Origin-Secret", "s3cret"}, {"X-Both", "origin's"}}
	c := New(Options{Private: true})
	defer c.Close()
	resp, err := c.Fetch(t.Context(), o, &Request{Method: "GET", Target: "/", Header: http.Header{
		"X-Both": {"viewer's"}, "Connection": {"close"}, "Te": {"trailers"}, "X-Multi": {"1", "2"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 302 || resp.Header.Get("Content-Encoding") != "gzip" || resp.Uncompressed {
		t.Errorf("got %d %v: redirects and codings are the edge's to judge", resp.StatusCode, resp.Header)
	}
	got, _ := io.ReadAll(resp.Body)
	want := "GET / HTTP/1.1\nHost: 127.0.0.1\nX-Both: origin's\nX-Multi: 1\nX-Multi: 2\nX-Origin-Secret: s3cret"
	if string(got) != want {
		t.Errorf("sent %q\nwant %q", got, want)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	const short = 60 * time.Millisecond
	for name, tc := range map[string]struct {
		reply    string
		hold     bool // keep the connection open after the reply
		method   string
		body     string
		inBody   bool // the failure shows while reading the body
		cause    Cause
		status   int
		requests int32
	}{
		"silent, GET":              {hold: true, cause: Timeout, status: 504, requests: 3},
		"silent, HEAD":             {hold: true, method: "HEAD", cause: Timeout, status: 504, requests: 3},
		"silent, POST":             {hold: true, method: "POST", body: "x", cause: Timeout, status: 504, requests: 1},
		"silent, DELETE":           {hold: true, method: "DELETE", cause: Timeout, status: 504, requests: 1},
		"closed before the head":   {cause: Reset, status: 502, requests: 1},
		"closed within the head":   {reply: "HTTP/1.1 200 OK\r\nCont", cause: Protocol, status: 502, requests: 1},
		"not HTTP":                 {reply: "SSH-2.0-OpenSSH_9.2\r\n\r\n", cause: Protocol, status: 502, requests: 1},
		"head beyond the limit":    {reply: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 80<<10) + "\r\n\r\n", cause: Protocol, status: 502, requests: 1},
		"switching protocols":      {reply: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", cause: Protocol, status: 502, requests: 1},
		"silent within the body":   {reply: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", hold: true, inBody: true, cause: Timeout, status: 504, requests: 1},
		"body shorter than stated": {reply: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", inBody: true, cause: Reset, status: 502, requests: 1},
		"chunked without its end":  {reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", inBody: true, cause: Reset, status: 502, requests: 1},
		"broken chunk":             {reply: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", inBody: true, cause: Protocol, status: 502, requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			o := script(t, func(conn net.Conn, br *bufio.Reader) {
				if readHead(br) == nil {
					return
				}
				requests.Add(1)
				io.WriteString(conn, tc.reply)
				if tc.hold {
					io.Copy(io.Discard, br) // until the client gives up
				}
			})
			o.ReadTimeout = short
			c := New(Options{Private: true})
			defer c.Close()
			r := &Request{Method: tc.method, Target: "/"}
			if r.Method == "" {
				r.Method = "GET"
			}
			if tc.body != "" {
				r.Body, r.ContentLength = strings.NewReader(tc.body), int64(len(tc.body))
			}
			resp, err := c.Fetch(t.Context(), o, r)
			if tc.inBody {
				if err != nil {
					t.Fatal(err)
				}
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			wantCause(t, err, tc.cause, tc.status)
			if n := requests.Load(); n != tc.requests {
				t.Errorf("the origin saw %d requests, want %d", n, tc.requests)
			}
		})
	}
}

func TestBodyWithoutLengthEndsAtClose(t *testing.T) {
	t.Parallel()
	o := script(t, func(conn net.Conn, br *bufio.Reader) {
		readHead(br)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\nall of it")
	})
	c := New(Options{Private: true})
	defer c.Close()
	resp, err := get(t, c, o, "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err != nil || string(got) != "all of it" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNoConnection(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := at(ln.Addr())
	ln.Close()
	c := New(Options{Private: true})
	defer c.Close()
	_, err = get(t, c, o, "/")
	wantCause(t, err, Dial, 504)
	var e *Error
	if errors.As(err, &e); !e.Retryable {
		t.Error("not retryable at another origin")
	}

	o.Domain = "no-such-host.invalid"
	_, err = get(t, c, o, "/")
	wantCause(t, err, DNS, 502)
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := script(t, func(conn net.Conn, br *bufio.Reader) {
		readHead(br)
		cancel()
		io.Copy(io.Discard, br)
	})
	c := New(Options{Private: true})
	defer c.Close()
	_, err := c.Fetch(ctx, o, &Request{Method: "GET", Target: "/"})
	wantCause(t, err, Canceled, 499)
}

func TestRequestBodies(t *testing.T) {
	t.Parallel()
	o := script(t, func(conn net.Conn, br *bufio.Reader) {
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		n, _ := io.Copy(io.Discard, req.Body)
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%d %v", n, req.TransferEncoding)
	})
	c := New(Options{Private: true})
	defer c.Close()
	for length, want := range map[int64]string{3 << 20: "3145728 []", -1: "3145728 [chunked]"} {
		resp, err := c.Fetch(t.Context(), o, &Request{Method: "PUT", Target: "/", Body: io.LimitReader(zeros{}, 3<<20), ContentLength: length})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(resp.Body); string(got) != want {
			t.Errorf("length %d: the origin read %q, want %q", length, got, want)
		}
		resp.Body.Close()
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestTLSIsVerified(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	o := at(srv.Listener.Addr())
	o.Scheme = HTTPSOnly

	strict := New(Options{Private: true})
	defer strict.Close()
	_, err := get(t, strict, o, "/")
	wantCause(t, err, TLS, 502)

	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	c := New(Options{Private: true, RootCAs: pool})
	defer c.Close()
	o.Scheme = MatchViewer
	resp, err := c.Fetch(t.Context(), o, &Request{Method: "GET", Target: "/", ViewerTLS: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(resp.Body); string(got) != "HTTP/1.1" {
		t.Errorf("spoke %s", got)
	}
	resp.Body.Close()

	named := *o
	named.Domain = "localhost" // resolves, but is not in the certificate
	_, err = c.Fetch(t.Context(), &named, &Request{Method: "GET", Target: "/", ViewerTLS: true})
	wantCause(t, err, TLS, 502)

	plain := script(t, func(conn net.Conn, br *bufio.Reader) { io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	plain.Scheme = HTTPSOnly
	_, err = get(t, c, plain, "/")
	wantCause(t, err, TLS, 502)
}

func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var conns atomic.Int32
	o := script(t, func(conn net.Conn, br *bufio.Reader) {
		conns.Add(1)
		for readHead(br) != nil {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	c := New(Options{Private: true})
	defer c.Close()
	for range 5 {
		resp, err := get(t, c, o, "/")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections for five requests, want 1", n)
	}
}

// A bound on connections counts idle ones only as long as nobody needs their place.
func TestMaxConnections(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	held := script(t, func(conn net.Conn, br *bufio.Reader) {
		for len(readHead(br)) > 0 {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe")
			<-release
			io.WriteString(conn, "ld")
		}
	})
	quick := script(t, func(conn net.Conn, br *bufio.Reader) {
		for len(readHead(br)) > 0 {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	c := New(Options{Private: true, MaxConnections: 2})
	defer c.Close()
	fetch := func(o *Origin) *http.Response {
		t.Helper()
		resp, err := get(t, c, o, "/")
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	first := fetch(held)
	fetch(quick).Body.Close() // leaves an idle connection
	second := fetch(held)     // in its place
	_, err := get(t, c, quick, "/")
	wantCause(t, err, Dial, http.StatusGatewayTimeout)
	close(release)
	for _, resp := range []*http.Response{first, second} {
		if body, err := io.ReadAll(resp.Body); string(body) != "held" || err != nil {
			t.Errorf("%q, %v", body, err)
		}
		resp.Body.Close()
	}
	fetch(quick).Body.Close()
}

func TestShiftedDates(t *testing.T) {
	o := script(t, func(conn net.Conn, br *bufio.Reader) {
		readHead(br)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nExpires: Thu, 01 Jan 2026 01:00:00 GMT\r\nExpires: 0\r\nLast-Modified: Wed, 31 Dec 2025 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n")
	})
	for shift, want := range map[time.Duration][2]string{
		0:                       {"Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 01:00:00 GMT"},
		48 * time.Hour:          {"Sat, 03 Jan 2026 00:00:00 GMT", "Sat, 03 Jan 2026 01:00:00 GMT"},
		-time.Hour:              {"Wed, 31 Dec 2025 23:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 GMT"},
		1500 * time.Millisecond: {"Thu, 01 Jan 2026 00:00:02 GMT", "Thu, 01 Jan 2026 01:00:02 GMT"},
	} {
		c := New(Options{Private: true, Shift: func() time.Duration { return shift }})
		resp, err := get(t, c, o, "/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		c.Close()
		h := resp.Header
		if h.Get("Date") != want[0] || h.Get("Expires") != want[1] || h["Expires"][1] != "0" || h.Get("Last-Modified") != "Wed, 31 Dec 2025 00:00:00 GMT" {
			t.Errorf("%v: %v", shift, h)
		}
	}
}

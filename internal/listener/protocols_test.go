package listener

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/warmfront/warmfront/internal/edge"
)

func (s *site) dialQUIC(ctx context.Context, _ string, conf *tls.Config, qconf *quic.Config) (*quic.Conn, error) {
	return quic.DialAddrEarly(ctx, s.secure, conf, qconf)
}

func fields(kv ...string) (list []edge.Field) {
	for i := 0; i < len(kv); i += 2 {
		list = append(list, edge.Field{Name: kv[i], Value: kv[i+1]})
	}
	return list
}

// seen is a request as the edge got it, cloned.
type seen struct {
	method, host, target string
	proto                edge.Proto
	body                 string
	length               int64
	hasBody              bool
	header               http.Header
	tls                  *edge.TLS
	peer, local          string
}

func look(req *edge.Request) seen {
	s := seen{
		method: strings.Clone(req.Method), host: strings.Clone(req.Host), target: strings.Clone(req.Target),
		proto: req.Proto, length: req.ContentLength, hasBody: req.Body != nil, tls: req.TLS,
		peer: req.Peer.String(), local: req.Local.String(), header: http.Header{},
	}
	req.Header.All(func(name, value string) bool {
		s.header.Add(strings.Clone(name), strings.Clone(value))
		return true
	})
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		s.body = string(b)
		if err != nil {
			s.body += "!" + err.Error()
		}
	}
	return s
}

func TestRequests(t *testing.T) {
	t.Parallel()
	got := make(chan seen, 1)
	s := start(t, func(req *edge.Request, w edge.Responder) {
		got <- look(req)
		w.Respond(&edge.Response{Status: 204})
	}, nil)
	for _, p := range s.protocols(t) {
		for _, tc := range []struct {
			method, target, body string
			length               int64
		}{
			{method: "GET", target: "/"},
			{method: "GET", target: "/a%2Fb//c/../d?x=%zz&y=+"},
			{method: "GET", target: "//private/x?"},
			{method: "GET", target: "/caf%C3%A9?a?b"},
			{method: "HEAD", target: "/x"},
			{method: "DELETE", target: "/x"},
			{method: "OPTIONS", target: "/x"},
			{method: "POST", target: "/x", body: "hello", length: 5},
			{method: "PUT", target: "/x", body: "chunked", length: -1},
			{method: "GET", target: "/x", body: "odd", length: 3},
		} {
			name := fmt.Sprintf("%s %s %s", p.name, tc.method, tc.target)
			var body io.Reader
			if tc.body != "" {
				body = strings.NewReader(tc.body)
			}
			req, err := http.NewRequest(tc.method, p.base+"/", body)
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = tc.length
			path, query, has := strings.Cut(tc.target, "?")
			req.URL.Path, _ = url.PathUnescape(path)
			req.URL.RawPath, req.URL.RawQuery, req.URL.ForceQuery = path, query, has
			req.Header.Add("X-Two", "1")
			req.Header.Add("X-Two", "2")
			req.Header.Set("Cookie", "a=1; b=2")
			resp, err := p.client.Do(req)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			resp.Body.Close()
			r := <-got
			if r.method != tc.method || r.target != tc.target || r.host != "example.com" || r.proto != p.proto {
				t.Errorf("%s: the edge saw %s %s%s over %d", name, r.method, r.host, r.target, r.proto)
			}
			if r.body != tc.body || r.length != tc.length || r.hasBody != (tc.body != "") {
				t.Errorf("%s: body %q, length %d, present %v", name, r.body, r.length, r.hasBody)
			}
			if !slices.Equal(r.header["X-Two"], []string{"1", "2"}) || r.header.Get("Cookie") != "a=1; b=2" {
				t.Errorf("%s: fields %v", name, r.header)
			}
			if !strings.HasPrefix(r.peer, "127.0.0.1:") || r.local != s.addrOf(p) {
				t.Errorf("%s: peer %s, local %s", name, r.peer, r.local)
			}
			if (r.tls != nil) != (p.name != "h1") || r.tls != nil && (r.tls.ServerName != "example.com" || r.tls.Version != tls.VersionTLS13) {
				t.Errorf("%s: TLS %+v", name, r.tls)
			}
		}
	}
}

func (s *site) addrOf(p protocol) string {
	if p.name == "h1" {
		return s.plain
	}
	return s.secure
}

func TestResponses(t *testing.T) {
	t.Parallel()
	big := make([]byte, 3<<20)
	rand.Read(big)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, big, 0o600); err != nil {
		t.Fatal(err)
	}
	openFile := func() *os.File {
		f, err := os.Open(file)
		if err != nil {
			t.Error(err)
		}
		return f
	}
	for _, tc := range []struct {
		name   string
		method string
		make   func() *edge.Response
		status int
		body   []byte
		length int64 // Content-Length seen; -1: none
		sent   int64
	}{
		{name: "bytes", make: func() *edge.Response { return &edge.Response{Status: 200, Bytes: []byte("hello")} }, status: 200, body: []byte("hello"), length: 5, sent: 5},
		{name: "big bytes", make: func() *edge.Response { return &edge.Response{Status: 200, Bytes: big} }, status: 200, body: big, length: int64(len(big)), sent: int64(len(big))},
		{name: "medium bytes", make: func() *edge.Response { return &edge.Response{Status: 200, Bytes: big[:20000]} }, status: 200, body: big[:20000], length: 20000, sent: 20000},
		{name: "empty", make: func() *edge.Response { return &edge.Response{Status: 200} }, status: 200, length: 0},
		{name: "error", make: func() *edge.Response { return &edge.Response{Status: 403, Bytes: []byte("no")} }, status: 403, body: []byte("no"), length: 2, sent: 2},
		{name: "204", make: func() *edge.Response { return &edge.Response{Status: 204, ContentLength: -1} }, status: 204, length: -1},
		{name: "304", make: func() *edge.Response { return &edge.Response{Status: 304, ContentLength: 5} }, status: 304, length: -1},
		{name: "HEAD", method: "HEAD", make: func() *edge.Response { return &edge.Response{Status: 200, ContentLength: 1 << 40} }, status: 200, length: 1 << 40},
		{name: "HEAD unknown", method: "HEAD", make: func() *edge.Response { return &edge.Response{Status: 200, ContentLength: -1} }, status: 200, length: -1},
		{name: "stream", make: func() *edge.Response {
			return &edge.Response{Status: 200, ContentLength: int64(len(big)), Stream: io.NopCloser(plainReader{bytes.NewReader(big)})}
		}, status: 200, body: big, length: int64(len(big)), sent: int64(len(big))},
		{name: "stream of unknown length", make: func() *edge.Response {
			return &edge.Response{Status: 200, ContentLength: -1, Stream: io.NopCloser(plainReader{bytes.NewReader(big)})}
		}, status: 200, body: big, length: -1, sent: int64(len(big))},
		{name: "empty stream of unknown length", make: func() *edge.Response {
			return &edge.Response{Status: 200, ContentLength: -1, Stream: io.NopCloser(strings.NewReader(""))}
		}, status: 200, length: -1},
		{name: "WriterTo", make: func() *edge.Response {
			return &edge.Response{Status: 200, ContentLength: int64(len(big)), Stream: writerTo{bytes.NewReader(big)}}
		}, status: 200, body: big, length: int64(len(big)), sent: int64(len(big))},
		{name: "WriterTo of unknown length", make: func() *edge.Response {
			return &edge.Response{Status: 200, ContentLength: -1, Stream: writerTo{bytes.NewReader(big)}}
		}, status: 200, body: big, length: -1, sent: int64(len(big))},
		{name: "file", make: func() *edge.Response {
			return &edge.Response{Status: 200, ContentLength: int64(len(big)), Stream: openFile()}
		}, status: 200, body: big, length: int64(len(big)), sent: int64(len(big))},
		{name: "part of a file", make: func() *edge.Response {
			f := openFile()
			f.Seek(1000, io.SeekStart)
			return &edge.Response{Status: 206, ContentLength: 70000, Stream: readCloser{io.LimitReader(f, 70000), f}}
		}, status: 206, body: big[1000:71000], length: 70000, sent: 70000},
		{name: "file of unknown length", make: func() *edge.Response {
			return &edge.Response{Status: 200, ContentLength: -1, Stream: openFile()}
		}, status: 200, body: big, length: -1, sent: int64(len(big))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			type end struct {
				sent int64
				err  error
			}
			ends := make(chan end, 1)
			ways := everyWay(t, func(req *edge.Request, w edge.Responder) {
				r := tc.make()
				r.Fields = append(fields("X-One", "1", "Set-Cookie", "a=1", "Set-Cookie", "b=2", "X-Evil", "a\r\nX-Injected: 1"), r.Fields...)
				r.Done = func(sent int64, err error) { ends <- end{sent, err} }
				w.Respond(r)
			})
			for _, p := range ways {
				for range 2 { // on the same connection
					req, _ := http.NewRequest(tc.method, p.base+"/", nil)
					resp, err := p.client.Do(req)
					if err != nil {
						t.Fatalf("%s: %v", p.name, err)
					}
					body, err := io.ReadAll(resp.Body)
					resp.Body.Close()
					if err != nil || resp.StatusCode != tc.status || !bytes.Equal(body, tc.body) {
						t.Errorf("%s: status %d, %d bytes with sum %.4x, %v", p.name, resp.StatusCode, len(body), sha256.Sum256(body), err)
					}
					length := tc.length
					if p.name == "h2" && tc.name == "empty stream of unknown length" || p.name == "h3" && tc.name == "empty stream of unknown length" {
						length = resp.ContentLength // an empty stream may be announced as such
					}
					if got := contentLength(resp); got != length {
						t.Errorf("%s: Content-Length %d, want %d", p.name, got, length)
					}
					h := resp.Header
					if h.Get("X-One") != "1" || !slices.Equal(h["Set-Cookie"], []string{"a=1", "b=2"}) {
						t.Errorf("%s: fields %v", p.name, h)
					}
					for _, name := range []string{"Server", "Date", "Content-Type", "X-Injected"} {
						if v, ok := h[name]; ok {
							t.Errorf("%s: unasked field %s: %s", p.name, name, v)
						}
					}
					if e := <-ends; e.sent != tc.sent || e.err != nil {
						t.Errorf("%s: Done(%d, %v), want %d", p.name, e.sent, e.err, tc.sent)
					}
				}
			}
		})
	}
}

// contentLength is the announced length, -1 when there is none.
func contentLength(resp *http.Response) int64 {
	if resp.Header.Get("Content-Length") == "" {
		return -1
	}
	var n int64
	fmt.Sscan(resp.Header.Get("Content-Length"), &n)
	return n
}

// plainReader hides every method but Read.
type plainReader struct{ io.Reader }

type readCloser struct {
	io.Reader
	io.Closer
}

// writerTo is a body that can only write itself, in parts.
type writerTo struct{ r *bytes.Reader }

func (w writerTo) Read([]byte) (int, error) { panic("WriteTo was there") }
func (w writerTo) Close() error             { return nil }
func (w writerTo) WriteTo(to io.Writer) (n int64, err error) {
	for w.r.Len() > 0 && err == nil {
		var m int64
		m, err = to.(io.ReaderFrom).ReadFrom(io.LimitReader(w.r, 100_000))
		n += m
	}
	return n, err
}

// slowWriterTo is a body that writes its parts as they come.
type slowWriterTo struct{ io.ReadCloser }

func (s slowWriterTo) WriteTo(w io.Writer) (n int64, err error) {
	buf := make([]byte, 100)
	for {
		m, rerr := s.Read(buf)
		if m > 0 {
			k, werr := w.Write(buf[:m])
			n += int64(k)
			if werr != nil {
				return n, werr
			}
		}
		if rerr == io.EOF {
			return n, nil
		}
		if rerr != nil {
			return n, rerr
		}
	}
}

func TestBigUploads(t *testing.T) {
	t.Parallel()
	sums := make(chan [32]byte, 1)
	s := start(t, func(req *edge.Request, w edge.Responder) {
		h := sha256.New()
		if _, err := io.Copy(h, req.Body); err != nil {
			t.Error(err)
		}
		sums <- [32]byte(h.Sum(nil))
		w.Respond(&edge.Response{Status: 200, Bytes: []byte("ok")})
	}, nil)
	data := make([]byte, 5<<20)
	rand.Read(data)
	for _, p := range s.protocols(t) {
		for _, length := range []int64{int64(len(data)), -1} {
			req, _ := http.NewRequest("PUT", p.base+"/", plainReader{bytes.NewReader(data)})
			req.ContentLength = length
			resp, err := p.client.Do(req)
			if err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			resp.Body.Close()
			if sum := <-sums; sum != sha256.Sum256(data) {
				t.Errorf("%s: the body arrived changed", p.name)
			}
		}
	}
}

func TestSlowBodiesArriveAsSent(t *testing.T) {
	t.Parallel()
	for i, length := range []int64{10, -1, 10, -1} {
		next := make(chan string)
		s := start(t, func(req *edge.Request, w edge.Responder) {
			pr, pw := io.Pipe()
			go func() {
				for part := range next {
					if part == "" {
						break
					}
					io.WriteString(pw, part)
				}
				pw.Close()
			}()
			r := &edge.Response{Status: 200, ContentLength: length, Stream: pr}
			if i >= 2 {
				r.Stream = slowWriterTo{pr}
			}
			w.Respond(r)
		}, nil)
		for _, p := range s.protocols(t) {
			resp, err := p.client.Get(p.base + "/") // returns before there is any body
			if err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			for _, part := range []string{"first", "other"} {
				next <- part
				buf := make([]byte, 5)
				if _, err := io.ReadFull(resp.Body, buf); err != nil || string(buf) != part {
					t.Fatalf("%s: read %q, %v, want %q", p.name, buf, err, part)
				}
			}
			next <- ""
			if n, err := resp.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("%s: after the end: %d, %v", p.name, n, err)
			}
			resp.Body.Close()
		}
	}
}

func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	failure := errors.New("origin failed")
	for name, tc := range map[string]struct {
		body   io.Reader
		length int64
	}{
		"sized":          {&failing{part: "12345", err: failure}, 10},
		"unknown length": {&failing{part: "12345", err: failure}, -1},
		"at once":        {&failing{err: failure}, -1},
		"short":          {strings.NewReader("12345"), 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, _ := tc.body.(*failing)
			done := make(chan error, 1)
			s := start(t, func(req *edge.Request, w edge.Responder) {
				body := io.Reader(strings.NewReader("12345"))
				if data != nil {
					body = &failing{part: data.part, err: data.err}
				}
				w.Respond(&edge.Response{Status: 200, ContentLength: tc.length, Stream: io.NopCloser(plainReader{body}), Done: func(_ int64, err error) { done <- err }})
			}, nil)
			for _, p := range s.protocols(t) {
				resp, err := p.client.Get(p.base + "/")
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				if err == nil {
					t.Errorf("%s: the viewer took a broken body for a whole one", p.name)
				}
				if err := <-done; err == nil {
					t.Errorf("%s: Done without an error", p.name)
				}
			}
		})
	}
}

// failing is a body that ends in an error.
type failing struct {
	part string
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.part == "" {
		return 0, f.err
	}
	n := copy(p, f.part)
	f.part = f.part[n:]
	return n, nil
}

func TestViewerLeaves(t *testing.T) {
	t.Parallel()
	began, gone := make(chan struct{}, 1), make(chan bool, 1)
	s := start(t, func(req *edge.Request, w edge.Responder) {
		began <- struct{}{}
		for range 500 {
			if req.Gone() {
				gone <- true
				w.Respond(&edge.Response{Status: 499})
				return
			}
			time.Sleep(10 * time.Millisecond) // as an edge waiting for an origin polls
		}
		gone <- false
		w.Respond(&edge.Response{Status: 200})
	}, nil)
	for _, p := range s.protocols(t) {
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, "GET", p.base+"/", nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			if resp, err := p.client.Do(req); err == nil {
				resp.Body.Close()
			}
		})
		<-began
		cancel()
		if !<-gone {
			t.Errorf("%s: the edge was not told that the viewer left", p.name)
		}
		wg.Wait()
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("x"), 10_000)
	ways := everyWay(t, func(req *edge.Request, w edge.Responder) {
		id := strings.Clone(req.Header.Get("X-Id"))
		if req.Body != nil {
			b, _ := io.ReadAll(req.Body)
			id += string(b)
		}
		w.Respond(&edge.Response{Status: 200, Fields: fields("X-Id", id+strings.Clone(req.Target)), Bytes: body})
	})
	for _, p := range ways {
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				for j := range 30 {
					id := fmt.Sprintf("%d-%d", i, j)
					req, _ := http.NewRequest("POST", p.base+"/"+id, strings.NewReader(id))
					req.Header.Set("X-Id", id)
					resp, err := p.client.Do(req)
					if err != nil {
						t.Errorf("%s: %v", p.name, err)
						return
					}
					got, err := io.ReadAll(resp.Body)
					resp.Body.Close()
					if err != nil || !bytes.Equal(got, body) || resp.Header.Get("X-Id") != id+id+"/"+id {
						t.Errorf("%s: %d bytes, %v, X-Id %q for %s", p.name, len(got), err, resp.Header.Get("X-Id"), id)
					}
				}
			})
		}
		wg.Wait()
	}
}

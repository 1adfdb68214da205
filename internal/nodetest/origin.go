package nodetest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Origin is a custom origin on loopback that answers with raw HTTP responses from a script
// and remembers what it was asked.
type Origin struct {
	Port int

	listener net.Listener
	mu       sync.Mutex
	replies  map[string][]byte // by target, "" for every other
	requests []*OriginRequest
}

// OriginRequest is one request an origin received.
type OriginRequest struct {
	Method, Target, Host string
	Header               http.Header
	Body                 []byte
}

// NewOrigin starts an origin that lives as long as the test.
func NewOrigin(t testing.TB) *Origin {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &Origin{Port: l.Addr().(*net.TCPAddr).Port, listener: l, replies: map[string][]byte{}}
	go o.serve()
	t.Cleanup(func() { l.Close() })
	return o
}

// Reply makes raw, an HTTP/1.1 response, the answer to every request for target, or to all
// requests without an answer of their own if target is "". Bare line feeds of the head
// become CRLF, and Content-Length is added unless the head says otherwise.
func (o *Origin) Reply(target string, raw []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.replies[target] = wireForm(raw)
}

// Requests lists what was received so far.
func (o *Origin) Requests() []*OriginRequest {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]*OriginRequest(nil), o.requests...)
}

func (o *Origin) serve() {
	for {
		conn, err := o.listener.Accept()
		if err != nil {
			return
		}
		go o.converse(conn)
	}
}

func (o *Origin) converse(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		reply := o.record(&OriginRequest{Method: req.Method, Target: req.RequestURI, Host: req.Host, Header: req.Header, Body: body})
		if req.Method == http.MethodHead {
			head, _, _ := bytes.Cut(reply, []byte("\r\n\r\n"))
			reply = append(bytes.Clone(head), "\r\n\r\n"...)
		}
		if _, err := conn.Write(reply); err != nil || bytes.Contains(bytes.ToLower(reply), []byte("\r\nconnection: close\r\n")) {
			return
		}
	}
}

func (o *Origin) record(r *OriginRequest) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests = append(o.requests, r)
	if reply, ok := o.replies[r.Target]; ok {
		return reply
	}
	if reply, ok := o.replies[""]; ok {
		return reply
	}
	return wireForm([]byte("HTTP/1.1 404 Not Found\nContent-Type: text/plain\n\nnothing scripted\n"))
}

func wireForm(raw []byte) []byte {
	head, body, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	lower := strings.ToLower(string(head))
	text := strings.ReplaceAll(string(bytes.TrimRight(head, "\n")), "\n", "\r\n")
	bodiless := strings.HasPrefix(lower, "http/1.1 304") || strings.HasPrefix(lower, "http/1.1 204")
	if !bodiless && !strings.Contains(lower, "\ncontent-length:") && !strings.Contains(lower, "\ntransfer-encoding:") && !strings.Contains(lower, "\nconnection: close") {
		text += fmt.Sprintf("\r\nContent-Length: %d", len(body))
	}
	return append([]byte(text+"\r\n\r\n"), body...)
}

package listener

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
)

// h3Conn is one HTTP/3 connection as an http.Handler.
type h3Conn struct {
	l      *Listener
	viewer viewer
}

// ServeHTTP hands r to the edge. A response broken off resets its stream.
func (n *h3Conn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &h3Exchange{n: n, w: w, r: r, rc: http.NewResponseController(w)}
	if status := x.prepare(); status != 0 {
		x.refuse(status)
		return
	}
	x.handle()
	if x.broken || !x.responded {
		panic(http.ErrAbortHandler)
	}
}

// h3Exchange is one request and its response.
type h3Exchange struct {
	n  *h3Conn
	w  http.ResponseWriter
	r  *http.Request
	rc *http.ResponseController

	req           edge.Request
	responded     bool
	broken        bool
	writeDeadline time.Time
	sent          int64
}

func (x *h3Exchange) handle() {
	defer func() {
		if p := recover(); p != nil {
			x.broken = true
			x.n.l.logPanic(p)
		}
	}()
	x.n.l.handler.Serve(&x.req, x)
}

func (x *h3Exchange) prepare() int {
	r, v := x.r, &x.n.viewer
	x.req = edge.Request{
		Method: r.Method,
		Host:   r.Host,
		Proto:  edge.HTTP3,
		Header: h3Header(r.Header),
		Peer:   v.peer, Local: v.local, TLS: v.tls,
		Gone: func() bool { return r.Context().Err() != nil },
	}
	target, ok := originForm(r.Method, r.RequestURI, r.Host)
	switch {
	case fieldBytes(r) > maxHeadBytes:
		return statusHeadTooLarge
	case !ok || !validHost(r.Host):
		return http.StatusBadRequest
	case x.n.l.misdirected(v, r.Host):
		return http.StatusMisdirectedRequest
	case r.ContentLength > x.n.l.opts.MaxBodyBytes:
		return http.StatusRequestEntityTooLarge
	}
	x.req.Target = target
	x.prepareBody()
	return 0
}

// prepareBody finds out whether there is a body. HTTP/3 tells it only by the stream: for
// methods that usually have none, look for the first byte or the end, which come at once.
func (x *h3Exchange) prepareBody() {
	r := x.r
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return
	}
	b := &h3Body{x: x}
	if r.ContentLength < 0 && r.Method != http.MethodPost && r.Method != http.MethodPut && r.Method != http.MethodPatch {
		var first [1]byte
		n, err := b.Read(first[:])
		if n == 0 && errors.Is(err, io.EOF) {
			return
		}
		b.first, b.err = first[:n], err
	}
	x.req.Body, x.req.ContentLength = b, r.ContentLength
}

// h3Body is a request body with our limits.
type h3Body struct {
	x     *h3Exchange
	first []byte // read ahead
	err   error  // that came with it
	got   int64
	until time.Time // read deadline
}

// Read implements io.Reader.
func (b *h3Body) Read(p []byte) (int, error) {
	if len(b.first) > 0 || b.err != nil {
		n := copy(p, b.first)
		b.first = b.first[n:]
		return n, b.err
	}
	limits := &b.x.n.l.opts.Limits
	if now := time.Now(); b.until.Sub(now) < limits.BodyTimeout/2 {
		b.until = now.Add(limits.BodyTimeout)
		b.x.rc.SetReadDeadline(b.until)
	}
	n, err := b.x.r.Body.Read(p)
	if b.got += int64(n); b.got > limits.MaxBodyBytes {
		err = errBodyTooLarge
	}
	return n, err
}

// h3Header implements edge.RequestHeader; lines of different names come in no order, since
// net/http keeps none.
type h3Header http.Header

// Get implements edge.RequestHeader.
func (h h3Header) Get(name string) string { return http.Header(h).Get(name) }

// All implements edge.RequestHeader.
func (h h3Header) All(yield func(name, value string) bool) {
	for name, values := range h {
		for _, v := range values {
			if !yield(name, v) {
				return
			}
		}
	}
}

// fieldBytes is the size of a head as HTTP/1.1 would have sent it.
func fieldBytes(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len("  HTTP/1.1\r\nHost: \r\n\r\n") + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

package listener

import (
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
)

// netHTTP is one HTTP/2 or HTTP/3 connection as an http.Handler.
type netHTTP struct {
	l      *Listener
	viewer viewer
	h3     bool
}

// ServeHTTP hands r to the edge. A response broken off resets its stream.
func (n *netHTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &netExchange{n: n, w: w, r: r, rc: http.NewResponseController(w)}
	if status := x.prepare(); status != 0 {
		x.refuse(status)
		return
	}
	x.handle()
	if x.broken || !x.responded {
		panic(http.ErrAbortHandler)
	}
}

// netExchange is one request and its response.
type netExchange struct {
	n  *netHTTP
	w  http.ResponseWriter
	r  *http.Request
	rc *http.ResponseController

	req           edge.Request
	responded     bool
	broken        bool
	writeDeadline time.Time
	sent          int64
}

func (x *netExchange) handle() {
	defer func() {
		if p := recover(); p != nil {
			x.broken = true
			x.n.l.logPanic(p)
		}
	}()
	x.n.l.handler.Serve(&x.req, x)
}

func (x *netExchange) prepare() int {
	r, v := x.r, &x.n.viewer
	x.req = edge.Request{
		Method: r.Method,
		Host:   r.Host,
		Proto:  edge.HTTP2,
		Header: netHeader(r.Header),
		Peer:   v.peer, Local: v.local, TLS: v.tls,
		Gone: func() bool { return r.Context().Err() != nil },
	}
	if x.n.h3 {
		x.req.Proto = edge.HTTP3
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
func (x *netExchange) prepareBody() {
	r := x.r
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return
	}
	b := &netBody{x: x}
	if x.n.h3 && r.ContentLength < 0 && r.Method != http.MethodPost && r.Method != http.MethodPut && r.Method != http.MethodPatch {
		var first [1]byte
		n, err := b.Read(first[:])
		if n == 0 && err == io.EOF {
			return
		}
		b.first, b.err = first[:n], err
	}
	x.req.Body, x.req.ContentLength = b, r.ContentLength
}

// netBody is a request body with our limits.
type netBody struct {
	x     *netExchange
	first []byte // read ahead
	err   error  // that came with it
	got   int64
	until time.Time // read deadline
}

// Read implements io.Reader.
func (b *netBody) Read(p []byte) (int, error) {
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

// netHeader implements edge.RequestHeader; lines of different names come in no order, since
// net/http keeps none.
type netHeader http.Header

// Get implements edge.RequestHeader.
func (h netHeader) Get(name string) string { return http.Header(h).Get(name) }

// All implements edge.RequestHeader.
func (h netHeader) All(yield func(name, value string) bool) {
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

// Respond implements edge.Responder: it writes the whole response before it returns.
func (x *netExchange) Respond(r *edge.Response) {
	if x.responded {
		panic("listener: Respond called twice")
	}
	x.responded = true
	length := r.ContentLength
	if r.Bytes != nil || r.Stream == nil && x.r.Method != http.MethodHead {
		length = int64(len(r.Bytes))
	}
	bodiless := r.Status == http.StatusNoContent || r.Status == http.StatusNotModified
	x.head(r, length, bodiless)
	var err error
	switch {
	case !bodiless && x.r.Method != http.MethodHead:
		err = x.writeBody(r, length)
	case length < 0 && x.n.h3:
		x.rc.Flush() // or quic-go would announce a length of its own
	}
	if r.Stream != nil {
		r.Stream.Close()
	}
	x.broken = err != nil
	if r.Done != nil {
		r.Done(x.sent, err)
	}
}

func (x *netExchange) head(r *edge.Response, length int64, bodiless bool) {
	h := x.w.Header()
	for i := range r.Fields {
		f := &r.Fields[i]
		if strings.ContainsAny(f.Value, "\r\n") {
			continue // no protocol allows it
		}
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		h[name] = append(h[name], f.Value)
	}
	if length >= 0 && !bodiless {
		h["Content-Length"] = []string{strconv.FormatInt(length, 10)}
	}
	for _, name := range []string{"Date", "Content-Type"} {
		if _, ok := h[name]; !ok {
			h[name] = nil // keeps the library from making one up
		}
	}
	x.w.WriteHeader(r.Status)
}

func (x *netExchange) writeBody(r *edge.Response, length int64) error {
	if r.Stream == nil {
		return x.write(r.Bytes)
	}
	if err := x.rc.Flush(); err != nil { // the head at once: the body may take its time
		return err
	}
	var err error
	if wt, ok := r.Stream.(io.WriterTo); ok {
		_, err = wt.WriteTo(x)
	} else {
		_, err = x.ReadFrom(r.Stream)
	}
	if err == nil && length >= 0 && x.sent != length {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Write implements io.Writer for bodies: each part is flushed, since the next may take time.
func (x *netExchange) Write(p []byte) (int, error) {
	before := x.sent
	err := x.write(p)
	if err == nil {
		err = x.rc.Flush()
	}
	return int(x.sent - before), err
}

// write writes p in pieces of their own deadline.
func (x *netExchange) write(p []byte) error {
	for len(p) > 0 {
		x.armWrite()
		n, err := x.w.Write(p[:min(len(p), pieceBytes)])
		x.sent += int64(n)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// ReadFrom implements io.ReaderFrom for bodies.
func (x *netExchange) ReadFrom(r io.Reader) (int64, error) {
	buf := x.n.l.copyBuffer()
	defer x.n.l.putCopyBuffer(buf)
	before := x.sent
	for {
		n, err := r.Read(*buf)
		if n > 0 {
			if _, werr := x.Write((*buf)[:n]); werr != nil {
				return x.sent - before, werr
			}
		}
		if err == io.EOF {
			return x.sent - before, nil
		}
		if err != nil {
			return x.sent - before, err
		}
	}
}

func (x *netExchange) armWrite() {
	now, d := time.Now(), x.n.l.opts.WriteTimeout
	if x.writeDeadline.Sub(now) < d/2 {
		x.writeDeadline = now.Add(d)
		x.rc.SetWriteDeadline(x.writeDeadline)
	}
}

// refuse answers a request the edge is not asked about.
func (x *netExchange) refuse(status int) {
	page := errorPage(status)
	h := x.w.Header()
	h["Server"] = []string{"CloudFront"}
	h["Content-Type"] = []string{"text/html"}
	h["Content-Length"] = []string{strconv.Itoa(len(page))}
	h["Date"] = nil
	x.w.WriteHeader(status)
	io.WriteString(x.w, page)
}

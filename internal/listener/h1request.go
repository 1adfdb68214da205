package listener

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"unsafe"

	"github.com/valyala/fasthttp"

	"github.com/warmfront/warmfront/internal/edge"
)

// statusHeadTooLarge is nginx's and CloudFront's status for a head beyond the limit.
const statusHeadTooLarge = 494

// exchange is one request and its response on an HTTP/1.x connection; it is reused for the
// next. Strings of req alias in and index and die with the next head.
type exchange struct {
	c     *h1
	br    *bufio.Reader
	in    fasthttp.Request // parses heads and bodies
	index headIndex
	req   edge.Request
	gone  func() bool
	body  bodyReader

	headBytes int  // of the head just read, as received
	close     bool // end the connection after the response
	responded bool
	broken    bool // the response ended before its body did

	out  []byte // head and small bodies
	copy []byte // streamed bodies; nil until needed
	sink bodySink
	iov  [2][]byte
}

// readHead waits for a head and parses it.
func (x *exchange) readHead() error {
	x.c.waiting, x.c.headTimed = forRequest, false
	if x.br.Buffered() > 0 {
		x.c.waiting = forHead
	}
	start := x.c.got - int64(x.br.Buffered())
	if err := x.awaitHead(); err != nil {
		return err
	}
	err := x.in.Header.Read(x.br)
	x.headBytes = int(x.c.got - int64(x.br.Buffered()) - start)
	return err
}

// errBareLF means that a line of a head ends in a bare LF, which other servers may take for
// something else (RFC 9112, 2.2).
var errBareLF = errors.New("a line ends in a bare LF")

// awaitHead waits until all of the head is buffered, or as much of it as there is room for:
// fasthttp would wait for more where lines do not end in CRLF.
func (x *exchange) awaitHead() error {
	line, seen := 0, 0 // where the line under way begins, and what has been looked at
	for {
		b, err := x.br.Peek(x.br.Buffered())
		if err != nil {
			return err
		}
		for {
			n := bytes.IndexByte(b[seen:], '\n')
			if n < 0 {
				break
			}
			end := seen + n
			switch {
			case end == 0 || b[end-1] != '\r':
				return errBareLF
			case end-line == 1 && line > 0:
				return nil
			}
			line, seen = end+1, end+1
		}
		if seen = len(b); seen == x.br.Size() {
			return nil
		}
		if _, err := x.br.Peek(seen + 1); err != nil {
			return err
		}
	}
}

// cleanRequestLine reports whether the request line ended in CRLF, after at most one empty
// line (RFC 9112, 2.2): fasthttp takes a bare LF there, which other servers may not.
func (x *exchange) cleanRequestLine() bool {
	h := &x.in.Header
	fields := len(h.RawHeaders())
	if fields == 0 {
		fields = len("\r\n")
	}
	ends := x.headBytes - fields - len(h.Method()) - len(h.RequestURI()) - len(h.Protocol()) - len("  ")
	return ends == 2 || ends == 4
}

// refuseHead answers a head that is not one and closes.
func (x *exchange) refuseHead(err error) {
	var tooLarge *fasthttp.ErrSmallBuffer
	switch {
	case errors.As(err, &tooLarge):
		x.refuse(statusHeadTooLarge)
	case isTimeout(err) && !x.c.l.draining.Load():
		x.refuse(http.StatusRequestTimeout)
	case isTimeout(err), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errDraining), isConnError(err):
	default:
		x.refuse(http.StatusBadRequest)
	}
}

// serve hands the request just read to the edge and reports whether the connection can
// take another.
func (x *exchange) serve() (keep bool) {
	if status := x.prepare(); status != 0 {
		x.refuse(status)
		return false
	}
	x.c.waiting = forBody
	x.handle()
	switch {
	case x.broken:
		return false
	case !x.responded:
		x.refuse(http.StatusInternalServerError)
		return false
	case x.close:
		if x.body.unread() || x.br.Buffered() > 0 {
			x.c.linger()
		}
		return false
	}
	keep = x.body.drain()
	x.reset()
	return keep
}

// handle calls the edge; a panic there ends the connection, not the process.
func (x *exchange) handle() {
	defer func() {
		if p := recover(); p != nil {
			x.broken = true
			x.c.abort(true)
			x.c.l.logPanic(p)
		}
	}()
	x.c.l.handler.Serve(&x.req, x)
}

// prepare fills req from the parsed head, or returns the status to refuse it with.
func (x *exchange) prepare() int {
	h := &x.in.Header
	if !x.index.read(h.RawHeaders()) || !x.cleanRequestLine() {
		return http.StatusBadRequest
	}
	v := &x.c.viewer
	x.close = h.ConnectionClose() || x.c.l.draining.Load()
	x.responded, x.broken = false, false
	x.req = edge.Request{
		Method: alias(h.Method()),
		Host:   x.index.Get("Host"),
		Proto:  edge.HTTP11,
		Header: &x.index,
		Peer:   v.peer, Local: v.local, TLS: v.tls,
		Gone: x.gone,
	}
	switch {
	case h.IsHTTP11():
	case alias(h.Protocol()) == "HTTP/1.0":
		x.req.Proto = edge.HTTP10
	default:
		return http.StatusHTTPVersionNotSupported
	}
	target, ok := originForm(x.req.Method, alias(h.RequestURI()), x.req.Host)
	if !ok || !validHost(x.req.Host) {
		return http.StatusBadRequest
	}
	x.req.Target = target
	if x.c.l.misdirected(v, x.req.Host) {
		return http.StatusMisdirectedRequest
	}
	return x.prepareBody()
}

// prepareBody judges the body's framing. Both Content-Length and Transfer-Encoding mean two
// readers could see two different requests (RFC 9112, 6.3 and 11.2), so that is refused.
func (x *exchange) prepareBody() int {
	length := int64(x.in.Header.ContentLength())
	if x.index.codings > 0 && (x.index.lengths > 0 || length != -1) { // fasthttp takes "identity" for no body
		return http.StatusBadRequest
	}
	x.body = bodyReader{}
	if length == 0 || length == -2 { // -2: no framing fields, so no body
		return 0
	}
	if length > x.c.l.opts.MaxBodyBytes {
		return http.StatusRequestEntityTooLarge
	}
	expect := x.index.Get("Expect")
	if expect != "" && !strings.EqualFold(expect, "100-continue") {
		return http.StatusExpectationFailed
	}
	if err := x.in.ContinueReadBodyStream(x.br, 0, false); err != nil {
		return http.StatusBadRequest
	}
	x.body = bodyReader{from: x.in.BodyStream(), x: x, length: length, expected: expect != "" && x.req.Proto != edge.HTTP10}
	x.req.Body, x.req.ContentLength = &x.body, max(length, -1)
	return 0
}

// reset lets go of everything that belongs to one request.
func (x *exchange) reset() {
	if x.body.from != nil {
		x.in.Reset()
	}
	x.body = bodyReader{}
	x.req = edge.Request{}
	x.sink = bodySink{}
	x.iov = [2][]byte{}
}

func (x *exchange) viewerGone() bool { return x.c != nil && peerClosed(x.c.raw) }

// alias views b as a string without a copy; it is valid as long as b is not written to.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf views s as bytes, which must not be written to.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

package listener

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/warmfront/warmfront/internal/edge"
)

// Pieces in which bodies are written, each under a write deadline of its own.
const (
	copyBufferBytes = 32 << 10
	pieceBytes      = 256 << 10
)

// framing is how the end of a response body is told.
type framing uint8

const (
	noBody  framing = iota
	sized           // Content-Length
	chunked         // Transfer-Encoding: chunked
	toClose         // the end of the connection, for HTTP/1.0
)

// Respond implements edge.Responder: it writes the whole response before it returns.
func (x *exchange) Respond(r *edge.Response) {
	if x.responded {
		panic("listener: Respond called twice")
	}
	x.responded = true
	if x.body.answer() || x.c.l.draining.Load() {
		x.close = true
	}
	frame, length := x.frame(r)
	x.head(r, frame, length)
	sent, err := x.writeBody(r, frame, length)
	if r.Stream != nil {
		r.Stream.Close()
	}
	if err != nil {
		x.broken = true
		x.c.abort(frame == toClose)
	}
	if r.Done != nil {
		r.Done(sent, err)
	}
}

// frame decides how the body ends and what length to announce, -1 for none.
func (x *exchange) frame(r *edge.Response) (framing, int64) {
	f, length := frameOf(r, x.req.Method)
	if f == chunked && x.req.Proto == edge.HTTP10 {
		x.close = true
		return toClose, -1
	}
	return f, length
}

// frameOf is frame for HTTP/1.1 (RFC 9112, 6.3).
func frameOf(r *edge.Response, method string) (framing, int64) {
	length := r.ContentLength
	if r.Bytes != nil || r.Stream == nil && method != http.MethodHead {
		length = int64(len(r.Bytes))
	}
	switch {
	case r.Status < 200 || r.Status == http.StatusNoContent || r.Status == http.StatusNotModified:
		return noBody, -1
	case method == http.MethodHead || r.Stream == nil && r.Bytes == nil:
		return noBody, length
	case length >= 0:
		return sized, length
	}
	return chunked, -1
}

// head puts the response's head into out.
func (x *exchange) head(r *edge.Response, frame framing, length int64) {
	b := appendHead(x.out[:0], r, length)
	if frame == chunked && length < 0 {
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	switch {
	case x.close:
		b = append(b, "Connection: close\r\n"...)
	case x.req.Proto == edge.HTTP10:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	x.out = append(b, "\r\n"...)
}

// appendHead appends the status line and the fields of r, with its Content-Length unless that
// is negative, and not the end of the head.
func appendHead(b []byte, r *edge.Response, length int64) []byte {
	if r.Status == http.StatusOK {
		b = append(b, "HTTP/1.1 200 OK\r\n"...)
	} else {
		b = append(b, "HTTP/1.1 "...)
		b = strconv.AppendInt(b, int64(r.Status), 10)
		b = append(b, ' ')
		b = append(b, reason(r.Status)...)
		b = append(b, "\r\n"...)
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		if !oneLine(f.Value) {
			continue // would be read as another field
		}
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
		b = append(b, "\r\n"...)
	}
	if length >= 0 {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, length, 10)
		b = append(b, "\r\n"...)
	}
	return b
}

// oneLine reports whether a field's value is free of line ends.
func oneLine(s string) bool {
	return text(s) || strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0
}

// writeBody writes the head in out and the body and reports how many bytes of the body went.
func (x *exchange) writeBody(r *edge.Response, frame framing, length int64) (int64, error) {
	switch {
	case frame == noBody:
		return 0, x.write(x.out)
	case r.Bytes != nil:
		return x.writeBytes(r.Bytes)
	}
	if err := x.write(x.out); err != nil { // at once: the body may take its time
		return 0, err
	}
	s := &x.sink
	*s = bodySink{x: x, frame: frame, left: length}
	err := s.pump(r.Stream)
	switch {
	case err == nil && frame == sized && s.left > 0:
		err = io.ErrUnexpectedEOF
	case err == nil && frame == chunked:
		err = x.write([]byte("0\r\n\r\n"))
	}
	return s.sent, err
}

// writeBytes writes the head in out and a body in memory: together in one write when small,
// by a gathering write when the socket takes one.
func (x *exchange) writeBytes(body []byte) (int64, error) {
	head := len(x.out)
	if head+len(body) <= cap(x.out) {
		x.out = append(x.out, body...)
		err := x.write(x.out)
		if err != nil {
			return 0, err
		}
		return int64(len(body)), nil
	}
	first := min(len(body), pieceBytes)
	if _, tcp := x.c.conn.(*net.TCPConn); tcp {
		x.iov = [2][]byte{x.out, body[:first]}
		bufs := net.Buffers(x.iov[:])
		x.c.armWrite()
		n, err := bufs.WriteTo(x.c.conn)
		if err != nil {
			return max(0, n-int64(head)), err
		}
	} else {
		first = cap(x.out) - head // fill the record that carries the head
		x.out = append(x.out, body[:first]...)
		if err := x.write(x.out); err != nil {
			return 0, err
		}
	}
	sent := int64(first)
	for rest := body[first:]; len(rest) > 0; {
		piece := rest[:min(len(rest), pieceBytes)]
		if err := x.write(piece); err != nil {
			return sent, err
		}
		sent += int64(len(piece))
		rest = rest[len(piece):]
	}
	return sent, nil
}

func (x *exchange) write(b []byte) error {
	x.c.armWrite()
	_, err := x.c.conn.Write(b)
	return err
}

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

// Respond implements edge.Responder: it writes the whole response before it returns.
func (x *h3Exchange) Respond(r *edge.Response) {
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
	case length < 0:
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

func (x *h3Exchange) head(r *edge.Response, length int64, bodiless bool) {
	h := x.w.Header()
	for i := range r.Fields {
		f := &r.Fields[i]
		if strings.ContainsAny(f.Value, "\r\n") {
			continue // no protocol allows it
		}
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		h[name] = append(h[name], strings.Clone(f.Value)) // quic-go may send it after Done
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

func (x *h3Exchange) writeBody(r *edge.Response, length int64) error {
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
func (x *h3Exchange) Write(p []byte) (int, error) {
	before := x.sent
	err := x.write(p)
	if err == nil {
		err = x.rc.Flush()
	}
	return int(x.sent - before), err
}

// write writes p in pieces of their own deadline.
func (x *h3Exchange) write(p []byte) error {
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
func (x *h3Exchange) ReadFrom(r io.Reader) (int64, error) {
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

func (x *h3Exchange) armWrite() {
	now, d := time.Now(), x.n.l.opts.WriteTimeout
	if x.writeDeadline.Sub(now) < d/2 {
		x.writeDeadline = now.Add(d)
		x.rc.SetWriteDeadline(x.writeDeadline)
	}
}

// refuse answers a request the edge is not asked about.
func (x *h3Exchange) refuse(status int) {
	page := errorPage(status)
	h := x.w.Header()
	h["Server"] = []string{"CloudFront"}
	h["Content-Type"] = []string{"text/html"}
	h["Content-Length"] = []string{strconv.Itoa(len(page))}
	h["Date"] = nil
	x.w.WriteHeader(status)
	io.WriteString(x.w, page)
}

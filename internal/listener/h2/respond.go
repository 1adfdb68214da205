package h2

import (
	"net/http"

	"golang.org/x/net/http2"

	"github.com/warmfront/warmfront/internal/edge"
)

// Respond implements edge.Responder. A body in memory is on its way when it returns, a
// streamed one has been sent, unless that would hold up the loop.
func (st *stream) Respond(r *edge.Response) {
	if st.responded {
		panic("h2: Respond called twice")
	}
	st.responded = true
	if !st.inline {
		st.awaitEnd()
	}
	c := st.c
	length, end := st.frame(r)
	c.mu.Lock()
	if err := c.sendable(st); err != nil {
		c.mu.Unlock()
		drop(r, err)
		return
	}
	st.done = r.Done
	c.writeHead(st, r, length, end)
	switch {
	case end:
		c.endSend(st)
		c.complete(st, nil)
	case r.Stream == nil:
		st.rest, st.moved = r.Bytes, true
		c.queue = append(c.queue, st)
		c.fill()
	default:
		st.done = nil
	}
	stream, done := r.Stream, r.Done
	c.unlock()
	if !st.inline {
		c.flush(false)
	}
	switch {
	case end && stream != nil:
		stream.Close()
	case stream != nil && st.inline:
		st.pumped = true
		go st.pump(stream, done, length)
	case stream != nil:
		st.pump(stream, done, length)
	}
}

// frame returns the length to announce, -1 for none, and whether the head is all there is.
func (st *stream) frame(r *edge.Response) (length int64, end bool) {
	isHead := st.req.Method == http.MethodHead
	length = r.ContentLength
	if r.Bytes != nil || r.Stream == nil && !isHead {
		length = int64(len(r.Bytes))
	}
	if r.Status < 200 || r.Status == http.StatusNoContent || r.Status == http.StatusNotModified {
		return -1, true
	}
	return length, isHead || r.Stream == nil && len(r.Bytes) == 0
}

// drop ends a response that nobody can be sent.
func drop(r *edge.Response, err error) {
	if r.Stream != nil {
		r.Stream.Close()
	}
	if r.Done != nil {
		r.Done(0, err)
	}
}

// sendable says why nothing can be sent on st, or nil. Caller holds mu.
func (c *Conn) sendable(st *stream) error {
	if st.err != nil {
		return st.err
	}
	return c.dead
}

// writeHead leaves a response's head in out. Caller holds mu.
func (c *Conn) writeHead(st *stream, r *edge.Response, length int64, end bool) {
	flags := http2.FlagHeadersEndHeaders
	if end {
		flags |= http2.FlagHeadersEndStream
	}
	start := len(c.buffer())
	b := appendFrame(c.out, 0, http2.FrameHeaders, flags, st.id)
	b = c.enc.begin(b, r.Status)
	for i := range r.Fields {
		b = c.enc.field(b, &r.Fields[i])
	}
	if length >= 0 {
		b = c.enc.length(b, length)
	}
	if len(b)-start-frameHeadBytes > maxFrameBytes {
		b = split(b, start, st.id)
	} else {
		patchLength(b, start)
	}
	c.out = b
}

// split divides a header block that is too large for the frame at b[start] between that and
// CONTINUATION frames.
func split(b []byte, start int, id uint32) []byte {
	block := append([]byte(nil), b[start+frameHeadBytes:]...)
	flags := http2.Flags(b[start+4]) &^ http2.FlagHeadersEndHeaders
	b = appendFrame(b[:start], maxFrameBytes, http2.FrameHeaders, flags, id)
	b = append(b, block[:maxFrameBytes]...)
	for block = block[maxFrameBytes:]; len(block) > 0; {
		n := min(len(block), maxFrameBytes)
		flags = 0
		if n == len(block) {
			flags = http2.FlagContinuationEndHeaders
		}
		b = append(appendFrame(b, n, http2.FrameContinuation, flags, id), block[:n]...)
		block = block[n:]
	}
	return b
}

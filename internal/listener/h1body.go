package listener

import (
	"errors"
	"io"
	"net"
	"syscall"
)

var (
	errBodyTooLarge = errors.New("the request body is beyond the limit")
	errAfterServe   = errors.New("request body read after the request was served")
)

// bodyReader is a request body. It asks for the body (100 Continue) when first read, and
// unlike fasthttp's stream fails when the viewer stops before the announced length.
type bodyReader struct {
	from     io.Reader
	x        *exchange
	length   int64 // -1: chunked
	got      int64
	expected bool // the viewer waits for 100 Continue
	ended    bool
	err      error
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	if b.from == nil {
		return 0, errAfterServe
	}
	if b.ended {
		return 0, io.EOF
	}
	if b.err != nil {
		return 0, b.err
	}
	if b.expected {
		b.expected = false
		b.x.c.armWrite()
		if _, b.err = io.WriteString(b.x.c.conn, "HTTP/1.1 100 Continue\r\n\r\n"); b.err != nil {
			return 0, b.err
		}
	}
	n, err := b.from.Read(p)
	b.got += int64(n)
	switch {
	case b.got > b.x.c.l.opts.MaxBodyBytes:
		err = errBodyTooLarge
	case err == io.EOF && b.length >= 0 && b.got < b.length:
		err = io.ErrUnexpectedEOF
	case err == io.EOF || err == nil && b.got == b.length:
		b.ended = true
		return n, io.EOF
	}
	b.err = err
	return n, err
}

// unread reports whether some of the body may still be on its way.
func (b *bodyReader) unread() bool { return b.from != nil && !b.ended }

// mustClose reports whether the connection cannot be kept after a response sent now: more
// of the body is left than is worth discarding, or nobody knows if it will be sent.
func (b *bodyReader) mustClose() bool {
	return b.unread() && (b.expected || b.err != nil || b.length-b.got > maxDrainBytes)
}

// drain discards the rest of the body, so that it is not taken for the next request, and
// reports whether it came to its end.
func (b *bodyReader) drain() bool {
	if !b.unread() {
		return true
	}
	if b.expected {
		return false
	}
	io.CopyN(io.Discard, b, maxDrainBytes+1)
	return b.ended
}

// isConnError reports whether the viewer's connection failed, as opposed to what it said.
func isConnError(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ETIMEDOUT)
}

package listener

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

var (
	errBodyTooLarge = errors.New("the request body is beyond the limit")
	errAfterServe   = errors.New("request body read after the request was served")
)

// bodyReader is a request body. It asks for the body (100 Continue) when first read, and
// unlike fasthttp's stream fails when the viewer stops before the announced length. It has one
// reader, which may still be at it in another goroutine when the response begins: an origin
// may answer before it has taken the whole body.
type bodyReader struct {
	from   io.Reader
	x      *exchange
	length int64 // -1: chunked

	mu       sync.Mutex
	got      int64 // guarded by mu, as all below
	expected bool  // the viewer waits for 100 Continue
	answered bool  // the response has begun: it is too late for that
	ended    bool
	err      error
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	if b.from == nil {
		return 0, errAfterServe
	}
	if err := b.ask(); err != nil {
		return 0, err
	}
	n, err := b.from.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
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

// ask makes sure that the viewer sends the body. An error is the reader's.
func (b *bodyReader) ask() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.ended:
		return io.EOF
	case b.err != nil:
		return b.err
	case !b.expected:
		return nil
	case b.answered:
		return errAfterServe
	}
	b.expected = false
	b.x.c.armWrite()
	_, b.err = io.WriteString(b.x.c.conn, "HTTP/1.1 100 Continue\r\n\r\n")
	return b.err
}

// unread reports whether some of the body may still be on its way.
func (b *bodyReader) unread() bool {
	if b.from == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.ended
}

// answer notes that the response begins and reports whether the connection cannot be kept
// after it: more of the body is left than is worth discarding, or nobody knows if it will be
// sent.
func (b *bodyReader) answer() (mustClose bool) {
	if b.from == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answered = true
	return !b.ended && (b.expected || b.err != nil || b.length-b.got > maxDrainBytes)
}

// drain discards the rest of the body, so that it is not taken for the next request, and
// reports whether it came to its end.
func (b *bodyReader) drain() bool {
	if !b.unread() {
		return true
	}
	if b.expected { // it was never asked for
		return false
	}
	io.CopyN(io.Discard, b, maxDrainBytes+1)
	return !b.unread()
}

// isConnError reports whether the viewer's connection failed, as opposed to what it said.
func isConnError(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ETIMEDOUT)
}

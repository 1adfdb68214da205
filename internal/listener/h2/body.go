package h2

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/net/http2"
)

// body is a request's body as it arrives: at most a stream's window of it is held. It asks
// for it (100 Continue) when first read.
type body struct {
	st     *stream
	length int64 // of Content-Length; -1: none

	// Guarded by the connection's mu.
	buf      []byte
	off      int
	got      int64 // received
	expected bool  // the viewer waits for 100 Continue
	served   bool  // nobody may read any more
	wake     chan struct{}
}

var errBodyTooLarge = errors.New("the request body is beyond the limit")

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	c := b.st.c
	n, announced, err := b.take(p)
	if announced {
		c.flush(false)
	}
	if n > 0 || err != nil || len(p) == 0 {
		return n, err
	}
	timer := time.NewTimer(c.s.o.BodyTimeout)
	defer timer.Stop()
	for {
		select {
		case <-b.wake:
		case <-timer.C:
			return 0, os.ErrDeadlineExceeded
		}
		n, announced, err = b.take(p)
		if announced {
			c.flush(false)
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// take copies what is there. announced reports whether frames for the viewer have been left
// in the connection's output.
func (b *body) take(p []byte) (n int, announced bool, err error) {
	st, c := b.st, b.st.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.wake == nil {
		b.wake = make(chan struct{}, 1)
	}
	switch {
	case b.served || st.sendDone:
		return 0, false, errServed
	case b.got > c.s.o.MaxBodyBytes:
		return 0, false, errBodyTooLarge
	case b.off < len(b.buf):
		n = copy(p, b.buf[b.off:])
		b.off += n
		return n, c.giveBack(st, int64(n)), nil
	case st.recvDone:
		return 0, false, io.EOF
	case st.err != nil:
		return 0, false, st.err
	case b.expected:
		b.expected = false
		start := len(c.buffer())
		c.out = appendFrame(c.out, 0, http2.FrameHeaders, http2.FlagHeadersEndHeaders, st.id)
		c.out = c.enc.begin(c.out, 100)
		patchLength(c.out, start)
		return 0, true, nil
	}
	return 0, false, nil
}

// fits reports whether n more bytes are within Content-Length.
func (b *body) fits(n int64) bool { return b.length < 0 || b.got+n <= b.length }

// whole reports whether n more bytes make the body what Content-Length says.
func (b *body) whole(n int64) bool { return b.length < 0 || b.got+n == b.length }

// put appends what has arrived. Caller holds mu.
func (b *body) put(p []byte) {
	b.got += int64(len(p))
	b.expected = false
	if b.off > len(b.buf)/2 {
		b.buf = b.buf[:copy(b.buf, b.buf[b.off:])]
		b.off = 0
	}
	b.buf = append(b.buf, p...)
}

// discard drops what has not been read and returns how much that was. Caller holds mu.
func (b *body) discard() int64 {
	n := len(b.buf) - b.off
	b.buf, b.off = nil, 0
	return int64(n)
}

// notify wakes the reader. Caller holds mu.
func (b *body) notify() {
	if b.wake != nil {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
}

// giveBack makes room for n more bytes of bodies: on the connection, and on st unless that is
// nil or has ended. It reports whether it left a frame in out that says so. Caller holds mu.
func (c *Conn) giveBack(st *stream, n int64) (announced bool) {
	if c.consumed += n; c.consumed >= connWindow/4 {
		c.out = appendWindowUpdate(c.buffer(), 0, uint32(c.consumed))
		c.received -= c.consumed
		c.consumed, announced = 0, true
	}
	if st == nil || st.recvDone || st.err != nil {
		return announced
	}
	if st.consumed += n; st.consumed >= streamWindow/4 {
		c.out = appendWindowUpdate(c.buffer(), st.id, uint32(st.consumed))
		st.received -= st.consumed
		st.consumed, announced = 0, true
	}
	return announced
}

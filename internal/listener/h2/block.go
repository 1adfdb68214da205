package h2

import (
	"encoding/binary"

	"golang.org/x/net/http2"
)

// headers is a HEADERS frame.
type headers struct {
	stream     uint32
	flags      http2.Flags
	dependency uint32 // with FlagHeadersPriority
	fragment   []byte
}

// parseHeaders takes the padding and the priority off a HEADERS frame (RFC 9113, 6.2).
func parseHeaders(fh http2.FrameHeader, p []byte) (headers, error) {
	f := headers{stream: fh.StreamID, flags: fh.Flags}
	if f.stream == 0 {
		return f, connError{http2.ErrCodeProtocol, "HEADERS on stream 0"}
	}
	short := connError{http2.ErrCodeFrameSize, "frame too short"}
	padding := 0
	if f.flags.Has(http2.FlagHeadersPadded) {
		if len(p) < 1 {
			return f, short
		}
		padding, p = int(p[0]), p[1:]
	}
	if f.flags.Has(http2.FlagHeadersPriority) {
		if len(p) < 5 {
			return f, short
		}
		f.dependency, p = binary.BigEndian.Uint32(p)&maxStream, p[5:]
	}
	if padding > len(p) {
		return f, connError{http2.ErrCodeProtocol, "more padding than frame"}
	}
	f.fragment = p[:len(p)-padding]
	return f, nil
}

// maxStream is the highest number of a stream.
const maxStream = 1<<31 - 1

// onHeaders begins a header block: a request's, or its trailers.
func (c *Conn) onHeaders(f *headers) error {
	id, ended := f.stream, f.flags.Has(http2.FlagHeadersEndStream)
	if id%2 == 0 {
		return connError{http2.ErrCodeProtocol, "a client's streams have odd numbers"}
	}
	c.mu.Lock()
	st, last, reset, known := c.streams[id], c.last, false, false
	if id <= last && st == nil {
		reset, known = c.wasReset(id)
	}
	c.mu.Unlock()
	switch {
	case id <= last && st == nil && !known:
		return connError{http2.ErrCodeProtocol, "stream numbers go up"}
	case id <= last && st == nil && !reset:
		return connError{http2.ErrCodeStreamClosed, "HEADERS on a closed stream"}
	case id > last:
		st = c.s.streams.Get().(*stream)
		st.begin(c, id)
		c.cur = st
		st.recvDone = ended
		st.selfish = f.flags.Has(http2.FlagHeadersPriority) && f.dependency == id
	default:
		if st == nil {
			st = &stream{c: c, id: id, discard: true} // trailers under way when we reset it
		}
		c.cur = st
		c.trailer = &head{}
		c.trailer.reset(c.s.o.MaxHeadBytes)
		c.trailer.trailers = true
		st.inTrailers, st.trailersEnd = true, ended
	}
	c.fragments = 0
	return c.onFragment(f.fragment, f.flags.Has(http2.FlagHeadersEndHeaders))
}

// onFragment takes a piece of a header block, and acts on the block once it is whole.
func (c *Conn) onFragment(b []byte, end bool) error {
	if c.fragments++; len(c.block)+len(b) > maxBlockBytes || c.fragments > maxFragments {
		return connError{http2.ErrCodeEnhanceYourCalm, "header block too large"}
	}
	if !end || c.fragments > 1 {
		c.block = append(c.block, b...)
		b = c.block
	}
	if !end {
		return nil
	}
	c.block = nil
	st := c.cur
	c.cur = nil
	h := &st.head
	if st.inTrailers {
		h = c.trailer
	}
	var err error
	if st.arena, err = c.dec.decode(b, st.arena, h.add); err != nil {
		return connError{http2.ErrCodeCompression, err.Error()}
	}
	if st.inTrailers {
		return c.endTrailers(st)
	}
	return c.open(st)
}

// endTrailers ends a request's body. What the trailers say interests nobody.
func (c *Conn) endTrailers(st *stream) error {
	st.inTrailers = false
	trailer := c.trailer
	c.trailer = nil
	trailer.finish()
	if st.discard {
		return c.spend(1)
	}
	c.mu.Lock()
	code := http2.ErrCodeNo
	switch {
	case st.recvDone:
		code = http2.ErrCodeStreamClosed
	case trailer.malformed != "" || !st.trailersEnd || !st.body.whole(0):
		code = http2.ErrCodeProtocol
	default:
		c.endReceive(st)
	}
	c.unlock()
	if code != http2.ErrCodeNo {
		return c.streamFault(st.id, code)
	}
	return nil
}

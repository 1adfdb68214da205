package h2

import (
	"errors"
	"io"
	"time"

	"golang.org/x/net/http2"
)

// readFrame reads a frame and does what it says.
func (c *Conn) readFrame() error {
	fr := c.kit.framer
	fh, err := fr.ReadFrameHeader()
	if err != nil {
		return frameError(fh, err)
	}
	if fh.Type == http2.FrameHeaders {
		return c.readHeaders(fh)
	}
	c.inData = fh.Type == http2.FrameData
	f, err := fr.ReadFrameForHeader(fh)
	c.inData = false
	if err != nil {
		var se http2.StreamError
		if errors.As(err, &se) && fh.Type == http2.FrameWindowUpdate {
			return c.streamFault(fh.StreamID, se.Code)
		}
		return frameError(fh, err)
	}
	if !c.settled && (fh.Type != http2.FrameSettings || fh.Flags.Has(http2.FlagSettingsAck)) {
		return errNoSettings
	}
	return c.handle(f)
}

var errNoSettings = connError{http2.ErrCodeProtocol, "the first frame is not SETTINGS"}

// readHeaders reads the rest of a HEADERS frame where it is buffered: the Framer makes a new one
// of each.
func (c *Conn) readHeaders(fh http2.FrameHeader) error {
	p, err := c.kit.br.Peek(int(fh.Length))
	if err != nil {
		return err
	}
	f, err := parseHeaders(fh, p)
	switch {
	case err != nil:
		return err
	case !c.settled:
		return errNoSettings
	}
	if err := c.onHeaders(&f); err != nil {
		return err
	}
	_, err = c.kit.br.Discard(len(p))
	return err
}

// frameError makes what the Framer found wrong an error of the connection: after a bad frame
// neither streams nor the state of header compression can be trusted.
func frameError(fh http2.FrameHeader, err error) error {
	var ce http2.ConnectionError
	var se http2.StreamError
	switch {
	case errors.Is(err, http2.ErrFrameTooLarge):
		return connError{http2.ErrCodeFrameSize, "frame too large"}
	case errors.As(err, &ce):
		return connError{http2.ErrCode(ce), "bad " + fh.Type.String() + " frame"}
	case errors.As(err, &se):
		return connError{se.Code, "bad " + fh.Type.String() + " frame"}
	case errors.Is(err, io.ErrUnexpectedEOF) && fh.Length < 6 && (fh.Type == http2.FrameData || fh.Type == http2.FrameHeaders || fh.Type == http2.FramePushPromise):
		return connError{http2.ErrCodeFrameSize, "frame too short"} // if it is not the end of the connection
	}
	return err
}

func (c *Conn) handle(f http2.Frame) error {
	switch f := f.(type) {
	case *http2.ContinuationFrame:
		return c.onFragment(f.HeaderBlockFragment(), f.HeadersEnded())
	case *http2.DataFrame:
		return c.onData(f)
	case *http2.WindowUpdateFrame:
		return c.onWindowUpdate(f)
	case *http2.SettingsFrame:
		return c.onSettings(f)
	case *http2.PingFrame:
		return c.onPing(f)
	case *http2.RSTStreamFrame:
		return c.onReset(f)
	case *http2.PriorityFrame:
		if f.StreamDep == f.StreamID {
			return c.streamFault(f.StreamID, http2.ErrCodeProtocol)
		}
	case *http2.PushPromiseFrame:
		return connError{http2.ErrCodeProtocol, "PUSH_PROMISE from a client"}
	}
	return c.spend(1) // PRIORITY, GOAWAY, frames of unknown types
}

func (c *Conn) spend(n int) error {
	if !c.calm.spend(n, time.Now) {
		return connError{http2.ErrCodeEnhanceYourCalm, "too many frames without progress"}
	}
	return nil
}

// streamFault resets a stream for what the peer did on it (RFC 9113, 5.4.2).
func (c *Conn) streamFault(id uint32, code http2.ErrCode) error {
	c.mu.Lock()
	if st := c.streams[id]; st != nil {
		c.reset(st, code)
	} else {
		c.out = appendReset(c.buffer(), id, code)
		c.note(id, true)
	}
	c.unlock()
	return c.spend(2)
}

// onData takes a piece of a request's body.
func (c *Conn) onData(f *http2.DataFrame) error {
	id, size, data := f.StreamID, int64(f.Length), f.Data()
	c.mu.Lock()
	if c.received += size; c.received > connWindow {
		c.mu.Unlock()
		return connError{http2.ErrCodeFlowControl, "more DATA than the connection's window"}
	}
	st := c.streams[id]
	if st == nil || st.recvDone {
		return c.unexpectedData(id, st, size)
	}
	code := http2.ErrCodeNo
	switch st.received += size; {
	case st.received > streamWindow:
		code = http2.ErrCodeFlowControl
	case !st.body.fits(int64(len(data))), f.StreamEnded() && !st.body.whole(int64(len(data))):
		code = http2.ErrCodeProtocol // not what Content-Length says
	}
	if code != http2.ErrCodeNo {
		c.giveBack(nil, size)
		c.unlock()
		return c.streamFault(id, code)
	}
	if st.err == nil {
		st.body.put(data)
		c.giveBack(st, size-int64(len(data)))
	} else {
		c.giveBack(st, size)
	}
	if f.StreamEnded() {
		c.endReceive(st)
	}
	st.body.notify()
	c.unlock()
	if len(data) == 0 && !f.StreamEnded() {
		return c.spend(1)
	}
	c.calm.earn(len(data) >> 12)
	return nil
}

// unexpectedData answers DATA that nobody waits for. Caller holds mu, which it releases.
func (c *Conn) unexpectedData(id uint32, st *stream, size int64) error {
	c.giveBack(nil, size)
	reset, known := c.wasReset(id)
	idle := id > c.last || id%2 == 0
	c.mu.Unlock()
	switch {
	case idle:
		return connError{http2.ErrCodeProtocol, "DATA on an idle stream"}
	case st == nil && known && reset:
		return c.spend(1) // was under way when we reset the stream
	}
	return c.streamFault(id, http2.ErrCodeStreamClosed)
}

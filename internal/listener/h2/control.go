package h2

import (
	"errors"

	"golang.org/x/net/http2"
)

func (c *Conn) onWindowUpdate(f *http2.WindowUpdateFrame) error {
	id := f.StreamID
	c.mu.Lock()
	switch st := c.streams[id]; {
	case id == 0:
		if c.window += int64(f.Increment); c.window > maxWindow {
			c.mu.Unlock()
			return connError{http2.ErrCodeFlowControl, "the connection's window is too large"}
		}
		c.wakeAll(&c.forWindow)
	case st != nil:
		if st.window += int64(f.Increment); st.window > maxWindow {
			c.unlock()
			return c.streamFault(id, http2.ErrCodeFlowControl)
		}
		st.notify()
	case id > c.last || id%2 == 0:
		c.mu.Unlock()
		return connError{http2.ErrCodeProtocol, "WINDOW_UPDATE on an idle stream"}
	}
	c.fill()
	c.unlock()
	return c.spend(1)
}

func (c *Conn) onSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return c.spend(1)
	}
	c.settled = true
	c.mu.Lock()
	err := f.ForeachSetting(c.setting)
	if err == nil {
		c.out = appendFrame(c.buffer(), 0, http2.FrameSettings, http2.FlagSettingsAck, 0)
		c.fill()
	}
	c.unlock()
	if err != nil {
		return err
	}
	return c.spend(1 + f.NumSettings()/8)
}

// setting applies one of the peer's settings (RFC 9113, 6.5.2). Caller holds mu.
func (c *Conn) setting(s http2.Setting) error {
	if err := s.Valid(); err != nil {
		code := http2.ErrCodeProtocol
		if ce, ok := errors.AsType[http2.ConnectionError](err); ok {
			code = http2.ErrCode(ce)
		}
		return connError{code, "setting " + s.ID.String()}
	}
	switch s.ID {
	case http2.SettingHeaderTableSize:
		c.enc.setPeerLimit(s.Val)
	case http2.SettingInitialWindowSize:
		change := int64(s.Val) - c.peerStream
		c.peerStream = int64(s.Val)
		for _, st := range c.streams {
			if st.window += change; st.window > maxWindow {
				return connError{http2.ErrCodeFlowControl, "a stream's window is too large"}
			}
			st.notify()
		}
	}
	return nil
}

func (c *Conn) onPing(f *http2.PingFrame) error {
	if f.IsAck() {
		if f.Data == drainPing {
			c.lastWords()
		}
		return c.spend(1)
	}
	c.mu.Lock()
	c.out = appendPing(c.buffer(), http2.FlagPingAck, f.Data)
	c.unlock()
	return c.spend(1)
}

func (c *Conn) onReset(f *http2.RSTStreamFrame) error {
	id := f.StreamID
	c.mu.Lock()
	st := c.streams[id]
	if st == nil && (id > c.last || id%2 == 0) {
		c.mu.Unlock()
		return connError{http2.ErrCodeProtocol, "RST_STREAM on an idle stream"}
	}
	if st != nil {
		c.abort(st, errReset)
		c.remove(st, false)
	}
	c.unlock()
	return c.spend(1)
}

package h2

import (
	"os"
	"time"

	"golang.org/x/net/http2"
)

// Sizes of output. Buffers come in two sizes: most of what is written at once is little, or
// a batch of responses.
const (
	outBytes    = 128 << 10 // that are written at once
	streamBytes = 32 << 10  // of them, to which a streamed body may fill up
	maxQueued   = 256 << 10 // with more, no more requests are read
	smallOut    = 56 << 10  // of buffers: streamBytes with a frame and some heads more
	largeOut    = 152 << 10 // outBytes likewise
	recordBytes = 32        // that TLS adds to each 16 KiB, and a little more
	slowWrite   = 4 * time.Millisecond
)

// buffer returns out, which it makes sure to be there. Caller holds mu.
func (c *Conn) buffer() []byte {
	if c.out == nil {
		c.outRef = c.s.small.Get().(*[]byte)
		c.out = (*c.outRef)[:0]
	}
	return c.out
}

// grow makes sure that out has room for a frame of n bytes. Caller holds mu.
func (c *Conn) grow(n int) {
	if c.buffer(); len(c.out)+frameHeadBytes+n <= cap(c.out) || cap(c.out) >= largeOut {
		return
	}
	ref, b := c.outRef, c.out
	c.outRef = c.s.large.Get().(*[]byte)
	c.out = append((*c.outRef)[:0], b...)
	c.s.put(ref, b)
}

// take returns a pooled buffer with room for n bytes, if there are such.
func (s *Server) take(n int) *[]byte {
	if n <= smallOut {
		return s.small.Get().(*[]byte)
	}
	return s.large.Get().(*[]byte)
}

// put gives back b, which ref has been taken for.
func (s *Server) put(ref *[]byte, b []byte) {
	switch *ref = b[:0]; {
	case cap(b) > 2*largeOut: // a head of unusual size
	case cap(b) >= largeOut:
		s.large.Put(ref)
	default:
		s.small.Put(ref)
	}
}

// fill moves bodies in memory into out, a frame of each in turn, as far as windows and room
// allow. Caller holds mu.
func (c *Conn) fill() {
	for i := 0; i < len(c.queue) && c.window > 0 && len(c.out) < outBytes; {
		st := c.queue[i]
		if st.window <= 0 {
			i++
			continue
		}
		n := min(int64(len(st.rest)), maxFrameBytes, st.window, c.window)
		last := n == int64(len(st.rest))
		c.putData(st, st.rest[:n], last)
		st.rest = st.rest[n:]
		c.queue = append(c.queue[:i], c.queue[i+1:]...)
		if last {
			st.rest = nil
			c.endSend(st)
			c.complete(st, nil)
		} else {
			c.queue = append(c.queue, st)
		}
	}
	if len(c.queue) > 0 && c.sweeper == nil {
		c.sweeper = time.AfterFunc(c.s.o.WriteTimeout, c.sweep)
	}
}

// putData leaves a frame of a body in out. Caller holds mu.
func (c *Conn) putData(st *stream, p []byte, last bool) {
	var flags http2.Flags
	if last {
		flags = http2.FlagDataEndStream
	}
	c.grow(len(p))
	c.out = append(appendFrame(c.out, len(p), http2.FrameData, flags, st.id), p...)
	n := int64(len(p))
	st.sent, st.moved = st.sent+n, true
	st.window -= n
	c.window -= n
	c.calm.credit.Add(2) // the WINDOW_UPDATEs it will bring
}

// sweep resets streams whose viewers have not taken anything of them for a while.
func (c *Conn) sweep() {
	c.mu.Lock()
	c.sweeper = nil
	if c.dead == nil {
		var stalled []*stream
		for _, st := range c.queue {
			if !st.moved {
				stalled = append(stalled, st)
			}
			st.moved = false
		}
		for _, st := range stalled {
			c.reset(st, http2.ErrCodeCancel)
		}
		if len(c.queue) > 0 {
			c.sweeper = time.AfterFunc(c.s.o.WriteTimeout, c.sweep)
		}
	}
	c.unlock()
	c.flush(false)
}

// send sends some of p from a stream's goroutine, waiting until that is possible.
func (st *stream) send(p []byte) (int, error) {
	c := st.c
	var timer *time.Timer
	c.mu.Lock()
	for {
		if err := c.sendable(st); err != nil {
			c.mu.Unlock()
			return 0, err
		}
		if c.window > 0 && st.window > 0 && len(c.out) < streamBytes {
			break
		}
		if timer == nil {
			timer = time.NewTimer(c.s.o.WriteTimeout)
			defer timer.Stop()
		}
		if !c.await(st, timer) {
			c.reset(st, http2.ErrCodeCancel)
			c.unlock()
			c.flush(false)
			return 0, os.ErrDeadlineExceeded
		}
	}
	sent := 0
	for sent < len(p) && c.window > 0 && st.window > 0 && len(c.out) < streamBytes {
		n := min(int64(len(p)-sent), maxFrameBytes, st.window, c.window)
		c.putData(st, p[sent:sent+int(n)], false)
		sent += int(n)
	}
	c.mu.Unlock()
	c.flush(false)
	return sent, nil
}

// await waits for what keeps st from sending, and returns false when the timer fires before.
// Caller holds mu, which is released meanwhile.
func (c *Conn) await(st *stream, timer *time.Timer) bool {
	if st.wake == nil {
		st.wake = make(chan struct{}, 1)
	}
	switch {
	case st.window <= 0:
	case c.window <= 0:
		c.forWindow = append(c.forWindow, st)
	default:
		c.forRoom = append(c.forRoom, st)
	}
	c.mu.Unlock()
	defer c.mu.Lock()
	select {
	case <-st.wake:
		return true
	case <-timer.C:
		return false
	}
}

// wakeAll wakes the streams of a list and empties it. Caller holds mu.
func (c *Conn) wakeAll(list *[]*stream) {
	for i, st := range *list {
		st.notify()
		(*list)[i] = nil
	}
	*list = (*list)[:0]
}

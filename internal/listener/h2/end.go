package h2

import (
	"io"
	"time"

	"golang.org/x/net/http2"
)

// drainPing is the PING that follows a first GOAWAY: when it comes back, every request sent
// before the viewer knew has arrived.
var drainPing = [8]byte{'w', 'a', 'r', 'm', 'b', 'y', 'e', '.'}

// Drain tells the viewer to send no more requests, and closes the connection when those under
// way are answered (RFC 9113, 6.8). It does not wait.
func (c *Conn) Drain() { go c.drain() }

func (c *Conn) drain() {
	c.mu.Lock()
	if c.goingAway || c.dead != nil {
		c.mu.Unlock()
		return
	}
	c.goingAway = true
	c.out = appendGoAway(c.buffer(), maxWindow, http2.ErrCodeNo, "")
	c.out = appendPing(c.out, 0, drainPing)
	c.drainer = time.AfterFunc(drainTime, c.lastWords)
	c.unlock()
	c.flush(false)
}

// lastWords says which streams are the last to be answered.
func (c *Conn) lastWords() {
	c.mu.Lock()
	if c.goingAway && !c.final && c.dead == nil {
		c.final = true
		c.out = appendGoAway(c.buffer(), c.last, http2.ErrCodeNo, "")
		c.finish()
	}
	c.unlock()
	c.flush(false)
}

// finish closes a connection that is going away once its last stream has ended. Caller holds
// mu.
func (c *Conn) finish() {
	if c.final && len(c.streams) == 0 {
		c.closing.Store(true)
	}
}

// hangUp ends the connection for an error (RFC 9113, 5.4.1), and gives the viewer a moment to
// read that: closing with input unread would reset the connection and destroy it.
func (c *Conn) hangUp(e connError) {
	c.mu.Lock()
	if c.dead == nil && !c.closing.Load() {
		c.out = appendGoAway(c.buffer(), c.last, e.code, e.reason)
	}
	c.closing.Store(true)
	c.abortAll(e)
	c.unlock()
	c.flush(true)
	c.raw.SetReadDeadline(time.Now().Add(lingerTime))
	io.CopyN(io.Discard, c.raw, maxQueued)
}

func (c *Conn) abortAll(err error) {
	for _, st := range c.streams {
		c.abort(st, err)
		c.note(st.id, true)
	}
	clear(c.streams)
}

// lost lets go of everything.
func (c *Conn) lost(err error) {
	c.mu.Lock()
	if c.dead == nil {
		c.dead = err
	}
	c.abortAll(c.dead)
	for _, t := range [...]*time.Timer{c.sweeper, c.drainer} {
		if t != nil {
			t.Stop()
		}
	}
	if c.out != nil {
		c.s.put(c.outRef, c.out)
		c.out, c.outRef = nil, nil
	}
	c.wakeAll(&c.forRoom)
	c.wakeAll(&c.forWindow)
	c.room.Broadcast()
	c.unlock()
	c.raw.Close()
	if c.kit != nil && c.boundary && c.cur == nil { // else its Framer may be amid a header block
		c.release()
	}
}

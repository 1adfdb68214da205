package h2

import (
	"errors"
	"net"
	"time"
)

// flush writes out, unless someone is writing: they will take it along. The loop leaves
// writing to a goroutine when the peer is slow to take it, and nobody writes more than once
// for others.
func (c *Conn) flush(loop bool) {
	c.mu.Lock()
	if !c.writing && c.dead == nil && len(c.out) > 0 {
		c.writing = true
		if loop && c.slow {
			go c.writer()
		} else if c.write(); len(c.out) > 0 && c.dead == nil {
			go c.writer()
		} else {
			c.writing = false
		}
	}
	c.bye()
	c.unlock()
}

// writer writes until there is nothing left.
func (c *Conn) writer() {
	c.mu.Lock()
	for len(c.out) > 0 && c.dead == nil {
		c.write()
	}
	c.writing = false
	c.bye()
	c.unlock()
}

// write writes out once. Caller holds mu, which is released meanwhile, and has set writing.
func (c *Conn) write() {
	ref, b := c.outRef, c.out
	c.out, c.outRef = nil, nil
	c.mu.Unlock()
	start := time.Now()
	if left, d := c.writeUntil.Sub(start), c.s.o.WriteTimeout; left < d/2 || left > d {
		c.writeUntil = start.Add(d)
		c.conn.SetWriteDeadline(c.writeUntil)
	}
	err := c.writeRecords(b)
	took := time.Since(start)
	c.s.put(ref, b)
	c.mu.Lock()
	c.slow = took > slowWrite
	if err != nil {
		c.dead = err
		c.raw.Close() // the loop sees to the rest
	}
	c.fill()
	c.wakeAll(&c.forRoom)
	c.room.Broadcast()
}

// writeRecords writes b as TLS records, those of several in one go.
func (c *Conn) writeRecords(b []byte) error {
	if len(b) <= maxFrameBytes {
		_, err := c.conn.Write(b)
		return err
	}
	ref := c.s.take(len(b) + (len(b)>>14+1)*recordBytes)
	c.socket.hold(*ref)
	_, err := c.conn.Write(b)
	records, werr := c.socket.release()
	c.s.put(ref, records)
	return errors.Join(err, werr)
}

// relieve writes when there is much to write, and waits when there is too much: a viewer that
// does not read its responses is not asked for more requests.
func (c *Conn) relieve() error {
	c.mu.Lock()
	n := len(c.out)
	c.mu.Unlock()
	if n < outBytes {
		return nil
	}
	c.flush(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.out) > maxQueued && c.dead == nil {
		c.room.Wait()
	}
	return c.dead
}

// closeWriter is a connection whose sending side can be closed alone.
type closeWriter interface{ CloseWrite() error }

// bye closes our side once everything has been said. Caller holds mu.
func (c *Conn) bye() {
	if !c.closing.Load() || c.hungUp || c.writing || len(c.out) > 0 || c.dead != nil {
		return
	}
	c.hungUp = true
	c.mu.Unlock()
	for _, conn := range [...]net.Conn{c.conn, c.raw} {
		if w, ok := conn.(closeWriter); ok {
			w.CloseWrite()
		}
	}
	c.raw.SetReadDeadline(time.Now().Add(lingerTime))
	c.mu.Lock()
}

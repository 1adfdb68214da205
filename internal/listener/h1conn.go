package listener

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// defaultParkAfter is how long an idle connection keeps its buffers; then it gives them back and
// waits for the next request with nothing but its goroutine.
const defaultParkAfter = 2 * time.Second

// Sizes of the pooled buffers of a connection at work.
const (
	writeBufferBytes = 16 << 10
	maxDrainBytes    = 256 << 10 // of an unread body, to keep the connection
	lingerTime       = 500 * time.Millisecond
)

// waitFor is what a connection waits for when it reads: it decides the timeout.
type waitFor uint8

const (
	forRequest waitFor = iota // the first byte of a head
	forHead                   // the rest of it
	forBody
)

// h1 is one HTTP/1.x connection. Its methods run in the connection's goroutine, but for
// wake, which shutdown calls.
type h1 struct {
	l      *Listener
	conn   net.Conn // TLS or clear text
	raw    net.Conn // the socket beneath
	viewer viewer

	lent   bool   // by a loop, which takes it back between two requests
	unread []byte // bytes of a lent connection that its loop has read

	waiting       waitFor
	headTimed     bool      // the time for the head under way runs
	got           int64     // bytes read
	readErr       error     // of the last read; fasthttp does not always pass it on
	readDeadline  time.Time // armed on conn
	writeDeadline time.Time // armed on conn

	mu   sync.Mutex
	idle bool // guarded by mu; no whole head has come: shutdown may end the wait for it
}

var errDraining = errors.New("shutting down")

func newH1(l *Listener, conn, raw net.Conn, v viewer) *h1 {
	return &h1{l: l, conn: conn, raw: raw, viewer: v}
}

// wake ends an idle wait so that the connection sees that the listener is draining.
func (c *h1) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle {
		c.raw.SetReadDeadline(time.Unix(1, 0))
	}
}

// setIdle begins or ends the time in which shutdown may end the connection.
func (c *h1) setIdle(idle bool) {
	c.mu.Lock()
	c.idle = idle
	c.mu.Unlock()
	if !idle && c.l.draining.Load() {
		c.readDeadline = time.Time{} // wake may have moved it
	}
}

// serve serves requests until the connection ends.
func (c *h1) serve() {
	// A TLS connection may already hold the first request in its own buffer, where waiting
	// on the socket would not see it.
	ready := c.conn != c.raw || c.park(c.l.opts.HeadTimeout)
	for ready && c.busy() {
		ready = c.park(c.l.opts.IdleTimeout)
	}
	c.conn.Close()
}

// park waits on the socket until there is something to read and reports whether there is.
func (c *h1) park(timeout time.Duration) bool {
	c.setIdle(true)
	c.l.parked.Add(1)
	defer c.l.parked.Add(-1)
	c.setReadDeadline(time.Now().Add(timeout))
	return !c.l.draining.Load() && waitReadable(c.raw)
}

// busy serves requests while they come and reports whether the connection is idle now, as
// opposed to finished.
func (c *h1) busy() (idle bool) {
	x := c.l.exchanges.get(c)
	defer c.l.exchanges.put(x)
	for {
		c.setIdle(true)
		err := x.readHead()
		c.setIdle(false)
		switch {
		case err == nil:
		case c.waiting == forRequest:
			return isTimeout(c.readErr) && !c.l.draining.Load()
		default:
			x.refuseHead(err)
			return false
		}
		if keep := x.serve(); !keep {
			return false
		}
		if c.lent && len(c.unread) == 0 && x.br.Buffered() == 0 {
			return true
		}
	}
}

// Read implements io.Reader for the connection's bufio.Reader.
func (c *h1) Read(p []byte) (n int, err error) {
	if n = copy(p, c.unread); n > 0 {
		c.unread = c.unread[n:]
	} else if n, err = c.read(p); errors.Is(err, errDraining) {
		return 0, err
	}
	c.got += int64(n)
	c.readErr = err
	if c.waiting == forRequest && n > 0 {
		c.waiting = forHead
	}
	return n, err
}

// read reads from the connection, for as long as what it waits for may take.
func (c *h1) read(p []byte) (int, error) {
	switch c.waiting {
	case forRequest:
		c.armRead(c.l.parkAfter)
	case forHead:
		if !c.headTimed { // from about its first byte
			c.headTimed = true
			c.setReadDeadline(time.Now().Add(c.l.opts.HeadTimeout))
		}
	case forBody:
		c.armRead(c.l.opts.BodyTimeout)
	}
	if c.waiting != forBody && c.l.draining.Load() { // after arming: shutdown arms its own after setting this
		return 0, errDraining
	}
	return c.conn.Read(p)
}

// armRead lets reads wait for about d: deadlines are moved only when half of it is gone,
// which spares busy connections the timer.
func (c *h1) armRead(d time.Duration) {
	now := time.Now()
	if left := c.readDeadline.Sub(now); left < d/2 || left > d {
		c.setReadDeadline(now.Add(d))
	}
}

func (c *h1) setReadDeadline(t time.Time) {
	c.readDeadline = t
	c.conn.SetReadDeadline(t)
}

// armWrite is armRead for the next piece to write.
func (c *h1) armWrite() {
	now, d := time.Now(), c.l.opts.WriteTimeout
	if left := c.writeDeadline.Sub(now); left < d/2 || left > d {
		c.writeDeadline = now.Add(d)
		c.conn.SetWriteDeadline(c.writeDeadline)
	}
}

// linger closes after a last response while the viewer may still be sending: closing at
// once would reset the connection and could destroy that response on its way.
func (c *h1) linger() {
	type halfCloser interface{ CloseWrite() error }
	if hc, ok := c.conn.(halfCloser); ok && hc.CloseWrite() == nil {
		c.conn.SetReadDeadline(time.Now().Add(lingerTime))
		io.CopyN(io.Discard, c.raw, maxDrainBytes)
	}
}

// abort closes so that the viewer cannot take what it has for a whole response: without a
// TLS close_notify, and when only the end of the connection would delimit the body, with a
// TCP reset.
func (c *h1) abort(reset bool) {
	if tcp, ok := c.raw.(*net.TCPConn); ok && reset {
		tcp.SetLinger(0)
	}
	c.raw.Close()
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// exchangePool recycles the buffers of connections at work.
type exchangePool struct{ pool sync.Pool }

func (p *exchangePool) get(c *h1) *exchange {
	x, _ := p.pool.Get().(*exchange)
	if x == nil {
		x = &exchange{out: make([]byte, 0, writeBufferBytes)}
		x.br = bufio.NewReaderSize(nil, maxHeadBytes)
		x.gone = x.viewerGone
	}
	x.c = c
	x.br.Reset(c)
	return x
}

func (p *exchangePool) put(x *exchange) {
	x.reset()
	x.c = nil
	x.br.Reset(nil)
	p.pool.Put(x)
}

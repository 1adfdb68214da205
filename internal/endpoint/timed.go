package endpoint

import (
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// pieceBytes is how much may be written under one deadline.
const pieceBytes = 256 << 10

// timedListener gives the connections it accepts timeouts for the parts of an exchange.
type timedListener struct {
	net.Listener
	opts *Options
}

// Accept implements net.Listener.
func (l *timedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &timedConn{TCPConn: conn.(*net.TCPConn), opts: l.opts}, nil
}

// timedConn bounds the wait for a request, the time of a head, and each silence within a
// body, so that uploads and downloads may take as long as they progress.
type timedConn struct {
	*net.TCPConn
	opts  *Options
	phase atomic.Int32
	head  time.Time // by when the head must be complete, in phase inHead
}

// The phases of a connection, as Read and Write see them pass.
const (
	waiting int32 = iota // for a request
	inHead
	inExchange
)

// headDone tells the connection under a request that its head has been read.
func headDone(conn net.Conn) {
	if tc, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = tc.NetConn()
	}
	if c, ok := conn.(*timedConn); ok {
		c.phase.Store(inExchange)
	}
}

// Read implements net.Conn.
func (c *timedConn) Read(p []byte) (int, error) {
	now := time.Now()
	switch c.phase.Load() {
	case waiting:
		c.TCPConn.SetReadDeadline(now.Add(c.opts.IdleTimeout))
	case inHead:
		c.TCPConn.SetReadDeadline(c.head)
	default:
		c.TCPConn.SetReadDeadline(now.Add(c.opts.BodyTimeout))
	}
	n, err := c.TCPConn.Read(p)
	if n > 0 && c.phase.CompareAndSwap(waiting, inHead) {
		c.head = time.Now().Add(c.opts.HeadTimeout)
	}
	return n, err
}

// Write implements net.Conn. A response has begun: the next read may be for the next
// request, or for what is left of this one's body.
func (c *timedConn) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		c.TCPConn.SetWriteDeadline(time.Now().Add(c.opts.BodyTimeout))
		var m int
		m, err = c.TCPConn.Write(p[n:min(len(p), n+pieceBytes)])
		n += m
	}
	c.phase.CompareAndSwap(inExchange, waiting)
	return n, err
}

// ReadFrom implements io.ReaderFrom, which keeps sendfile for objects.
func (c *timedConn) ReadFrom(r io.Reader) (total int64, err error) {
	limit := int64(-1)
	lr, limited := r.(*io.LimitedReader)
	if limited {
		r, limit = lr.R, lr.N
	}
	if _, ok := r.(syscall.Conn); !ok {
		if limited {
			r = lr
		}
		return io.Copy(writerOnly{c}, r)
	}
	for limit < 0 || total < limit {
		piece := &io.LimitedReader{R: r, N: pieceBytes}
		if limit >= 0 {
			piece.N = min(piece.N, limit-total)
		}
		c.TCPConn.SetWriteDeadline(time.Now().Add(c.opts.BodyTimeout))
		n, err := c.TCPConn.ReadFrom(piece)
		total += n
		if limited {
			lr.N -= n
		}
		if err != nil || n == 0 {
			return total, err
		}
	}
	return total, nil
}

// writerOnly hides ReadFrom from io.Copy.
type writerOnly struct{ io.Writer }

// SetDeadline, SetReadDeadline and SetWriteDeadline are this type's own business.
func (c *timedConn) SetDeadline(time.Time) error      { return nil }
func (c *timedConn) SetReadDeadline(time.Time) error  { return nil }
func (c *timedConn) SetWriteDeadline(time.Time) error { return nil }

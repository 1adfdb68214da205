package listener

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/warmfront/warmfront/internal/edge"
)

// loopConn is a clear-text connection in the care of a loop. Its fields belong to the loop's
// goroutine, or to the one it is lent to.
type loopConn struct {
	lp     *loop
	t      *tracked
	viewer viewer
	fd     int // -1 once closed; others read it, and its owner changes it, under lp.mu
	slot   int32
	inside bool // lp watches it; guarded by lp.mu

	since  time.Time // something last happened
	served bool      // it has sent something
	more   bool      // there may be more to read
	out    *loopOut  // an answer the viewer has not taken yet; nil for none

	turn *edge.Turn // that a request waits for; nil for none
	held []byte     // that request, and what came with it
}

// rawListener accepts sockets that package net knows nothing of.
type rawListener struct {
	file *os.File
	addr net.Addr
}

// newRawListener takes the place of ln.
func newRawListener(ln *net.TCPListener) (*rawListener, error) {
	defer ln.Close()
	file, err := ln.File()
	if err != nil {
		return nil, err
	}
	prepareListener(int(file.Fd()))
	if err := unix.SetNonblock(int(file.Fd()), true); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &rawListener{file, ln.Addr()}, nil
}

// Addr implements net.Listener.
func (r *rawListener) Addr() net.Addr { return r.addr }

// Close implements net.Listener.
func (r *rawListener) Close() error { return r.file.Close() }

// Accept implements net.Listener for completeness; loops use accept.
func (r *rawListener) Accept() (net.Conn, error) { return nil, errors.ErrUnsupported }

// accept hands connections to loops in turn, until the listener is closed.
func (r *rawListener) accept(l *Listener) error {
	raw, err := r.file.SyscallConn()
	if err != nil {
		return err
	}
	next := 0
	return l.acceptEach(func() error {
		var fd int
		var from unix.Sockaddr
		var failed error
		err := raw.Read(func(s uintptr) bool {
			fd, from, failed = unix.Accept4(int(s), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			return failed != unix.EAGAIN
		})
		switch {
		case err != nil: // of a file without deadlines: it has been closed
			return net.ErrClosed
		case failed == unix.ECONNABORTED || failed == unix.EINTR:
			return nil
		case failed != nil:
			return os.NewSyscallError("accept4", failed)
		}
		next++
		l.takeRaw(l.loops[next%len(l.loops)], fd, from)
		return nil
	})
}

// prepareListener sets what accepted sockets inherit: as package net does, small writes are
// sent at once, and dead peers are noticed.
func prepareListener(s int) {
	_ = unix.SetsockoptInt(s, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	_ = unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	_ = unix.SetsockoptInt(s, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 15)
	_ = unix.SetsockoptInt(s, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 15)
}

// takeRaw gives an accepted socket to lp, once a trusted proxy has said who the viewer is.
func (l *Listener) takeRaw(lp *loop, fd int, from unix.Sockaddr) {
	local, err := unix.Getsockname(fd)
	c := &loopConn{lp: lp, fd: fd, viewer: viewer{peer: sockaddrPort(from), local: sockaddrPort(local)}}
	if err == nil {
		c.t = l.conns.add(c.cut, l.opts.MaxConnections)
	}
	switch {
	case c.t == nil:
		_ = unix.Close(fd)
	case l.trusted(c.viewer.peer.Addr()):
		go c.introduce()
	default:
		lp.add(c)
	}
}

// introduce reads a trusted proxy's header.
func (c *loopConn) introduce() {
	conn, err := c.netConn()
	if err != nil || !c.lp.l.introduce(conn, &c.viewer) {
		if err == nil {
			conn.Close()
		}
		c.close()
		return
	}
	conn.Close()
	c.lp.add(c)
}

// lend gives the connection to a goroutine of its own, with what has been read of it, for
// requests that may have to wait or that the loop does not understand.
func (c *loopConn) lend(unread []byte) {
	lp := c.lp
	c.leaveTurn()
	lp.mu.Lock()
	lp.leave(c)
	lp.mu.Unlock()
	go c.serveLent(append([]byte(nil), unread...))
}

// serveLent serves requests as connections without a loop are, until there is a pause.
func (c *loopConn) serveLent(unread []byte) {
	keep := false
	defer func() {
		if !keep {
			c.close()
		}
	}()
	defer c.lp.l.recoverPanic()
	conn, err := c.netConn()
	if err != nil {
		c.lp.l.log.Error("cannot serve a viewer's connection", "error", err)
		return
	}
	defer conn.Close()
	h := newH1(c.lp.l, conn, conn, c.viewer)
	h.lent, h.unread = true, unread
	c.t.onWake(h.wake)
	if h.busy() {
		keep = true
		c.lp.add(c)
	}
}

// netConn is a connection of package net for the same socket.
func (c *loopConn) netConn() (net.Conn, error) {
	fd, err := unix.FcntlInt(uintptr(c.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	file := os.NewFile(uintptr(fd), "viewer")
	defer file.Close()
	return net.FileConn(file)
}

// close closes the connection for good; its owner calls it.
func (c *loopConn) close() {
	lp := c.lp
	c.leaveTurn()
	lp.mu.Lock()
	open := c.fd >= 0
	if open {
		lp.leave(c)
		_ = unix.Close(c.fd)
		c.fd = -1
	}
	lp.mu.Unlock()
	if open {
		c.t.done()
	}
}

// abort closes with a TCP reset, so that nobody takes what was sent for whole.
func (c *loopConn) abort() {
	if c.fd >= 0 {
		unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	if c.out != nil {
		c.finish(net.ErrClosed)
	}
	c.close()
}

// cut ends the connection from anywhere: its owner finds it ended.
func (c *loopConn) cut() {
	c.lp.mu.Lock()
	defer c.lp.mu.Unlock()
	if c.fd >= 0 {
		unix.Shutdown(c.fd, unix.SHUT_RDWR)
	}
}

// wake has the loop find that the viewer says no more, once it has been answered.
func (c *loopConn) wake() {
	c.lp.mu.Lock()
	defer c.lp.mu.Unlock()
	if c.inside {
		unix.Shutdown(c.fd, unix.SHUT_RD)
	}
}

// patience is how long the connection may be as it is.
func (c *loopConn) patience() time.Duration {
	o := &c.lp.l.opts
	switch {
	case c.out != nil, c.turn != nil:
		return o.WriteTimeout
	case !c.served:
		return o.HeadTimeout
	}
	return o.IdleTimeout
}

// receive reads from a socket without waiting. The call is quick, so the scheduler need not
// hear of it.
func receive(fd int, p []byte) (int, syscall.Errno) {
	n, _, err := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), unix.MSG_DONTWAIT, 0, 0)
	return int(n), err
}

package listener

import (
	"io"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/warmfront/warmfront/internal/edge"
)

// loopExchange is the request a loop is answering; it implements edge.Responder and is reused
// for the next.
type loopExchange struct {
	lp        *loop
	c         *loopConn
	index     headIndex
	req       edge.Request
	head      []byte
	responded bool
	out       loopOut
}

// loopOut is an answer on its way: what is left of its head, then what is left of its body.
type loopOut struct {
	head, body []byte
	pages      []byte // the body to be sent without a copy, instead of body; nil for none
	holds      *edge.Pages
	file       *edge.FileRun // the body instead of body; nil for none
	fresh      bool          // it was in the kernel's memory a moment ago
	size, mark int64         // of the body; what of it was left when the viewer last made progress
	ended      func() error  // nil for never
	done       func(sent int64, err error)
	unread     []byte // requests that came with the one this answers
}

// serve answers the request at the start of b and returns its length; 0 means that it is not
// for the loop to answer.
func (x *loopExchange) serve(c *loopConn, b []byte) int {
	n, method, target := plainHead(b, &x.index)
	if n == 0 {
		return 0
	}
	x.c, x.responded = c, false
	x.req = edge.Request{
		Method: method, Host: x.index.Get("Host"), Target: target, Proto: edge.HTTP11, Header: &x.index,
		Peer: c.viewer.peer, Local: c.viewer.local, TLS: c.viewer.tls, TakesPages: true, TakesFiles: true,
		Waiter: c, Turn: c.turn,
	}
	defer x.keepTurn(c, b)
	if c.viewer.tls != nil && x.lp.l.misdirected(&c.viewer, x.req.Host) || !x.lp.try.TryServe(&x.req, x) {
		return 0
	}
	if !x.responded {
		panic("listener: a request was taken and not answered")
	}
	return n
}

// keepTurn has c hold the request in b if it is to wait for its turn.
func (x *loopExchange) keepTurn(c *loopConn, b []byte) {
	c.turn = x.req.Turn
	if c.turn != nil && c.fd >= 0 {
		c.held = append([]byte(nil), b...)
	}
}

// Respond implements edge.Responder. What the viewer does not take at once is left for later.
func (x *loopExchange) Respond(r *edge.Response) {
	if x.responded || r.Stream != nil {
		panic("listener: not a response for a loop")
	}
	x.responded = true
	frame, length := frameOf(r, x.req.Method)
	if r.File != nil {
		frame, length = sized, r.File.Left()
	}
	x.head = append(appendHead(x.head[:0], r, length), "\r\n"...)
	o := &x.out
	*o = loopOut{head: x.head, ended: r.Ended, done: r.Done}
	switch {
	case r.File != nil:
		o.file, o.fresh, o.size, o.mark = r.File, true, length, length
	case frame != noBody:
		o.body, o.size, o.mark = r.Bytes, int64(len(r.Bytes)), int64(len(r.Bytes))
		switch {
		case len(x.head)+len(o.body) <= cap(x.head):
			// One piece is cheaper than two.
			o.head, o.body = append(x.head, o.body...), nil
		case r.Pages != nil:
			o.holds, o.pages = r.Pages, r.Pages.Bytes()[r.PagesFrom:][:len(o.body)]
		}
	}
	c := x.c
	switch whole, err := c.write(o); {
	case err != nil:
		c.out = o
		c.finish(err)
		c.close()
	case whole:
		o.closeFile()
		if o.done != nil {
			o.done(o.size, nil)
		}
	default:
		left := *o
		left.fresh = false
		left.head = append([]byte(nil), o.head...)
		c.out = &left
	}
	*o = loopOut{}
}

// resume goes on with an answer and reports whether the connection is ready for requests.
func (lp *loop) resume(c *loopConn) bool {
	o := c.out
	whole, err := c.write(o)
	if left := o.bodyLeft(); o.mark-left >= pieceBytes {
		o.mark, c.since = left, lp.now
	}
	switch {
	case err != nil:
		c.finish(err)
		c.close()
		return false
	case !whole:
		return false
	}
	c.since = lp.now
	c.finish(nil)
	return lp.answer(c, o.unread)
}

// finish tells that an answer has been sent, or that it cannot be.
func (c *loopConn) finish(err error) {
	o := c.out
	c.out = nil
	left := int64(len(o.head)) + o.bodyLeft()
	o.closeFile()
	if o.done != nil {
		o.done(o.size-min(o.size, left), err)
	}
}

// bodyLeft is how many bytes of the body are still to be sent.
func (o *loopOut) bodyLeft() int64 {
	if o.file != nil {
		return o.file.Left()
	}
	return int64(len(o.body))
}

// closeFile closes the file of a body that has one.
func (o *loopOut) closeFile() {
	if o.file != nil {
		o.file.Close()
		o.file = nil
	}
}

// write sends what the viewer takes of o and reports whether that was all.
func (c *loopConn) write(o *loopOut) (whole bool, err error) {
	for len(o.head) > 0 || o.bodyLeft() > 0 {
		if o.ended != nil {
			if err := o.ended(); err != nil {
				return false, err
			}
		}
		n, errno := c.writeOnce(o)
		if n == 0 && errno == 0 { // the file has been cut short
			return false, io.ErrUnexpectedEOF
		}
		switch errno {
		case 0:
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return false, nil
		default:
			return false, os.NewSyscallError("write", errno)
		}
		if head := min(n, len(o.head)); head > 0 {
			o.head, n = o.head[head:], n-head
		}
		if o.file != nil {
			o.file.Pass(int64(n))
		} else {
			o.body = o.body[n:]
		}
	}
	return true, nil
}

// writeOnce makes one system call. Those that only copy into the socket are quick, so the
// scheduler need not hear of them.
func (c *loopConn) writeOnce(o *loopOut) (int, syscall.Errno) {
	switch {
	case o.file != nil && len(o.head) > 0:
		return send(c.fd, o.head, unix.MSG_MORE)
	case o.file != nil:
		return c.sendFile(o)
	case len(o.body) == 0:
		return send(c.fd, o.head, 0)
	case o.holds != nil && len(o.head) > 0:
		return send(c.fd, o.head, unix.MSG_MORE)
	case o.holds != nil:
		n, err := c.lp.pipe.send(c.fd, o.pages[len(o.pages)-len(o.body):])
		if err == syscall.EAGAIN || err == 0 && n > 0 {
			return n, err
		}
		o.holds, o.pages = nil, nil // it cannot be had, or the copy will tell why
		return c.writeOnce(o)
	case len(o.head) == 0:
		return send(c.fd, o.body, 0)
	}
	v := &c.lp.vectors
	v.iov = [2]unix.Iovec{{Base: &o.head[0], Len: uint64(len(o.head))}, {Base: &o.body[0], Len: uint64(len(o.body))}}
	v.msg = unix.Msghdr{Iov: &v.iov[0], Iovlen: 2}
	n, _, err := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(c.fd), uintptr(unsafe.Pointer(&v.msg)), sendFlags)
	return count(n, err), err
}

// vectors are the arguments of a gathering write; they live with the loop, so that the kernel
// can be given their address.
type vectors struct {
	msg unix.Msghdr
	iov [2]unix.Iovec
}

const sendFlags = unix.MSG_NOSIGNAL | unix.MSG_DONTWAIT

func send(fd int, p []byte, flags int) (int, syscall.Errno) {
	n, _, err := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), uintptr(flags|sendFlags), 0, 0)
	return count(n, err), err
}

// sendFile sends what of a file's run is left, in pieces between which revocations are looked at.
// It waits for the disk if the kernel has lately given the file's memory to others.
func (c *loopConn) sendFile(o *loopOut) (int, syscall.Errno) {
	left := o.file.Left()
	n := min(left, pieceBytes)
	from, at := o.file.Next()
	prompt := o.fresh || o.file.Prompt(n)
	if n > pipedBytes && c.lp.pipe.works() {
		return c.lp.pipe.sendFile(c.fd, from, at, int(n), n < left, prompt)
	}
	return sendFile(c.fd, from, at, int(n), prompt)
}

// pipedBytes is how much of a file the kernel sends at once by itself; more is cheaper by way of
// a larger pipe.
const pipedBytes = 64 << 10

// sendFile has the kernel send n bytes of a file. If prompt says that they are in its memory, the call
// is quick and the scheduler need not hear of it.
func sendFile(fd, from int, at int64, n int, prompt bool) (int, syscall.Errno) {
	call := unix.Syscall6
	if prompt {
		call = unix.RawSyscall6
	}
	sent, _, err := call(unix.SYS_SENDFILE, uintptr(fd), uintptr(from), uintptr(unsafe.Pointer(&at)), uintptr(n), 0, 0)
	return count(sent, err), err
}

func count(n uintptr, err syscall.Errno) int {
	if err != 0 {
		return 0
	}
	return int(n)
}

// sockaddrPort is an address without IPv4-in-IPv6 mapping.
func sockaddrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

package listener

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/warmfront/warmfront/internal/edge"
)

const (
	loopBatch = 64 // connections a loop looks at before it lets other goroutines run
	loopReads = 4  // buffers it reads of one before it looks at others
	// loopEvents are edge-triggered: what a connection is told of once, it sees to the end.
	loopEvents = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET
)

// loop answers plain requests (see plainHead) for what is in memory, the kernel's included, on clear-text
// connections, many in one goroutine: to read a request and to write the answer is all that such a request
// asks of the kernel. Everything else it lends to a goroutine of its own, see
// loopConn.lend. Connections without a request hold no buffer and no goroutine.
type loop struct {
	l     *Listener
	try   edge.Trier
	epoll *os.File // of which the runtime's poller watches whether it has events
	fd    int

	// Of the loop's goroutine.
	now      time.Time // when it last woke
	in       []byte
	exchange loopExchange
	vectors  vectors
	pipe     *pipe
	called   calls

	mu    sync.Mutex
	conns []*loopConn // guarded by mu; by slot, nil for a free one
	free  []int32     // guarded by mu; free slots
	ended bool        // guarded by mu; takes no more
}

// startLoops makes the loops, one for each processor, unless the handler cannot answer without
// waiting.
func (l *Listener) startLoops() error {
	try, ok := l.handler.(edge.Trier)
	ln, tcp := l.http.(*net.TCPListener)
	if !ok || !tcp {
		return nil
	}
	r, err := newRawListener(ln)
	if err != nil {
		return err
	}
	l.http = r
	for range runtime.GOMAXPROCS(0) {
		lp, err := newLoop(l, try)
		if err != nil {
			return err
		}
		l.loops = append(l.loops, lp)
	}
	return nil
}

func newLoop(l *Listener, try edge.Trier) (*loop, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // or os would not have the poller watch it
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	lp := &loop{l: l, try: try, fd: fd, epoll: os.NewFile(uintptr(fd), "epoll"), in: make([]byte, maxHeadBytes), now: time.Now()}
	if lp.pipe, err = newPipe(); err != nil {
		lp.epoll.Close()
		return nil, err
	}
	if err := lp.called.open(fd); err != nil {
		lp.epoll.Close()
		lp.pipe.close()
		return nil, err
	}
	lp.exchange.lp = lp
	lp.exchange.head = make([]byte, 0, writeBufferBytes)
	return lp, nil
}

// run serves the loop's connections until stop.
func (lp *loop) run() {
	defer lp.end()
	raw, err := lp.epoll.SyscallConn()
	if err != nil {
		return
	}
	var events [loopBatch]unix.EpollEvent
	interval := lp.sweepInterval()
	for {
		lp.epoll.SetReadDeadline(time.Now().Add(interval))
		err := raw.Read(func(uintptr) bool {
			for {
				n, err := unix.EpollWait(lp.fd, events[:], 0)
				if n > 0 {
					lp.now = time.Now()
				}
				for i := range max(n, 0) {
					lp.look(&events[i])
				}
				lp.answerCalled()
				if n < loopBatch && err != unix.EINTR {
					return false
				}
				runtime.Gosched()
			}
		})
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		lp.sweep()
	}
}

// look sees what has happened to a connection.
func (lp *loop) look(e *unix.EpollEvent) {
	if e.Fd == callSlot {
		return
	}
	lp.mu.Lock()
	c := lp.conns[e.Fd]
	lp.mu.Unlock()
	if c == nil {
		return
	}
	defer lp.recoverPanic(c)
	ended := e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
	if c.turn != nil {
		c.more = c.more || ended || e.Events&unix.EPOLLIN != 0
		if e.Events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			c.close()
		}
		return
	}
	if c.out != nil {
		c.more = c.more || ended || e.Events&unix.EPOLLIN != 0
		if !lp.resume(c) {
			return
		}
		ended = c.more
	} else if !ended && e.Events&unix.EPOLLIN == 0 {
		return
	}
	c.more = false
	lp.read(c, ended)
}

// recoverPanic ends a connection whose request has met a bug of ours.
func (lp *loop) recoverPanic(c *loopConn) {
	if p := recover(); p != nil {
		lp.l.logPanic(p)
		c.abort()
	}
}

// read answers what has come, until there is no more; ended means that a short read does not
// say so.
func (lp *loop) read(c *loopConn, ended bool) {
	for range loopReads {
		n, err := receive(c.fd, lp.in)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return
		case err != 0 || n == 0:
			c.close()
			return
		}
		c.since, c.served = lp.now, true
		if !lp.answer(c, lp.in[:n]) || n < len(lp.in) && !ended {
			return
		}
	}
	// It is the others' turn.
	_ = unix.EpollCtl(lp.fd, unix.EPOLL_CTL_MOD, c.fd, &unix.EpollEvent{Events: loopEvents, Fd: c.slot})
}

// answer answers the requests in b and reports whether the connection is still the loop's, and
// neither busy with writing nor waiting for a turn.
func (lp *loop) answer(c *loopConn, b []byte) bool {
	for len(b) > 0 {
		n := 0
		if !lp.l.draining.Load() {
			n = lp.exchange.serve(c, b)
		}
		switch {
		case c.held != nil:
			return false
		case n == 0:
			c.lend(b)
			return false
		case c.fd < 0: // lost
			return false
		}
		if b = b[n:]; c.out != nil {
			c.out.unread = append([]byte(nil), b...)
			c.more = true
			return false
		}
	}
	return true
}

// add takes a connection in, or back, and closes it when the listener is draining.
func (lp *loop) add(c *loopConn) {
	c.since = time.Now()
	c.t.onWake(c.wake)
	if lp.l.draining.Load() || !lp.enter(c) {
		c.close()
	}
}

// enter gives c a slot and has its events reported.
func (lp *loop) enter(c *loopConn) bool {
	lp.mu.Lock()
	defer lp.mu.Unlock()
	if lp.ended {
		return false
	}
	if n := len(lp.free); n > 0 {
		c.slot, lp.free = lp.free[n-1], lp.free[:n-1]
	} else {
		c.slot = int32(len(lp.conns))
		lp.conns = append(lp.conns, nil)
	}
	if err := unix.EpollCtl(lp.fd, unix.EPOLL_CTL_ADD, c.fd, &unix.EpollEvent{Events: loopEvents, Fd: c.slot}); err != nil {
		lp.free = append(lp.free, c.slot)
		return false
	}
	lp.conns[c.slot], c.inside = c, true
	lp.l.parked.Add(1)
	return true
}

// leave is the opposite of enter. Caller holds mu.
func (lp *loop) leave(c *loopConn) {
	if !c.inside {
		return
	}
	_ = unix.EpollCtl(lp.fd, unix.EPOLL_CTL_DEL, c.fd, nil)
	lp.conns[c.slot], c.inside = nil, false
	lp.free = append(lp.free, c.slot)
	lp.l.parked.Add(-1)
}

// sweepInterval is how often timeouts are looked at.
func (lp *loop) sweepInterval() time.Duration {
	o := &lp.l.opts
	return max(min(time.Second, o.HeadTimeout/8, o.IdleTimeout/8, o.WriteTimeout/8), time.Millisecond)
}

// sweep ends connections that have been silent, or stuck, for too long.
func (lp *loop) sweep() {
	lp.now = time.Now()
	lp.mu.Lock()
	var late []*loopConn
	for _, c := range lp.conns {
		if c != nil && lp.now.Sub(c.since) > c.patience() {
			late = append(late, c)
		}
	}
	lp.mu.Unlock()
	for _, c := range late {
		if c.out != nil {
			c.finish(os.ErrDeadlineExceeded)
		}
		c.close()
	}
}

// stop ends run.
func (lp *loop) stop() { lp.epoll.Close() }

// end closes what is left.
func (lp *loop) end() {
	lp.mu.Lock()
	lp.ended = true
	left := append([]*loopConn(nil), lp.conns...)
	lp.mu.Unlock()
	for _, c := range left {
		if c != nil {
			c.abort()
		}
	}
	lp.called.close()
	lp.epoll.Close()
	lp.pipe.close()
}

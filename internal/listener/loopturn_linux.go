package listener

import (
	"encoding/binary"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// calls are the connections of a loop whose requests have waited for a turn, called from
// anywhere. They are kept apart from their sockets: whether a viewer takes what it is sent has no
// part in when a turn is over.
type calls struct {
	taken []*loopConn // the loop's own

	mu    sync.Mutex
	conns []*loopConn // guarded by mu
	fd    int         // of an eventfd, which wakes the loop; guarded by mu, -1 once closed
}

// callSlot is what events of calls have in place of a connection's slot.
const callSlot = -1

// open has calls wake the loop of epoll.
func (q *calls) open(epoll int) error {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	// Edge-triggered, so that nobody has to read it: each write is an event.
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: callSlot}); err != nil {
		_ = unix.Close(fd)
		return os.NewSyscallError("epoll_ctl", err)
	}
	q.fd = fd
	return nil
}

func (q *calls) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	_ = unix.Close(q.fd)
	q.fd = -1
}

// add has the loop see to c.
func (q *calls) add(c *loopConn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.conns = append(q.conns, c); len(q.conns) == 1 && q.fd >= 0 {
		var one [8]byte // never read, and yet too small to fill the counter
		binary.NativeEndian.PutUint64(one[:], 1)
		_, _ = unix.Write(q.fd, one[:])
	}
}

// take returns those called since it was last asked, until it is asked again.
func (q *calls) take() []*loopConn {
	clear(q.taken)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken, q.conns = q.conns, q.taken[:0]
	return q.taken
}

// Called implements edge.Waiter.
func (c *loopConn) Called() { c.lp.called.add(c) }

// answerCalled goes on with the requests whose turn has come, or will not come.
func (lp *loop) answerCalled() {
	for _, c := range lp.called.take() {
		lp.goOn(c)
	}
}

func (lp *loop) goOn(c *loopConn) {
	defer lp.recoverPanic(c)
	if c.turn == nil {
		return // the viewer has left
	}
	held := c.held
	c.held, c.since = nil, lp.now
	if lp.answer(c, held) {
		ended := c.more
		c.more = false
		lp.read(c, ended)
	}
}

// leaveTurn gives up the turn of a request that the loop will not answer.
func (c *loopConn) leaveTurn() {
	if c.turn != nil {
		c.turn.Leave()
		c.turn, c.held = nil, nil
	}
}

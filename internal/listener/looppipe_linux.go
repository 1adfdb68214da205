package listener

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pipeBytes is how much a pipe takes at once: all of the largest body that is held in one piece.
const pipeBytes = 1 << 20

// maxIdlePipes bounds what stays open for connections outside of loops.
const maxIdlePipes = 64

// pipe is the way of pages into sockets: the kernel knows none more direct. It is empty between
// two calls of send, and has one user at a time.
type pipe struct {
	in, out, nowhere int
}

func newPipe() (*pipe, error) {
	nowhere, err := unix.Open("/dev/null", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("open", err)
	}
	p := &pipe{nowhere: nowhere}
	if err := p.open(); err != nil {
		return nil, errors.Join(err, unix.Close(nowhere))
	}
	return p, nil
}

// open makes the pipe. Where the kernel does not allow it to be so large, it takes less.
func (p *pipe) open() error {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		p.in, p.out = -1, -1
		return os.NewSyscallError("pipe2", err)
	}
	p.in, p.out = fds[1], fds[0]
	_, _ = unix.FcntlInt(uintptr(p.in), unix.F_SETPIPE_SZ, pipeBytes)
	return nil
}

// works reports whether the pipe is one: to make it anew may have failed.
func (p *pipe) works() bool { return p.in >= 0 }

func (p *pipe) close() {
	_ = unix.Close(p.in)
	_ = unix.Close(p.out)
	_ = unix.Close(p.nowhere)
}

// pipes are those that connections outside of loops share: each is in use for the time of a system
// call, so there are few. It is safe for concurrent use.
type pipes struct {
	mu     sync.Mutex
	idle   []*pipe // guarded by mu
	closed bool    // guarded by mu; keeps none any more
}

// get takes a pipe out; nil when there is none and none can be made.
func (ps *pipes) get() *pipe {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if n := len(ps.idle); n > 0 {
		p := ps.idle[n-1]
		ps.idle = ps.idle[:n-1]
		return p
	}
	p, err := newPipe()
	if err != nil {
		return nil
	}
	return p
}

// put gives it back.
func (ps *pipes) put(p *pipe) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.closed || len(ps.idle) >= maxIdlePipes || !p.works() {
		p.close()
		return
	}
	ps.idle = append(ps.idle, p)
}

// close closes those that nobody uses, and the others once they come back.
func (ps *pipes) close() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.idle {
		p.close()
	}
	ps.idle, ps.closed = nil, true
}

// send sends some of mem, which must never be written to again nor used for anything else.
func (p *pipe) send(fd int, mem []byte) (int, syscall.Errno) {
	iov := unix.Iovec{Base: unsafe.SliceData(mem), Len: uint64(len(mem))}
	got, _, err := unix.RawSyscall6(unix.SYS_VMSPLICE, uintptr(p.in), uintptr(unsafe.Pointer(&iov)), 1, unix.SPLICE_F_NONBLOCK, 0, 0)
	runtime.KeepAlive(mem)
	if err != 0 {
		return 0, err
	}
	return p.forward(fd, int(got), int(got) < len(mem))
}

// sendFile sends some of the next n bytes of a file; 0 of 0 wanted is its end. Unless prompt, which
// says that they are in the kernel's memory, the scheduler hears of the call, which may take its time.
func (p *pipe) sendFile(fd int, from int, at int64, n int, more, prompt bool) (int, syscall.Errno) {
	call := unix.Syscall6
	if prompt {
		call = unix.RawSyscall6
	}
	got, _, err := call(unix.SYS_SPLICE, uintptr(from), uintptr(unsafe.Pointer(&at)), uintptr(p.in), 0, uintptr(n), unix.SPLICE_F_NONBLOCK)
	if err != 0 || got == 0 {
		return 0, err
	}
	return p.forward(fd, int(got), more || int(got) < n)
}

// forward sends what is in the pipe; more says that more will follow. To hand pages over is quick,
// so the scheduler need not hear of it.
func (p *pipe) forward(fd, n int, more bool) (int, syscall.Errno) {
	flags := unix.SPLICE_F_NONBLOCK
	if more {
		flags |= unix.SPLICE_F_MORE
	}
	sent, _, err := unix.RawSyscall6(unix.SYS_SPLICE, uintptr(p.out), 0, uintptr(fd), 0, uintptr(n), uintptr(flags))
	p.empty(n - count(sent, err))
	return count(sent, err), err
}

// empty throws n bytes away that the socket did not take.
func (p *pipe) empty(n int) {
	for n > 0 {
		gone, err := unix.Splice(p.out, nil, p.nowhere, nil, n, unix.SPLICE_F_NONBLOCK)
		if !errors.Is(err, syscall.EINTR) && gone <= 0 {
			// What is left must never reach another viewer.
			_ = unix.Close(p.in)
			_ = unix.Close(p.out)
			p.open() //nolint:errcheck // without a pipe, sends fail and bodies are copied
			return
		}
		n -= int(max(gone, 0))
	}
}

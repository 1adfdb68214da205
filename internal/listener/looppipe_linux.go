package listener

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pipeBytes is how much a pipe takes at once: all of the largest body that is held in one piece.
const pipeBytes = 1 << 20

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

func (p *pipe) close() {
	_ = unix.Close(p.in)
	_ = unix.Close(p.out)
	_ = unix.Close(p.nowhere)
}

// send sends some of mem, which must never be written to again nor used for anything else.
func (p *pipe) send(fd int, mem []byte) (int, syscall.Errno) {
	iov := unix.Iovec{Base: unsafe.SliceData(mem), Len: uint64(len(mem))}
	got, _, err := unix.Syscall6(unix.SYS_VMSPLICE, uintptr(p.in), uintptr(unsafe.Pointer(&iov)), 1, unix.SPLICE_F_NONBLOCK, 0, 0)
	runtime.KeepAlive(mem)
	if err != 0 {
		return 0, err
	}
	flags := unix.SPLICE_F_NONBLOCK
	if int(got) < len(mem) {
		flags |= unix.SPLICE_F_MORE
	}
	sent, _, err := unix.Syscall6(unix.SYS_SPLICE, uintptr(p.out), 0, uintptr(fd), 0, got, uintptr(flags))
	p.empty(int(got) - count(sent, err))
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

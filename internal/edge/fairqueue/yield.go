package fairqueue

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// patience bounds how long others may go first.
const patience = 5 * time.Millisecond

// yielder lets everything else run first. runtime.Gosched alone does not do that: goroutines
// that go on waking each other keep the scheduler from looking at the network for up to 10 ms,
// and requests that have arrived are not even seen.
type yielder struct {
	raw  syscall.RawConn // of r
	r, w *os.File        // a pipe; nil until first used
}

// toOthers returns after the goroutines that are ready have run and the network has been looked
// at. It waits for a byte in a pipe that it writes itself, but only while it is about to wait:
// the byte is then found by the scheduler, which looks for events once it has nothing to run,
// and beside those of all connections. Where work that waits for nothing keeps the scheduler
// from looking, patience is the longest it takes; where a pipe cannot be waited for, Gosched has
// to do.
func (y *yielder) toOthers() {
	if y.r == nil {
		y.open()
	}
	if y.raw != nil {
		var b [16]byte
		written := false
		timed := y.r.SetReadDeadline(time.Now().Add(patience)) == nil
		err := y.raw.Read(func(uintptr) (done bool) {
			if written {
				return true
			}
			_, err := y.w.Write(b[:1])
			written = err == nil
			return !written
		})
		if err != nil && timed {
			_ = y.r.SetReadDeadline(time.Time{})
		}
		if written {
			_, _ = y.r.Read(b[:])
		}
	}
	runtime.Gosched() // behind those whose events came with the byte
}

// open makes the pipe. Without one, for want of files, there is still Gosched.
func (y *yielder) open() {
	r, w, err := os.Pipe()
	if err != nil {
		return
	}
	y.r, y.w = r, w
	if y.raw, err = r.SyscallConn(); err != nil {
		y.raw = nil
	}
}

package disk

import (
	"errors"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// errWaits: what is asked for is not in the kernel's memory, or has to be checked first.
var errWaits = errors.New("the disk would have to be waited for")

// resolveCached is RESOLVE_CACHED of openat2(2), which the syscall package does not name.
const resolveCached = 0x20

// promptFile is a file of the operating system.
type promptFile struct{ fd int }

// openPrompt opens a file whose name the kernel has in memory.
func openPrompt(name string) (*promptFile, error) {
	how := unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC, Resolve: resolveCached}
	fd, err := unix.Openat2(unix.AT_FDCWD, name, &how)
	if err != nil { // EAGAIN, or a kernel that does not know how
		return nil, errWaits
	}
	return &promptFile{fd: fd}, nil
}

// ReadAt implements io.ReaderAt.
func (f *promptFile) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		k, err := unix.Pread(f.fd, b[n:], off+int64(n))
		if k > 0 {
			n += k
		}
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return n, os.NewSyscallError("pread", err)
		case k == 0:
			return n, errShort
		}
	}
	return n, nil
}

// Close implements io.Closer.
func (f *promptFile) Close() error { return unix.Close(f.fd) }

func (f *promptFile) stat() (status, error) {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return status{}, os.NewSyscallError("fstat", err)
	}
	return statusOf(&st), nil
}

// hurried is a promptFile whose reads fail with errWaits rather than wait for the disk.
type hurried struct{ *promptFile }

// ReadAt implements io.ReaderAt. The scheduler need not hear of a call that does not wait.
func (f hurried) ReadAt(b []byte, off int64) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	iov := unix.Iovec{Base: &b[0], Len: uint64(len(b))}
	n, _, err := unix.RawSyscall6(unix.SYS_PREADV2, uintptr(f.fd), uintptr(unsafe.Pointer(&iov)), 1, uintptr(off), 0, unix.RWF_NOWAIT)
	runtime.KeepAlive(b)
	if err != 0 || int(n) < len(b) { // at the end of the file, others find that out
		return 0, errWaits
	}
	return int(n), nil
}

// readPrompt is read for what needs neither waiting nor checking all of a large file; the error
// then is errWaits. Only the operating system's file system can tell.
func (v *volume) readPrompt(f file, w want) (*opened, error) {
	if !v.mayPrompt() {
		return nil, errWaits
	}
	w.when = promptly
	if p := v.kept.get(f); p != nil {
		o := &opened{file: hurried{p.file.(*promptFile)}, part: p}
		if v.check(o, f, w) == nil {
			return o, nil
		}
		v.kept.forget(f)
		p.Close()
	}
	file, err := openPrompt(v.path(f))
	if err != nil {
		return nil, err
	}
	o := &opened{file: hurried{file}}
	if err := v.check(o, f, w); err != nil {
		file.Close()
		return nil, errWaits // whoever waits says what it is
	}
	o.part = newPart(f, file, o.bodyAt(), int64(o.h.bodyLen))
	v.kept.add(o.part)
	return o, nil
}

// mayPrompt reports whether reading without waiting can be tried.
func (v *volume) mayPrompt() bool {
	_, ok := v.o.FS.(osFS)
	return ok && v.reads.healthy()
}

package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errWaits: what is asked for is not in the kernel's memory, or has to be checked first.
var errWaits = errors.New("the disk would have to be waited for")

// promptFile is a file of the operating system whose reads fail with errWaits rather than wait for
// the disk, until it is told to be patient.
type promptFile struct {
	fd      int
	patient bool
}

// resolveCached is RESOLVE_CACHED of openat2(2), which the syscall package does not name.
const resolveCached = 0x20

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
	if !f.patient {
		n, err := unix.Preadv2(f.fd, [][]byte{b}, off, unix.RWF_NOWAIT)
		if err != nil || n < len(b) { // at the end of the file, others find that out
			return max(n, 0), errWaits
		}
		return n, nil
	}
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

// readPrompt is read for what needs neither waiting nor checking all of a large file; the error
// then is errWaits. Only the operating system's file system can tell.
func (v *volume) readPrompt(f file, w want) (*opened, error) {
	if !v.mayPrompt() {
		return nil, errWaits
	}
	file, err := openPrompt(v.path(f))
	if err != nil {
		return nil, err
	}
	o := &opened{file: file}
	w.when = promptly
	if err := v.check(o, f, w); err != nil {
		file.Close()
		return nil, errWaits // whoever waits says what it is
	}
	file.patient = true
	return o, nil
}

// mayPrompt reports whether reading without waiting can be tried.
func (v *volume) mayPrompt() bool {
	_, ok := v.o.FS.(osFS)
	return ok && v.reads.healthy()
}

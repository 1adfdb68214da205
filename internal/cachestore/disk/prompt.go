package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errWaits: what is asked for is not in the kernel's memory, or has to be checked first.
var errWaits = errors.New("the disk would have to be waited for")

// promptFile is a file whose reads fail with errWaits rather than wait for the disk, until it is
// told to be patient.
type promptFile struct {
	*os.File
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
	return &promptFile{File: os.NewFile(uintptr(fd), name)}, nil
}

// ReadAt implements io.ReaderAt.
func (f *promptFile) ReadAt(b []byte, off int64) (int, error) {
	if f.patient {
		return f.File.ReadAt(b, off)
	}
	n, err := unix.Preadv2(int(f.Fd()), [][]byte{b}, off, unix.RWF_NOWAIT)
	if err != nil || n < len(b) { // at the end of the file, others find that out
		return max(n, 0), errWaits
	}
	return n, nil
}

// readPrompt is read for what needs neither waiting nor checking all of a large file; the error
// then is errWaits. Only the operating system's file system can tell.
func (v *volume) readPrompt(f file, head bool) (*opened, error) {
	if _, ok := v.o.FS.(osFS); !ok || !v.reads.healthy() {
		return nil, errWaits
	}
	file, err := openPrompt(v.path(f))
	if err != nil {
		return nil, err
	}
	o := &opened{file: file}
	if err := v.check(o, f, head, promptly); err != nil {
		file.Close()
		return nil, errWaits // whoever waits says what it is
	}
	file.patient = true
	o.file = file.File
	return o, nil
}

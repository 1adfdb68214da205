package disk

import (
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// FS is what the cache needs of a file system. Tests put one in that fails or lies.
type FS interface {
	MkdirAll(dir string) error
	ReadDir(dir string) ([]fs.DirEntry, error)
	Open(name string) (File, error)
	Create(name string) (File, error) // for writing; an existing file is emptied
	Rename(from, to string) error
	Remove(name string) error
	RemoveAll(dir string) error
	Space(dir string) (free, total int64, err error) // bytes
	Lock(name string) (io.Closer, error)             // for this process alone
}

// File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Seeker
	io.Closer
	Stat() (fs.FileInfo, error)
}

// osFS is the operating system's file system.
type osFS struct{}

func (osFS) MkdirAll(dir string) error                 { return os.MkdirAll(dir, 0o700) }
func (osFS) ReadDir(dir string) ([]fs.DirEntry, error) { return os.ReadDir(dir) }
func (osFS) Rename(from, to string) error              { return os.Rename(from, to) }
func (osFS) Remove(name string) error                  { return os.Remove(name) }
func (osFS) RemoveAll(dir string) error                { return os.RemoveAll(dir) }

func (osFS) Open(name string) (File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osFS) Create(name string) (File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osFS) Space(dir string) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}

func (osFS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// source is an open file as it is read.
type source interface {
	io.ReaderAt
	io.Closer
	stat() (status, error)
}

// plainFile is a File as a source.
type plainFile struct{ File }

func (f plainFile) stat() (status, error) {
	st, err := f.Stat()
	if err != nil {
		return status{}, err
	}
	if s, ok := st.Sys().(*syscall.Stat_t); ok {
		return statusOf(&unix.Stat_t{Ino: s.Ino, Size: s.Size, Mtim: unix.Timespec(s.Mtim), Ctim: unix.Timespec(s.Ctim)}), nil
	}
	at := unix.NsecToTimespec(st.ModTime().UnixNano())
	return statusOf(&unix.Stat_t{Size: st.Size(), Mtim: at, Ctim: at}), nil
}

// status is what is asked of a file's.
type status struct {
	size              int64
	modified, changed time.Time
	// stamp tells whether a file is still the one that was checked, by its inode, size and times:
	// whoever changes a file cannot help changing its ctime.
	stamp uint32
}

func statusOf(st *unix.Stat_t) status {
	h := uint64(0)
	for _, x := range [...]uint64{st.Ino, uint64(st.Size), uint64(st.Mtim.Sec), uint64(st.Mtim.Nsec), uint64(st.Ctim.Sec), uint64(st.Ctim.Nsec)} {
		h = mix(h*31 + x + 1)
	}
	return status{
		size: st.Size, stamp: uint32(h),
		modified: time.Unix(st.Mtim.Unix()), changed: time.Unix(st.Ctim.Unix()),
	}
}

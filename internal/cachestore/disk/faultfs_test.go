package disk

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
)

var errKilled = errors.New("killed")

// faultFS is the operating system's file system with faults. Its knobs may be turned at any time.
type faultFS struct {
	osFS
	mu     sync.Mutex
	left   int           // operations that change something before all fail, < 0: no end
	write  error         // of all writes, creations and renames
	read   error         // of all reads and openings
	lie    *rand.Rand    // loses some of what is written, and reports success
	block  chan struct{} // reads wait for it
	stall  chan struct{} // changes wait for it
	opened int
}

func newFaultFS() *faultFS { return &faultFS{left: -1} }

func (f *faultFS) set(change func(f *faultFS)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// change counts an operation that changes something.
func (f *faultFS) change() error {
	f.mu.Lock()
	stall := f.stall
	f.mu.Unlock()
	if stall != nil {
		<-stall
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 {
		return errKilled
	}
	if f.left > 0 {
		f.left--
	}
	return f.write
}

// look counts one that does not.
func (f *faultFS) look() error {
	f.mu.Lock()
	block, err := f.block, f.read
	f.mu.Unlock()
	if block != nil {
		<-block
	}
	return err
}

func (f *faultFS) Open(name string) (File, error) {
	if err := f.look(); err != nil {
		return nil, err
	}
	file, err := f.osFS.Open(name)
	if err != nil {
		return nil, err
	}
	f.set(func(f *faultFS) { f.opened++ })
	return &faultFile{File: file, fs: f}, nil
}

func (f *faultFS) Create(name string) (File, error) {
	if err := f.change(); err != nil {
		return nil, err
	}
	file, err := f.osFS.Create(name)
	if err != nil {
		return nil, err
	}
	f.set(func(f *faultFS) { f.opened++ })
	return &faultFile{File: file, fs: f}, nil
}

func (f *faultFS) Rename(from, to string) error {
	if err := f.change(); err != nil {
		return err
	}
	return f.osFS.Rename(from, to)
}

func (f *faultFS) Remove(name string) error {
	if err := f.change(); err != nil {
		return err
	}
	return f.osFS.Remove(name)
}

func (f *faultFS) RemoveAll(name string) error {
	if err := f.change(); err != nil {
		return err
	}
	return f.osFS.RemoveAll(name)
}

func (f *faultFS) MkdirAll(name string) error {
	if err := f.change(); err != nil {
		return err
	}
	return f.osFS.MkdirAll(name)
}

func (f *faultFS) ReadDir(dir string) ([]fs.DirEntry, error) {
	if err := f.look(); err != nil {
		return nil, err
	}
	return f.osFS.ReadDir(dir)
}

func (f *faultFS) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// faultFile is one of its files.
type faultFile struct {
	File
	fs *faultFS
}

func (f *faultFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.fs.look(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

// Write may be torn by the end, and lie.
func (f *faultFile) Write(p []byte) (int, error) {
	if err := f.fs.change(); err != nil {
		if errors.Is(err, errKilled) {
			n, _ := f.File.Write(p[:len(p)/2])
			return n, err
		}
		return 0, err
	}
	f.fs.mu.Lock()
	lie := f.fs.lie
	keep := len(p)
	if lie != nil && lie.IntN(3) == 0 {
		keep = lie.IntN(len(p) + 1)
	}
	f.fs.mu.Unlock()
	if _, err := f.File.Write(p[:keep]); err != nil {
		return 0, err
	}
	if keep < len(p) && lie.IntN(2) == 0 { // a hole instead of what is missing
		f.File.Write(make([]byte, len(p)-keep))
	}
	return len(p), nil
}

func (f *faultFile) Close() error {
	f.fs.set(func(f *faultFS) { f.opened-- })
	return f.File.Close()
}

var _ FS = (*faultFS)(nil)

// disks is several file systems, by the directory that each is at.
type disks map[string]FS

func (d disks) of(name string) FS {
	for dir, fs := range d {
		if strings.HasPrefix(name, dir) {
			return fs
		}
	}
	return osFS{}
}

func (d disks) MkdirAll(dir string) error                 { return d.of(dir).MkdirAll(dir) }
func (d disks) ReadDir(dir string) ([]fs.DirEntry, error) { return d.of(dir).ReadDir(dir) }
func (d disks) Open(name string) (File, error)            { return d.of(name).Open(name) }
func (d disks) Create(name string) (File, error)          { return d.of(name).Create(name) }
func (d disks) Rename(from, to string) error              { return d.of(from).Rename(from, to) }
func (d disks) Remove(name string) error                  { return d.of(name).Remove(name) }
func (d disks) RemoveAll(dir string) error                { return d.of(dir).RemoveAll(dir) }
func (d disks) Space(dir string) (int64, int64, error)    { return d.of(dir).Space(dir) }
func (d disks) Lock(name string) (io.Closer, error)       { return d.of(name).Lock(name) }

var _ FS = disks{}

package disk

import (
	"io"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Part is an open file with part of a body, checked. Several may read it at once; each that has
// it, by Open, OpenPrompt or Hold, must Close it.
type Part struct {
	file source
	at   int64 // of the part's first byte in the file
	size int64

	holders atomic.Int32
	name    file

	newer, older *Part // guarded by the mu of kept
}

// Open opens a part of the body, counted from 0. It may wait for the disk, for at most
// Options.ReadTimeout. A part that is missing, damaged or not to be read is an error, and
// forgotten.
func (r *Ref) Open(part int64) (*Part, error) {
	if p := r.OpenResident(part); p != nil {
		return p, nil
	}
	v, name := r.v, r.file(part)
	o, err := v.within(func() (*opened, error) { return v.read(name, want{when: ifDue}) })
	if err != nil {
		v.unusable(name, err)
		return nil, err
	}
	return newPart(name, o.file, o.bodyAt(), int64(o.h.bodyLen)), nil
}

// OpenPrompt is Open for a part that can be had without waiting for the disk; nil if it cannot.
// That its bytes can be read without waiting is not said: see Part.Resident.
func (r *Ref) OpenPrompt(part int64) *Part {
	v, name := r.v, r.file(part)
	stamp, ok := r.used(name)
	if !ok || !v.mayPrompt() {
		return nil
	}
	if p := v.kept.get(name); p != nil {
		if st, err := p.file.stat(); err == nil && st.stamp == stamp {
			return p
		}
		v.kept.forget(name)
		p.Close()
	}
	if r.length < 0 {
		return r.openByHeader(name)
	}
	file, err := openPrompt(v.path(name))
	if err != nil {
		return nil
	}
	st, err := file.stat()
	if err != nil || st.stamp != stamp {
		file.Close()
		return nil
	}
	size := partBytes(r.length, r.parts, name.part)
	p := newPart(name, file, st.size-size, size)
	v.kept.add(p)
	return p
}

// OpenResident is OpenPrompt that checks, where that is due, a part that is in the kernel's memory:
// it may take a while, but not the disk's.
func (r *Ref) OpenResident(part int64) *Part {
	if p := r.OpenPrompt(part); p != nil {
		return p
	}
	o, err := r.v.readPrompt(r.file(part), want{large: true})
	if err != nil {
		return nil
	}
	return o.part
}

// openByHeader is the rest of OpenPrompt for a body whose length was not known when it began.
func (r *Ref) openByHeader(name file) *Part {
	o, err := r.v.readPrompt(name, want{})
	if err != nil {
		return nil
	}
	return o.part
}

func newPart(name file, file source, at, size int64) *Part {
	p := &Part{file: file, at: at, size: size, name: name}
	p.holders.Store(1)
	return p
}

// file names the file of a part.
func (r *Ref) file(part int64) file { return file{r.hash, r.gen, r.filePart(part)} }

// used tells the eviction policy that a file is read, and returns its stamp when it was checked; ok
// is false when that was not lately.
func (r *Ref) used(name file) (stamp uint32, ok bool) {
	v := r.v
	now := v.clock()
	v.mu.Lock()
	defer v.mu.Unlock()
	slot, found := v.index.find(&name.hash, 0)
	if found {
		v.policy.touch(slot)
	}
	if name.part != 0 {
		if slot, found = v.index.find(&name.hash, name.part); found {
			v.policy.touch(slot)
		}
	}
	if !found {
		return 0, false
	}
	e := v.index.at(slot)
	return e.stamp, v.usable && e.gen == name.gen && v.lately(e, now)
}

// Size is how many bytes of the body the part has.
func (p *Part) Size() int64 { return p.size }

// ReadAt implements io.ReaderAt within the part.
func (p *Part) ReadAt(b []byte, off int64) (int, error) {
	if off >= p.size {
		return 0, io.EOF
	}
	if int64(len(b)) > p.size-off {
		n, err := p.ReadAt(b[:p.size-off], off)
		if err == nil {
			err = io.EOF
		}
		return n, err
	}
	return p.file.ReadAt(b, p.at+off)
}

// Resident reports whether n bytes of the part from off on are in the kernel's memory, as far as
// it tells.
func (p *Part) Resident(off, n int64) bool {
	fd, at, ok := p.Descriptor(off)
	if !ok || n <= 0 {
		return false
	}
	var stat unix.Cachestat_t
	first := at / block * block
	span := unix.CachestatRange{Off: uint64(first), Len: uint64(at + n - first)}
	// A call that does not wait: the scheduler need not hear of it.
	_, _, err := unix.RawSyscall6(unix.SYS_CACHESTAT, uintptr(fd), uintptr(unsafe.Pointer(&span)), uintptr(unsafe.Pointer(&stat)), 0, 0, 0)
	return err == 0 && int64(stat.Cache) >= (int64(span.Len)+block-1)/block
}

// Descriptor is the file and where in it byte off of the part is, for system calls; not every
// file system has it. It is valid until Close.
func (p *Part) Descriptor(off int64) (fd int, at int64, ok bool) {
	switch f := p.file.(type) {
	case *promptFile:
		return f.fd, p.at + off, true
	case plainFile:
		if f, ok := f.File.(*os.File); ok {
			return int(f.Fd()), p.at + off, true
		}
	}
	return 0, 0, false
}

// Hold reports whether the part is still open, and has it stay so until another Close.
func (p *Part) Hold() bool {
	for {
		n := p.holders.Load()
		if n == 0 {
			return false
		}
		if p.holders.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Close lets go of the file; the last to do so closes it.
func (p *Part) Close() error {
	if p.holders.Add(-1) > 0 {
		return nil
	}
	return p.file.Close()
}

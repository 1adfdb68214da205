package disk

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Part is an open file with part of a body, checked.
type Part struct {
	file File
	at   int64 // of the part's first byte in the file
	size int64
}

// Open opens a part of the body, counted from 0. It may wait for the disk, for at most
// Options.ReadTimeout. A part that is missing, damaged or not to be read is an error, and
// forgotten.
func (r *Ref) Open(part int64) (*Part, error) {
	f := r.used(part)
	o, err := r.v.fetch(f, false)
	if err != nil {
		return nil, err
	}
	return o.asPart(), nil
}

// OpenPrompt is Open for a part that can be had without waiting for the disk; nil if it cannot.
// That its bytes can be read without waiting is not said: see Part.Resident.
func (r *Ref) OpenPrompt(part int64) *Part {
	o, err := r.v.readPrompt(r.used(part), false)
	if err != nil {
		return nil
	}
	return o.asPart()
}

func (o *opened) asPart() *Part {
	return &Part{file: o.file, at: headerBytes + int64(o.h.headLen), size: int64(o.h.bodyLen)}
}

// used tells the eviction policy that a part is read, and names its file.
func (r *Ref) used(part int64) file {
	v := r.v
	f := file{r.hash, r.gen, r.filePart(part)}
	v.mu.Lock()
	for _, n := range [...]uint32{0, f.part} {
		if slot, ok := v.index.find(&f.hash, n); ok {
			v.policy.touch(slot)
		}
	}
	v.mu.Unlock()
	return f
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

// Section returns n bytes of the part from off on as a reader of the file, an *os.File where
// the file system is the operating system's, so that the kernel can send them. The part has one
// section at a time.
func (p *Part) Section(off, n int64) (*io.LimitedReader, error) {
	if _, err := p.file.Seek(p.at+off, io.SeekStart); err != nil {
		return nil, err
	}
	return &io.LimitedReader{R: p.file, N: min(n, p.size-off)}, nil
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
	return unix.Cachestat(uint(fd), &span, &stat, 0) == nil && int64(stat.Cache) >= (int64(span.Len)+block-1)/block
}

// Descriptor is the file and where in it byte off of the part is, for system calls; not every
// file system has it. It is valid until Close.
func (p *Part) Descriptor(off int64) (fd int, at int64, ok bool) {
	f, ok := p.file.(*os.File)
	if !ok {
		return 0, 0, false
	}
	return int(f.Fd()), p.at + off, true
}

// Close closes the file.
func (p *Part) Close() error { return p.file.Close() }

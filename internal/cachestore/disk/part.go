package disk

import "io"

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
	v := r.v
	f := file{r.hash, r.gen, r.filePart(part)}
	v.mu.Lock()
	for _, n := range [...]uint32{0, f.part} {
		if slot, ok := v.index.find(&f.hash, n); ok {
			v.policy.touch(slot)
		}
	}
	v.mu.Unlock()
	o, err := v.fetch(f, false)
	if err != nil {
		return nil, err
	}
	return &Part{file: o.file, at: headerBytes + int64(o.h.headLen), size: int64(o.h.bodyLen)}, nil
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

// Close closes the file.
func (p *Part) Close() error { return p.file.Close() }

package cachestore

import (
	"errors"
	"io"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// filesTaker is a destination that would rather have files than what is in memory.
type filesTaker interface{ TakesFiles() bool }

// minFileBytes is from what length on a file is worth opening for bytes that are in memory too.
const minFileBytes = 64 << 10

// open opens the file of the chunk at the reader's position, to be read up to
// end. It reports false when that cannot be had.
func (r *Reader) open(index, end int64) bool {
	part, err := r.b.reference().Open(index)
	return err == nil && r.use(part, index, end)
}

// openResident is open for bytes that are in memory too: it takes the file only if these are in the
// kernel's memory, from where they are sent without a copy.
func (r *Reader) openResident(index, end int64) bool {
	if end >= 0 && end-r.off < minFileBytes {
		return false
	}
	part := r.b.reference().OpenResident(index)
	if part == nil {
		return false
	}
	off := r.off - index*r.b.chunk
	if n := part.Size() - off; n < minFileBytes || !part.Resident(off, n) {
		part.Close()
		return false
	}
	return r.use(part, index, end)
}

// use makes part what is read from now on.
func (r *Reader) use(part *disk.Part, index, end int64) bool {
	r.base = index * r.b.chunk
	if until := r.base + part.Size(); end < 0 || until < end {
		end = until
	}
	r.left = end - r.off
	r.file.Store(part)
	if r.left <= 0 || r.closed.Load() {
		r.left = 0
		r.closeFile()
		return false
	}
	return true
}

// hold returns the open file, so held that Close does not close it; nil once closed.
func (r *Reader) hold() *disk.Part {
	if file := r.file.Load(); file != nil && file.Hold() {
		return file
	}
	return nil
}

// readFile reads from the open file.
func (r *Reader) readFile(p []byte) (int, error) {
	file := r.hold()
	if file == nil {
		return 0, io.ErrClosedPipe
	}
	defer file.Close()
	n, err := file.ReadAt(p[:min(int64(len(p)), r.left)], r.off-r.base)
	if n == 0 && err != nil {
		return 0, r.cut()
	}
	r.advance(int64(n))
	return n, nil
}

// sendFile hands the rest of the open file to dst. A file that has become
// shorter ends the stream with an error, never with other bytes.
func (r *Reader) sendFile(dst io.Writer) (n int64, err error) {
	file, want := r.hold(), r.left
	if file == nil {
		return 0, io.ErrClosedPipe
	}
	run := &FileRun{part: file, off: r.off - r.base, left: want}
	defer run.Close()
	if rf, ok := dst.(io.ReaderFrom); ok {
		n, err = rf.ReadFrom(run)
	} else {
		n, err = io.Copy(dst, run)
	}
	r.advance(n)
	if n < want && (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) {
		err = r.cut()
	}
	return n, err
}

// advance moves the reader n bytes on in the open file, and closes it at the
// end of what is wanted.
func (r *Reader) advance(n int64) {
	if r.reg {
		r.b.mu.Lock()
		r.off += n
		if len(r.b.writers) > 0 {
			r.b.notify() // a writer may have been waiting for this reader
		}
		r.b.mu.Unlock()
	} else {
		r.off += n
	}
	if r.left -= n; r.left == 0 {
		r.closeFile()
	}
}

// cut gives the file up before its end.
func (r *Reader) cut() error {
	r.left = 0
	r.closeFile()
	if r.closed.Load() {
		return io.ErrClosedPipe
	}
	return &LagError{Offset: r.off}
}

func (r *Reader) closeFile() {
	if file := r.file.Swap(nil); file != nil {
		file.Close()
	}
}

// writeAll is Write with a count of 64 bits.
func writeAll(dst io.Writer, p []byte) (int64, error) {
	n, err := dst.Write(p)
	return int64(n), err
}

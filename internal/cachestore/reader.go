package cachestore

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// Reader reads a run of an object's bytes as they arrive. It is an
// io.ReadCloser and an io.WriterTo that writes chunks in memory without copying
// and hands those on disk, each as a *FileRun, to a destination's ReadFrom, which can have
// the kernel send them. It has one user at a time.
type Reader struct {
	ctx context.Context // kept as http.Request keeps it: the io interfaces take none
	b   *body
	off int64  // next position; guarded by b.mu while registered
	end int64  // exclusive; -1 until the length is known
	buf []byte // handed out by next, not yet consumed by Read
	reg bool   // in b.readers until closed; set by newReader only

	files bool // rather than what is in memory

	file   atomic.Pointer[disk.Part] // open, at off; taken by Close
	base   int64                     // position of its first byte
	left   int64                     // bytes of it that are wanted
	closed atomic.Bool
}

// newReader registers the reader if the body is incomplete.
func newReader(ctx context.Context, b *body, first, last int64) *Reader {
	r := &Reader{ctx: ctx, b: b, off: first, end: -1}
	if last >= 0 {
		r.end = last + 1
	}
	if b.whole.Load() != nil {
		return r
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.writers) > 0 {
		if b.readers == nil {
			b.readers = map[*Reader]struct{}{}
		}
		b.readers[r] = struct{}{}
		b.hadOne, r.reg = true, true
		if b.awaiting > 0 {
			b.notify()
		}
	}
	return r
}

// next returns the bytes at the reader's position, at least one, and moves
// past them; or none, when they are in r.file.
func (r *Reader) next() ([]byte, error) {
	b := r.b
	if p := b.whole.Load(); p != nil && !r.reg {
		return r.take(*p, 0, int64(len(*p)))
	}
	tried, looked := false, !r.files
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if p := b.whole.Load(); p != nil {
			return r.take(*p, 0, int64(len(*p)))
		}
		index := r.off / b.chunk
		if !looked && b.onDisk(index) {
			if looked = true; r.unlocked(index, r.openResident) {
				return nil, nil
			}
			continue
		}
		p, err := r.take(b.chunks[index], index*b.chunk, b.length)
		if len(p) > 0 || err != nil {
			if b.window > 0 || b.spooled && len(b.writers) > 0 {
				b.notify() // the writer may have been waiting for this reader
			}
			return p, err
		}
		if b.onDisk(index) && !tried {
			if tried = true; r.unlocked(index, r.open) {
				return nil, nil
			}
			continue
		}
		if err := r.hopeless(); err != nil {
			return nil, err
		}
		wake := b.changed()
		b.mu.Unlock()
		select {
		case <-wake:
			b.mu.Lock()
		case <-r.ctx.Done():
			b.mu.Lock()
			return nil, context.Cause(r.ctx)
		}
	}
}

// unlocked calls open without the body's lock, which the caller holds.
func (r *Reader) unlocked(index int64, open func(index, end int64) bool) bool {
	end := r.limit(r.b.length)
	r.b.mu.Unlock()
	defer r.b.mu.Lock()
	return open(index, end)
}

// take cuts what the reader wants out of a chunk that begins at base.
func (r *Reader) take(chunk []byte, base, length int64) ([]byte, error) {
	end := r.limit(length)
	if end >= 0 && r.off >= end {
		return nil, io.EOF
	}
	from, to := r.off-base, int64(len(chunk))
	if end >= 0 {
		to = min(to, end-base)
	}
	if from >= to {
		return nil, nil
	}
	r.off += to - from
	return chunk[from:to:to], nil
}

// limit is where reading ends, -1 while unknown.
func (r *Reader) limit(length int64) int64 {
	if length >= 0 && (r.end < 0 || r.end > length) {
		return length
	}
	return r.end
}

// hopeless says why the byte at the reader's position will never come, or nil.
// Caller holds b.mu.
func (r *Reader) hopeless() error {
	b := r.b
	if _, open := b.readers[r]; r.reg && !open {
		return io.ErrClosedPipe
	}
	for _, w := range b.writers {
		// Only bytes ahead of a writer are still to come.
		if w.next <= r.off && (w.end < 0 || r.off < w.end) {
			return nil
		}
	}
	switch {
	case b.window > 0 && b.failure == nil:
		return &LagError{Offset: r.off}
	case b.failure != nil:
		return &FillError{Err: b.failure}
	case b.ref != nil:
		return &LagError{Offset: r.off}
	}
	return ErrAbsent
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.left > 0 {
		return r.readFile(p)
	}
	if len(r.buf) == 0 {
		buf, err := r.next()
		if err != nil {
			return 0, err
		}
		if r.buf = buf; len(buf) == 0 {
			return r.readFile(p)
		}
	}
	n := copy(p, r.buf)
	r.buf = r.buf[n:]
	return n, nil
}

// WriteTo implements io.WriterTo: it writes until the end of the run.
func (r *Reader) WriteTo(dst io.Writer) (written int64, err error) {
	if t, ok := dst.(filesTaker); ok {
		r.files = t.TakesFiles()
	}
	for {
		p := r.buf
		if r.buf = nil; len(p) == 0 && r.left == 0 {
			if p, err = r.next(); errors.Is(err, io.EOF) {
				return written, nil
			} else if err != nil {
				return written, err
			}
		}
		var n int64
		if len(p) > 0 {
			n, err = writeAll(dst, p)
		} else {
			n, err = r.sendFile(dst)
		}
		written += n
		if err != nil {
			return written, err
		}
	}
}

// Close lets go of the body; a Read that waits ends with io.ErrClosedPipe. It
// may be called from anywhere, more than once.
func (r *Reader) Close() error {
	r.closed.Store(true)
	r.closeFile()
	if r.reg {
		r.b.mu.Lock()
		defer r.b.mu.Unlock()
		delete(r.b.readers, r)
		r.b.notify()
	}
	return nil
}

package cachestore

import (
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// minPageBytes is from what length on a body is worth pages: below it, copying is cheaper than
// the system calls that save it.
const minPageBytes = 96 << 10

// Pages is a whole body in pages of memory of its own, which are never written again: the kernel
// can be lent them to send from without a copy, as it must not be lent memory that the garbage
// collector may give to others meanwhile. They go once nobody holds the Pages; who lends them
// must hold it until the kernel has taken its own references.
type Pages struct{ mem []byte }

// Bytes returns the body; it must not be changed, nor used without holding p.
func (p *Pages) Bytes() []byte { return p.mem }

// bodyPages are the pages of a body that has some.
type bodyPages struct {
	wanted atomic.Int32
	pages  atomic.Pointer[Pages]
	size   atomic.Int64 // what they take, for weight
}

// Pages returns what o.Bytes returns in pages of its own, or nil. They are made for large
// bodies that are asked for twice. What they take is counted in Options.MaxBytes, and at most a
// quarter of that.
func (s *Store) Pages(o *Object) *Pages {
	p := o.body.whole.Load()
	if p == nil || len(*p) < minPageBytes {
		return nil
	}
	b := &o.body.pages
	if pages := b.pages.Load(); pages != nil {
		return pages
	}
	if b.wanted.Add(1) == 2 {
		go s.makePages(o, *p)
	}
	return nil
}

// makePages copies a body into pages. Where there is no room, later requests try again.
func (s *Store) makePages(o *Object, body []byte) {
	b, size := &o.body.pages, int64(len(body))
	if s.paged.Add(size) > s.opts.MaxBytes/4 {
		s.paged.Add(-size)
		b.wanted.Store(0)
		return
	}
	mem, err := unix.Mmap(-1, 0, len(body), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil { // sent with a copy as ever
		s.paged.Add(-size)
		b.wanted.Store(0)
		return
	}
	copy(mem, body)
	p := &Pages{mem}
	runtime.AddCleanup(p, func(mem []byte) {
		_ = unix.Munmap(mem)
		s.paged.Add(-int64(len(mem)))
	}, mem)
	b.size.Store(size)
	b.pages.Store(p)
	s.reweigh(o)
}

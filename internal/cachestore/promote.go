package cachestore

// A body that the kernel sends from a file costs little more than one in memory, as long as the
// kernel has the file in its memory. To bring every body back that is asked for once would cost
// more than it saves where the working set is larger than the memory: each would push out another
// before it is asked for again. So a body comes back when it is asked for again while few enough
// bytes have been sent from files in between that memory would have kept it.

// tinyBytes is the size up to which a body always comes back with its head, which is as large.
const tinyBytes = 4 << 10

// FileRun is Object.FileRun, and notes that o was asked for: a small body may come back into
// memory for it.
func (s *Store) FileRun(o *Object, first, last int64) *FileRun {
	run := o.FileRun(first, last)
	if run != nil && o.Length() <= s.opts.PromoteBytes {
		s.reread(o)
	}
	return run
}

// reread counts the bytes of o as sent from a file.
func (s *Store) reread(o *Object) {
	now := s.sent.Add(o.Length())
	last := o.sent.Swap(now)
	if last > 0 && now-last <= s.opts.MaxBytes/2 && o.body.rising.CompareAndSwap(false, true) {
		go s.promote(o)
	}
}

// promote brings a body of one chunk back into memory.
func (s *Store) promote(o *Object) {
	b := o.body
	defer b.rising.Store(false)
	ref := b.reference()
	if ref == nil {
		return
	}
	p := ref.Body()
	b.mu.Lock()
	ok := p != nil && int64(len(p)) == b.length && b.whole.Load() == nil && len(b.writers) == 0
	if ok {
		b.spooled = false
		b.setWhole(p)
	}
	b.mu.Unlock()
	if ok {
		s.reweigh(o)
	}
}

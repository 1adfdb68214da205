package cachestore

// A small body that the kernel sends from a file costs a little more than one in memory, as long as
// the kernel has the file in its memory. Where the memory is full, each body in it takes the place
// of many heads, and to read a head anew costs more than that. So there a body stays in memory, or
// comes back, only if it is asked for again while few bytes of its kind have been asked for in
// between; where there is room, it comes back if it is asked for twice. This is for viewers who can
// be sent files: for others, bodies come back with their heads.

const (
	// tinyBytes is the size up to which a body always comes along with its head, which is as large.
	tinyBytes = 4 << 10
	// soonPart is which part of Options.MaxBytes few bytes are.
	soonPart = 32
	// sizeChecks is how often the memory's size is looked at while Options.MaxBytes are asked for.
	sizeChecks = 64
)

// Place notes that o is asked for by a viewer who can be sent files, and decides whether its body is
// to be in memory. Call it before Object.Bytes. It neither waits nor, for a body that stays where it
// is, allocates.
func (s *Store) Place(o *Object) {
	n := o.Length()
	if s.disk == nil || n <= tinyBytes || n > s.opts.PromoteBytes {
		return
	}
	_, inMemory := o.Bytes()
	full := s.size.Load() > s.opts.MaxBytes/16*15
	if inMemory && !full {
		return
	}
	now := s.asked.Add(n)
	if step := s.opts.MaxBytes / sizeChecks; now/step != (now-n)/step {
		s.size.Store(int64(s.cache.WeightedSize()))
	}
	last := o.asked.Swap(now)
	soon := now-last <= s.opts.MaxBytes/soonPart
	switch {
	case last == 0: // asked for once
	case inMemory && !soon:
		s.demote(o)
	case !inMemory && (soon || s.size.Load() < s.opts.MaxBytes/4*3) && o.body.moving.CompareAndSwap(false, true):
		go s.promote(o)
	}
}

// promote brings a body of one chunk back into memory.
func (s *Store) promote(o *Object) {
	b := o.body
	defer b.moving.Store(false)
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

// demote leaves a body of one chunk to its file, if it has one.
func (s *Store) demote(o *Object) {
	b := o.body
	b.mu.Lock()
	ok := b.whole.Load() != nil && len(b.writers)+len(b.readers) == 0 && b.pages.size.Load() == 0 && b.ref != nil && b.ref.Whole()
	if ok {
		b.spooled, b.bytes, b.chunks = true, 0, nil
		b.whole.Store(nil)
	}
	b.mu.Unlock()
	if ok {
		s.reweigh(o)
	}
}

package cachestore

import "github.com/warmfront/warmfront/internal/cachestore/disk"

// spools reports whether a body too large for memory is to go to disk as it
// arrives.
func (s *Store) spools(key string, h *Head) bool {
	return s.disk != nil && h.Length > ChunkBytes && h.keepable() && s.disk.Writable(key)
}

// spool makes the writer of a body that is not to stay in memory keep to the
// pace of the fastest reader.
func (w *writer) spool(window int64) {
	b := w.b
	b.mu.Lock()
	defer b.mu.Unlock()
	w.ahead = window
	b.hadOne = len(b.readers) > 0
}

// saveTo has each chunk that becomes whole written to disk, where the body is
// or, with a new name, shall be.
func (w *writer) saveTo(s *Store, o *Object) {
	b := w.b
	b.mu.Lock()
	ref := b.ref
	b.mu.Unlock()
	fresh := ref == nil || !ref.Known()
	if fresh {
		if ref = s.toDisk(o); ref == nil {
			return
		}
	}
	head := o.diskHead()
	if fresh && !ref.Save(head, disk.HeadOnly, nil, nil) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ref = ref
	w.save = func(index int64, p []byte) bool {
		return ref.Save(head, index, p, func(saved bool) { s.saved(o, index, len(p), saved) })
	}
}

// spill lets go of the memory of a body of unknown length that is being written to disk. It
// reports false where it is not. Caller holds f.mu.
func (f *Fill) spill() bool {
	o := f.obj.Load()
	if !f.shown || !f.w.saves() || !f.s.disk.Writable(f.key) {
		return false
	}
	f.kept, f.spooled = false, true
	f.w.spool(f.s.opts.WindowBytes)
	b := o.body
	b.mu.Lock()
	b.offload()
	b.mu.Unlock()
	f.release()
	f.s.reweigh(o)
	return true
}

// offload lets go of the chunks that are on disk, now and from now on. Caller holds mu.
func (b *body) offload() {
	b.spooled = true
	for index, p := range b.chunks {
		if int64(len(p)) == b.chunk && b.onDisk(index) {
			b.drop(index)
		}
	}
}

// settleLength has the length of a body written down that went to disk before
// its end had come, and the bytes that did not fill a chunk. What the disk does
// not take is missing there.
func (s *Store) settleLength(o *Object) {
	b := o.body
	if now := s.lookupMemory(o.key); now != nil && now.body == b {
		o = now // renewed meanwhile
	}
	ref, head := b.reference(), o.diskHead()
	b.mu.Lock()
	index := b.length / b.chunk
	p := b.chunks[index]
	b.mu.Unlock()
	if len(p) > 0 {
		ref.Save(head, index, p, func(saved bool) { s.saved(o, index, len(p), saved) })
	}
	ref.Rewrite(head, nil)
}

// saves reports whether chunks are written as they arrive.
func (w *writer) saves() bool {
	w.b.mu.Lock()
	defer w.b.mu.Unlock()
	return w.save != nil
}

// saved lets a chunk of a spooled body go when it has been written, or could
// not be and nobody is about to read it.
func (s *Store) saved(o *Object, index int64, n int, ok bool) {
	b := o.body
	b.mu.Lock()
	gone := b.spooled && len(b.chunks[index]) == n
	if gone && !ok {
		gone = b.lost(index)
	}
	if gone {
		b.drop(index)
		b.notify()
	}
	b.mu.Unlock()
	if gone {
		s.reweigh(o)
	}
}

// lost handles a chunk that could not be written: it stays for a while if its
// writer is still there, or for good if room was reserved for it. It reports
// whether it is to be dropped now. Caller holds mu.
func (b *body) lost(index int64) bool {
	for _, w := range b.writers {
		if at := index * b.chunk; w.start <= at && at < w.next {
			if w.ahead > 0 {
				w.unsaved = append(w.unsaved, index)
			}
			return false
		}
	}
	return b.bytes > spoolKeepBytes
}

// spoolKeepBytes is how much of a spooled body may stay in memory because the
// disk did not take it.
const spoolKeepBytes = 8 << 20

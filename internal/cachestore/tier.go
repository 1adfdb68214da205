package cachestore

import (
	"strings"
	"unsafe"

	"github.com/maypok86/otter/v2"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// The disk tier lies below the memory. A response is written to it once it is whole in memory,
// larger ones chunk by chunk as they arrive; one too large for memory goes through a window of
// it. A look-up that misses the memory finds it there: bodies up to Options.PromoteBytes come back
// into memory, of larger ones only the head does, and their bytes are read from the file each
// time, which the kernel keeps in memory and can send by itself. For viewers to whom it can,
// Store.Place says when smaller bodies come back.

// search is a look-up on disk that others wait for.
type search struct {
	done   chan struct{}
	object *Object
}

// findOnDisk brings what is stored under key back into memory. One look-up a key is under way at
// a time. key is not kept.
func (s *Store) findOnDisk(key string) *Object {
	if !s.disk.Knows(key) {
		return nil
	}
	s.mu.Lock()
	if other := s.searches[key]; other != nil {
		s.mu.Unlock()
		<-other.done
		o := other.object
		if o == nil || o.checked.Load() == s.rules.version.Load() || s.recheck(o) { // that look-up began before this one
			return o
		}
		return nil
	}
	key = strings.Clone(key)
	own := &search{done: make(chan struct{})}
	s.searches[key] = own
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.searches, key)
		s.mu.Unlock()
		close(own.done)
	}()
	own.object = s.load(key, s.opts.PromoteBytes, s.disk.Find)
	return own.object
}

// LookupPrompt is Lookup for who must not wait for a disk: it finds what is in memory, and on
// disk what the kernel has in its memory. What it does not find may still be on disk. With files,
// a body in a file will do, and all but the smallest stay there; see Place.
func (s *Store) LookupPrompt(key []byte, files bool) *Object {
	if len(key) == 0 {
		return nil
	}
	view := unsafe.String(&key[0], len(key))
	if o := s.lookupMemory(view); o != nil || s.disk == nil || !s.disk.Knows(view) {
		return o
	}
	s.mu.Lock()
	busy := s.searches[view] != nil
	s.mu.Unlock()
	if busy || !s.flushing.TryRLock() {
		return nil
	}
	s.flushing.RUnlock()
	inline := s.opts.PromoteBytes
	if files {
		inline = min(inline, tinyBytes)
	}
	return s.load(string(key), inline, s.disk.FindPrompt)
}

// load reads an object's head from disk, with it a body of at most inline bytes, and makes the
// object visible.
func (s *Store) load(key string, inline int64, find func(key string, inline int64) *disk.Found) *Object {
	s.flushing.RLock()
	defer s.flushing.RUnlock()
	if o := s.lookupMemory(key); o != nil {
		return o
	}
	version := s.rules.version.Load()
	found := find(key, inline)
	if found == nil {
		return nil
	}
	head, target, err := decodeHead(found.Head.Meta)
	if err != nil {
		found.Ref.Drop()
		return nil
	}
	head.Length = found.Head.Length
	o := &Object{
		key: key, head: head, headBytes: head.bytes(), target: target, body: storedBody(found),
		revision: found.Head.Revision, epoch: s.rules.epoch.Load(),
	}
	if s.rules.voids(o) {
		found.Ref.Drop()
		return nil
	}
	o.checked.Store(version)
	kept, _ := s.cache.Compute(key, func(old *Object, found bool) (*Object, otter.ComputeOp) {
		if found {
			return nil, otter.CancelOp // a fill was faster
		}
		return o, otter.WriteOp
	})
	if kept != nil && kept != o {
		return s.lookupMemory(key)
	}
	return o
}

// storedBody is a body whose bytes are on disk, or have just been read from it.
func storedBody(f *disk.Found) *body {
	b := newBody(f.Head.Length, 0)
	b.ref = f.Ref
	if f.Body != nil {
		b.setWhole(f.Body)
	}
	b.spooled = b.whole.Load() == nil
	return b
}

// keepable reports whether a head means something after a restart. One without fields that is
// only the edge's own Prepared does not.
func (h *Head) keepable() bool { return len(h.Fields) > 0 || h.Prepared == nil }

// diskHead is what is written of o.
func (o *Object) diskHead() *disk.Head {
	return &disk.Head{Key: o.key, Meta: encodeHead(o.head, o.target), Revision: o.revision, Length: o.Length()}
}

// toDisk names a new object on disk for o, nil when it is not to be kept there.
func (s *Store) toDisk(o *Object) *disk.Ref {
	if s.disk == nil || !o.head.keepable() {
		return nil
	}
	s.flushing.RLock()
	defer s.flushing.RUnlock()
	if s.rules.voids(o) {
		return nil
	}
	return s.disk.Create(o.key, o.gen, o.Length())
}

// saveWhole writes a complete object that is in memory to disk.
func (s *Store) saveWhole(o *Object) {
	ref := s.toDisk(o)
	if ref == nil {
		return
	}
	b, head := o.body, o.diskHead()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ref = ref
	if p := b.whole.Load(); p != nil {
		ref.Save(head, 0, *p, nil)
		return
	}
	if !ref.Save(head, disk.HeadOnly, nil, nil) {
		return
	}
	for index := int64(0); index*b.chunk < b.length; index++ {
		if !ref.Save(head, index, b.chunks[index], nil) {
			return
		}
	}
}

// saveRest writes the chunks in memory that the disk lacks.
func (o *Object) saveRest(ref *disk.Ref) {
	b, head := o.body, o.diskHead()
	b.mu.Lock()
	defer b.mu.Unlock()
	for index, p := range b.chunks {
		if !ref.Has(index) && !ref.Save(head, index, p, nil) {
			return
		}
	}
}

// renew writes a renewed head of o to disk.
func (s *Store) renew(o *Object) {
	if s.disk == nil || !o.head.keepable() {
		return
	}
	ref, whole := o.body.reference(), o.body.whole.Load()
	switch {
	case ref != nil && ref.Known():
		var p []byte
		if whole != nil {
			p = *whole
		}
		ref.Rewrite(o.diskHead(), p)
	case whole != nil:
		s.saveWhole(o)
	}
}

package disk

import "sync/atomic"

// Ref is one object: one body under one key. A later body under the same key is another. It
// stays valid, if useless, after the object has gone. Safe for concurrent use.
type Ref struct {
	v     *volume
	hash  Hash
	gen   uint64
	parts uint32
	era   uint64
	rev   int64 // when it was looked up

	length int64 // of the body; -1 when that was not known at first

	heads   atomic.Int32 // on their way to be written
	dropped atomic.Bool  // nothing on its way counts any more
}

// Generation returns the next number for Create. Of two objects under one key that with the
// higher number stays, in whatever order they are saved.
func (c *Cache) Generation() uint64 { return c.gen.Add(1) }

// Create names a new object, which takes its key over from any older one once its head has been
// saved. The length of its body is -1 while it is not known: it is found once Rewrite has told
// the length. A Flush from now on forgets it. nil means that nothing can be saved.
func (c *Cache) Create(key string, gen uint64, length int64) *Ref {
	if len(c.volumes) == 0 || !c.active.Load() || length >= maxLength {
		return nil
	}
	h := hashOf(key)
	head := Head{Length: length}
	v := c.volumeOf(h)
	v.mu.Lock()
	defer v.mu.Unlock()
	return &Ref{v: v, hash: h, gen: gen, parts: head.parts(), length: length, era: v.era}
}

// Knows reports, without I/O, whether there seems to be an object under a key.
func (c *Cache) Knows(key string) bool {
	h := hashOf(key)
	v := c.volumeOf(h)
	v.mu.Lock()
	defer v.mu.Unlock()
	_, ok := v.index.find(&h, 0)
	return ok && v.usable
}

// Found is an object found under its key.
type Found struct {
	Ref  *Ref
	Head Head
	Body []byte // all of it, when it is small enough to be read at once; else nil
}

// FindPrompt is Find for what can be had without waiting for the disk: it misses more.
func (c *Cache) FindPrompt(key string, inline int64) *Found { return c.find(key, inline, true) }

// Find looks a key up, and reads the object's head. A body of at most inline bytes is read with
// it. It may wait for the disk, for at most Options.ReadTimeout; a miss takes no I/O. nil is a
// miss.
func (c *Cache) Find(key string, inline int64) *Found { return c.find(key, inline, false) }

func (c *Cache) find(key string, inline int64, promptly bool) *Found {
	if len(c.volumes) == 0 {
		return nil
	}
	h := hashOf(key)
	v := c.volumeOf(h)
	ref := v.lookup(h)
	if ref == nil {
		return nil
	}
	name, w := file{h, ref.gen, 0}, want{head: true}
	if ref.parts == 0 {
		w.inline = inline
	}
	o, err := v.readPrompt(name, w)
	switch {
	case err == nil:
	case promptly:
		return nil
	default:
		o, err = v.within(func() (*opened, error) { return v.read(name, w) })
	}
	if err != nil {
		v.unusable(name, err)
		return nil
	}
	defer o.close()
	if o.key != key {
		return nil // another key of the same hash
	}
	ref.length = o.h.length
	return &Found{Ref: ref, Head: Head{Key: o.key, Meta: o.meta, Revision: min(o.h.revision, ref.rev), Length: o.h.length}, Body: o.body}
}

// lookup returns the object of a hash, nil when there is none.
func (v *volume) lookup(h Hash) *Ref {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.usable {
		return nil
	}
	slot, ok := v.index.find(&h, 0)
	if !ok {
		return nil
	}
	e := v.index.at(slot)
	if e.parts == unknownParts {
		if e.gen < v.firstGen { // of a process that ended before the body did
			v.dropObject(slot, false)
			v.poke()
		}
		return nil
	}
	v.policy.touch(slot)
	return &Ref{v: v, hash: h, gen: e.gen, parts: e.parts, era: v.era, rev: e.rev, length: -1}
}

// Has reports whether a part of the body is there, counted from 0.
func (r *Ref) Has(part int64) bool {
	v := r.v
	v.mu.Lock()
	defer v.mu.Unlock()
	slot, ok := v.index.find(&r.hash, r.filePart(part))
	return v.usable && v.object(slot, ok, r.gen) != nil
}

// filePart is the number of the file that holds a part.
func (r *Ref) filePart(part int64) uint32 {
	if r.parts == 0 {
		return 0
	}
	return uint32(part) + 1
}

// Whole reports whether all of the body is there.
func (r *Ref) Whole() bool {
	v := r.v
	v.mu.Lock()
	defer v.mu.Unlock()
	slot, ok := v.index.find(&r.hash, 0)
	o := v.object(slot, ok, r.gen)
	return v.usable && o != nil && o.have == o.parts
}

// Known reports whether the object, if not all of its body, is there or on its way.
func (r *Ref) Known() bool {
	if r.dropped.Load() {
		return false
	}
	if r.heads.Load() > 0 {
		return true
	}
	v := r.v
	v.mu.Lock()
	defer v.mu.Unlock()
	slot, ok := v.index.find(&r.hash, 0)
	return v.usable && v.object(slot, ok, r.gen) != nil
}

// Touch tells the eviction policy that the object was used without reading its files.
func (r *Ref) Touch() {
	v := r.v
	v.mu.Lock()
	defer v.mu.Unlock()
	if slot, ok := v.index.find(&r.hash, 0); ok && v.index.at(slot).gen == r.gen {
		v.policy.touch(slot)
	}
}

// Drop forgets the object, what of it is on its way to be written included.
func (r *Ref) Drop() {
	v := r.v
	v.mu.Lock()
	defer v.mu.Unlock()
	r.dropped.Store(true)
	if slot, ok := v.index.find(&r.hash, 0); ok && v.index.at(slot).gen == r.gen {
		v.dropObject(slot, false)
		v.poke()
	}
}

// HeadOnly in place of a part's number saves the head of an object of several parts.
const HeadOnly = -1

// Save queues a part of the body, counted from 0, to be written: of a body of at most PartBytes
// there is only part 0. Of larger ones the head is saved first, with HeadOnly. body must not
// change. done, if not nil, is called once from another goroutine. It never waits; false means
// that the part is not saved and done is not called. What is not saved of an object whose head
// is new leaves nothing older under its key.
func (r *Ref) Save(head *Head, part int64, body []byte, done func(saved bool)) bool {
	j := job{ref: r, head: head, body: body, done: done}
	if part != HeadOnly {
		j.part = r.filePart(part)
	}
	return r.v.enqueue(j)
}

// Rewrite queues a new head for an object that is there. body is its body, if it has one part
// and that is at hand; else it is taken from the present file.
func (r *Ref) Rewrite(head *Head, body []byte) bool {
	if r.parts > 0 {
		body = nil
	}
	return r.v.enqueue(job{ref: r, head: head, body: body, rewrite: true})
}

// account counts what is on its way.
func (v *volume) account(j *job, sign int) {
	v.queued.Add(int64(sign * len(j.body)))
	if j.part == 0 {
		j.ref.heads.Add(int32(sign))
	}
}

// enqueue queues a job unless there is no room.
func (v *volume) enqueue(j job) bool {
	v.mu.Lock()
	usable := v.usable && len(j.head.Key)+len(j.head.Meta)+16 <= maxHeadBytes
	v.mu.Unlock()
	if usable && v.writing.mayTry() {
		v.account(&j, 1)
		room := v.o.QueueBytes
		if j.part > 0 {
			room /= 2 // a fast stream of a large body leaves room for small ones
		}
		if v.queued.Load() <= room {
			select {
			case v.queue <- j:
				return true
			default:
			}
		}
		v.account(&j, -1)
	}
	v.dropped.Add(1)
	v.abandon(&j)
	return false
}

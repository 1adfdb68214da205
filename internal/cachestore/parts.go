package cachestore

import "errors"

// Parts is what is missing of a body of known length, to be brought piece by piece, by several
// fetches at once if need be. It is safe for concurrent use.
//
// The bytes nobody has claimed yet are spanned by writers that never write: so they count as on
// their way.
type Parts struct {
	f     *Fill
	o     *Object
	size  int64 // of a part
	ahead int64 // > 0: parts begin no further than so much in front of a reader

	gaps   []*writer // guarded by o.body.mu; unclaimed, in order
	open   []*writer // guarded by o.body.mu; claimed
	broken error     // guarded by o.body.mu

	unsaved []int64 // guarded by o.body.mu; chunks the disk would not take, of parts that have ended
}

// StartParts begins, or goes on with, a body that others bring in parts of size bytes, a multiple
// of ChunkBytes: all that is not stored yet of the representation with the strong ETag and length
// of head. The parts of all must have been closed before Close. It returns nil, and nothing has
// begun, when the body cannot be kept or is no longer than a chunk.
func (f *Fill) StartParts(head *Head, size int64) (*Object, *Parts) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.begun() || head.Length <= ChunkBytes {
		return nil, nil
	}
	o := f.newObject(head, nil)
	if !f.share(o, 0) || !f.room(o.body) {
		o.body = newBody(head.Length, 0)
		if !f.room(o.body) {
			return nil, nil
		}
	}
	f.parts, f.partial = f.newParts(o, size), true
	f.obj.Store(o)
	f.began(o)
	if gaps := f.parts.gaps; f.shown && len(gaps) > 0 {
		gaps[0].saveTo(f.s, o) // names the object on disk
	}
	f.settle(Outcome{Kind: OutcomeObject, Object: o})
	return o, f.parts
}

// room decides where what b lacks is to be kept: in memory, or on disk where that has no room
// for it or the body is there already. Caller holds f.mu.
func (f *Fill) room(b *body) bool {
	n := b.lacks()
	f.kept = !b.isSpooled() && b.weight()+n <= f.s.opts.MaxObjectBytes && f.reserve(n)
	f.spooled = !f.kept && f.s.disk != nil && f.s.disk.Writable(f.key)
	return f.kept || f.spooled
}

// newParts has what o lacks spanned by writers. Caller holds f.mu.
func (f *Fill) newParts(o *Object, size int64) *Parts {
	ps, b := &Parts{f: f, o: o, size: size}, o.body
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.spooled {
		ps.ahead = max(4*size, f.s.opts.WindowBytes)
		b.hadOne = len(b.readers) > 0
		b.offload()
	}
	b.failure = nil
	for _, g := range b.gaps() {
		ps.gaps = append(ps.gaps, &writer{b: b, start: g[0], next: g[0], end: g[1]})
	}
	b.writers = append(b.writers, ps.gaps...)
	return ps
}

// Missing is the first run of bytes that Base lacks, at most limit of them; ok is false when
// there is no Base, its length is not known, or it lacks none.
func (f *Fill) Missing(limit int64) (first, last int64, ok bool) {
	if f.base == nil || f.base.Length() < 0 {
		return 0, 0, false
	}
	b := f.base.body
	b.mu.Lock()
	defer b.mu.Unlock()
	gaps := b.gaps()
	if len(gaps) == 0 {
		return 0, 0, false
	}
	return gaps[0][0], min(gaps[0][1], gaps[0][0]+limit) - 1, true
}

// gaps lists the runs of chunks that are not stored and not on their way, each from its first
// position to that after its last. Caller holds mu.
func (b *body) gaps() (runs [][2]int64) {
	if b.whole.Load() != nil || b.length < 0 || b.ref != nil && b.ref.Whole() {
		return nil
	}
	for at := int64(0); at < b.length; at += b.chunk {
		end := min(at+b.chunk, b.length)
		if b.holds(end-1) || b.writerAt(end-1) != nil {
			continue
		}
		if n := len(runs); n > 0 && runs[n-1][1] == at {
			runs[n-1][1] = end
		} else {
			runs = append(runs, [2]int64{at, end})
		}
	}
	return runs
}

// lacks is how many bytes are in gaps.
func (b *body) lacks() (n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.gaps() {
		n += g[1] - g[0]
	}
	return n
}

var errPartsMissing = errors.New("cachestore: parts are missing")

// finish ends the body: well, if nothing is missing.
func (ps *Parts) finish() error {
	b := ps.o.body
	b.mu.Lock()
	defer b.mu.Unlock()
	if ps.broken == nil && len(ps.gaps)+len(ps.open) > 0 {
		ps.fail(errPartsMissing)
	}
	b.notify()
	return ps.broken
}

// abort ends the body because of err.
func (ps *Parts) abort(err error) {
	b := ps.o.body
	b.mu.Lock()
	defer b.mu.Unlock()
	if ps.broken == nil {
		ps.fail(err)
	}
}

// fail takes all writers away. Caller holds b.mu.
func (ps *Parts) fail(err error) {
	ps.broken = err
	for _, g := range ps.gaps {
		g.leave()
	}
	for _, w := range ps.open {
		w.fail(err)
	}
	ps.gaps, ps.open = nil, nil
	ps.o.body.failure = err
	ps.o.body.notify()
}

package cachestore

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"
)

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

// Part is one claimed piece. Its leader calls Write, then Close. It has one user.
type Part struct {
	First, Last int64 // inclusive

	ps *Parts
	w  *writer
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

// Next claims the part that a reader needs first, or the foremost. It waits while all that is
// missing is far ahead of the readers of a body that memory has no room for, and fails with
// ErrNoReaders when these have gone, io.EOF when nothing is left to claim, and with the reason
// when the fill has been aborted.
func (ps *Parts) Next(ctx context.Context) (*Part, error) { return ps.claim(ctx, -1) }

// From is Next for the part that begins at a position; io.EOF when that is not to be claimed.
func (ps *Parts) From(ctx context.Context, pos int64) (*Part, error) { return ps.claim(ctx, pos) }

func (ps *Parts) claim(ctx context.Context, pos int64) (*Part, error) {
	b := ps.o.body
	b.mu.Lock()
	w, err := ps.await(ctx, pos)
	if err == nil {
		b.writers, ps.open = append(b.writers, w), append(ps.open, w)
	}
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if ps.f.shown { // set before there were parts
		w.saveTo(ps.f.s, ps.o)
	}
	return &Part{First: w.start, Last: w.end - 1, ps: ps, w: w}, nil
}

// await cuts a part out of the gaps as soon as one is wanted. Caller holds b.mu, which is
// released while waiting.
func (ps *Parts) await(ctx context.Context, pos int64) (*writer, error) {
	b := ps.o.body
	var timeout <-chan time.Time
	for {
		at, near, left := ps.wanted(pos)
		switch {
		case ps.broken != nil:
			return nil, ps.broken
		case !left:
			return nil, io.EOF
		case near:
			return ps.cut(at), nil
		case b.hadOne && len(b.readers) == 0:
			return nil, ErrNoReaders
		case !b.hadOne && timeout == nil:
			t := time.NewTimer(noReaderTimeout)
			defer t.Stop()
			timeout = t.C
		}
		wake := b.changed()
		b.awaiting++
		b.mu.Unlock()
		var err error
		late := false
		select {
		case <-wake:
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-timeout:
			late = true
		}
		b.mu.Lock()
		b.awaiting--
		if b.hadOne = b.hadOne || late; err != nil {
			return nil, err
		}
	}
}

// wanted picks where the next part begins: at pos, or with -1 the first missing chunk in front of
// the reader that will need it soonest. near tells whether it is time for it, left whether there
// is anything. Caller holds b.mu.
func (ps *Parts) wanted(pos int64) (at int64, near, left bool) {
	b := ps.o.body
	best := int64(-1)
	for _, g := range ps.gaps {
		if pos >= 0 {
			if g.start == pos {
				at, left = pos, true
			}
			continue
		}
		if !left {
			at, left = g.start, true
		}
		for r := range b.readers {
			from := max(g.start, r.off/b.chunk*b.chunk)
			if distance := from - r.off; from < g.end && (r.end < 0 || from < r.end) && (best < 0 || max(distance, 0) < best) {
				best, at = max(distance, 0), from
			}
		}
	}
	return at, left && (ps.ahead == 0 || ps.reached(at)), left
}

// reached reports whether a reader is close behind a position. Caller holds b.mu.
func (ps *Parts) reached(at int64) bool {
	for r := range ps.o.body.readers {
		if r.off/ps.o.body.chunk*ps.o.body.chunk <= at && at-r.off < ps.ahead {
			return true
		}
	}
	return false
}

// cut takes a part that begins at a position out of the gap there. Caller holds b.mu.
func (ps *Parts) cut(at int64) *writer {
	b := ps.o.body
	i := slices.IndexFunc(ps.gaps, func(g *writer) bool { return g.start <= at && at < g.end })
	g := ps.gaps[i]
	w := &writer{b: b, start: at, next: at, end: min(at+ps.size, g.end)}
	if ps.ahead > 0 {
		w.ahead = ps.f.s.opts.WindowBytes
	}
	if w.end < g.end && at > g.start {
		rest := &writer{b: b, start: w.end, next: w.end, end: g.end}
		ps.gaps, b.writers = slices.Insert(ps.gaps, i+1, rest), append(b.writers, rest)
	}
	switch {
	case at > g.start:
		g.end = at
	case w.end < g.end:
		g.start, g.next = w.end, w.end
	default:
		ps.gaps = slices.Delete(ps.gaps, i, i+1)
		g.leave()
	}
	return w
}

// Write appends bytes of the part, and waits while readers are far behind; see Fill.Write.
func (p *Part) Write(b []byte) (int, error) {
	if err := p.w.write(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Missing is how many bytes are still to be written.
func (p *Part) Missing() int64 { return p.w.end - p.w.next }

// Close ends the part. Whole chunks that it has not brought can be claimed again.
func (p *Part) Close() {
	b, w := p.w.b, p.w
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.closed {
		return
	}
	if w.next < w.end {
		index := w.next / b.chunk
		if w.next%b.chunk != 0 && len(b.chunks[index]) == int(w.next%b.chunk) {
			b.drop(index)
		}
		gap := &writer{b: b, start: index * b.chunk, next: index * b.chunk, end: w.end}
		at, _ := slices.BinarySearchFunc(p.ps.gaps, gap.start, func(g *writer, start int64) int { return int(g.start - start) })
		p.ps.gaps, b.writers = slices.Insert(p.ps.gaps, at, gap), append(b.writers, gap)
	}
	w.leave()
	p.ps.unsaved = append(p.ps.unsaved, w.unsaved...)
	for len(p.ps.unsaved) > 0 && int64(len(p.ps.unsaved))*b.chunk > p.ps.ahead {
		b.drop(p.ps.unsaved[0])
		p.ps.unsaved = p.ps.unsaved[1:]
	}
	p.ps.open = slices.DeleteFunc(p.ps.open, func(x *writer) bool { return x == w })
	b.notify()
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

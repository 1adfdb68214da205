package cachestore

import (
	"context"
	"io"
	"slices"
	"time"
)

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

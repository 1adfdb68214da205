package cachestore

import "slices"

// Part is one claimed piece. Its leader calls Write, then Close. It has one user.
type Part struct {
	First, Last int64 // inclusive

	ps *Parts
	w  *writer
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

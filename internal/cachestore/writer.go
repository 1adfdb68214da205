package cachestore

import (
	"slices"
	"time"
)

// writer brings one run of bytes into a body, from a chunk boundary on. It has
// one user at a time; abort alone may be called from anywhere.
type writer struct {
	b      *body
	start  int64 // first position
	next   int64 // position of the next byte
	end    int64 // exclusive; -1 while unknown
	buf    []byte
	closed bool // guarded by b.mu

	// Of a writer whose chunks go to disk. Guarded by b.mu.
	save    func(index int64, p []byte) bool // queues a chunk
	ahead   int64                            // > 0: keeps so close to the fastest reader, and unsaved chunks no longer than that
	unsaved []int64                          // chunks the disk would not take
}

// newWriter registers a writer.
func newWriter(b *body, start, end int64) *writer {
	w := &writer{b: b, start: start, next: start, end: end}
	b.mu.Lock()
	b.writers = append(b.writers, w)
	b.failure = nil // of an earlier fetch
	b.mu.Unlock()
	return w
}

// write appends p, waiting while a window is full.
func (w *writer) write(p []byte) error {
	if w.end >= 0 && int64(len(p)) > w.end-w.next {
		return ErrOverrun
	}
	for len(p) > 0 {
		n, err := w.append(p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// append adds what fits into the current chunk and shows it to the readers.
func (w *writer) append(p []byte) (int, error) {
	b := w.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := w.awaitRoom(); err != nil {
		return 0, err
	}
	index, off := w.next/b.chunk, int(w.next%b.chunk)
	if off == 0 {
		w.buf = make([]byte, 0, w.chunkCap(len(p)))
	}
	n := min(len(p), int(b.chunk)-off)
	if b.window > 0 {
		// No further than the window, or slide could drop the chunk the fastest reader is in.
		n = min(n, int(b.window-(w.next-b.fastest(w.start))))
	}
	w.buf = grow(w.buf, n, int(b.chunk))
	w.buf = append(w.buf, p[:n]...)
	w.next += int64(n)
	b.store(index, w.buf)
	if w.next%b.chunk == 0 || w.next == w.end {
		w.filled(index)
	}
	if b.window > 0 || w.ahead > 0 {
		w.slide()
	}
	b.notify()
	return n, nil
}

// chunkCap is the capacity to begin a chunk with: exact where the end is
// known, small where it is not.
func (w *writer) chunkCap(first int) int64 {
	if w.end >= 0 {
		return min(w.end-w.next, w.b.chunk)
	}
	return min(max(int64(first), 4<<10), w.b.chunk)
}

// grow makes room for n more bytes without going past a chunk.
func grow(buf []byte, n, limit int) []byte {
	if len(buf)+n <= cap(buf) {
		return buf
	}
	bigger := make([]byte, len(buf), min(max(2*cap(buf), len(buf)+n), limit))
	copy(bigger, buf)
	return bigger
}

// filled has a chunk that has become whole saved. Caller holds b.mu.
func (w *writer) filled(index int64) {
	saved := w.save != nil && w.save(index, w.buf)
	if !saved && (w.ahead > 0 || w.end < 0) {
		w.unsaved = append(w.unsaved, index)
	}
}

// saveFilled has the chunk saved that had become whole before there was anywhere to save it.
func (w *writer) saveFilled() {
	w.b.mu.Lock()
	defer w.b.mu.Unlock()
	if w.next > 0 && w.next%w.b.chunk == 0 {
		w.unsaved = nil
		w.filled(w.next/w.b.chunk - 1)
	}
}

// slide drops the chunks that have left the window. Caller holds b.mu.
func (w *writer) slide() {
	if w.ahead > 0 {
		for len(w.unsaved) > 0 && (w.unsaved[0]+1)*w.b.chunk <= w.next-w.ahead {
			w.b.drop(w.unsaved[0])
			w.unsaved = w.unsaved[1:]
		}
		return
	}
	for index := range w.b.chunks {
		if (index+1)*w.b.chunk <= w.next-w.b.window {
			w.b.drop(index)
		}
	}
}

// awaitRoom waits until the fastest reader is within the window, so that the
// quick are not held up by the slow and memory stays bounded. Caller holds
// b.mu, which is released while waiting.
func (w *writer) awaitRoom() error {
	b := w.b
	var timeout <-chan time.Time
	for {
		if w.closed {
			return ErrFinished
		}
		window := max(b.window, w.ahead)
		if window == 0 || w.next-b.fastest(w.start) < window {
			return nil
		}
		if b.hadOne && len(b.readers) == 0 {
			return ErrNoReaders
		}
		if !b.hadOne && timeout == nil {
			t := time.NewTimer(noReaderTimeout)
			defer t.Stop()
			timeout = t.C
		}
		wake := b.changed()
		b.mu.Unlock()
		select {
		case <-wake:
		case <-timeout:
			b.mu.Lock()
			b.hadOne = true
			continue
		}
		b.mu.Lock()
	}
}

// fastest is the foremost position of any reader, at least start. Caller holds mu.
func (b *body) fastest(start int64) int64 {
	pos := start
	for r := range b.readers {
		pos = max(pos, r.off)
	}
	return pos
}

// close ends the run well.
func (w *writer) close() error {
	b := w.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.closed {
		return ErrFinished
	}
	if w.end >= 0 && w.next != w.end {
		w.fail(ErrTruncated)
		return ErrTruncated
	}
	if w.end < 0 {
		b.length = w.next
		w.trim()
	}
	w.leave()
	b.finish()
	b.notify()
	return nil
}

// trim gives back a last chunk's unused capacity. Caller holds b.mu.
func (w *writer) trim() {
	if n := len(w.buf); n > 0 && cap(w.buf)-n > n/8 {
		w.b.chunks[(w.next-1)/w.b.chunk] = slices.Clone(w.buf)
	}
}

// abort ends the run with an error, unless it has ended.
func (w *writer) abort(err error) {
	w.b.mu.Lock()
	defer w.b.mu.Unlock()
	if !w.closed {
		w.fail(err)
	}
}

// fail removes the writer and its unfinished chunk. Caller holds b.mu.
func (w *writer) fail(err error) {
	b := w.b
	w.leave()
	b.failure = err
	if index := w.next / b.chunk; w.next%b.chunk != 0 && len(b.chunks[index]) == int(w.next%b.chunk) {
		b.drop(index)
	}
	b.notify()
}

// leave takes the writer off the list. Caller holds b.mu.
func (w *writer) leave() {
	w.closed = true
	w.b.writers = slices.DeleteFunc(w.b.writers, func(x *writer) bool { return x == w })
}

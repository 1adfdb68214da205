package cachestore

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// body is the bytes of one representation, in chunks, some of which may be
// missing or still arriving. Several objects (before and after a 304) and
// several fills (of different ranges) can share one.
type body struct {
	whole atomic.Pointer[[]byte] // set when complete in one chunk, until only its file is kept
	pages bodyPages              // of whole

	moving atomic.Bool // from disk into memory

	mu       sync.Mutex
	length   int64                // guarded by mu; -1 while unknown
	chunk    int64                // size of a chunk: ChunkBytes, or less for a body that is not kept
	chunks   map[int64][]byte     // guarded by mu; by position / chunk; a prefix while filling
	bytes    int64                // guarded by mu; sum of the chunks' lengths
	promised int64                // guarded by mu; bytes to count in weight before they have arrived
	writers  []*writer            // guarded by mu; unfinished
	readers  map[*Reader]struct{} // guarded by mu; those of an incomplete body
	hadOne   bool                 // guarded by mu; a reader was registered once
	window   int64                // guarded by mu; > 0: streamed, only so many bytes are held
	failure  error                // guarded by mu; of the last writer that failed
	wake     chan struct{}        // guarded by mu; closed at the next change, made by who waits
	ref      *disk.Ref            // guarded by mu; where it is on disk, or is to be; nil for nowhere
	spooled  bool                 // guarded by mu; chunks leave memory once they are on disk
	awaiting int                  // guarded by mu; how many wait for a reader to come or move, before they claim a part
}

// noReaderTimeout is how long a body that is not kept waits with a full window
// for its first reader.
const noReaderTimeout = 30 * time.Second

// streamChunkBytes is the chunk size of bodies that are not kept: a window of
// few bytes needs small chunks.
const streamChunkBytes = 64 << 10

// newBody makes an empty body; one with a window is streamed, not kept.
func newBody(length, window int64) *body {
	b := &body{length: length, window: window, chunk: ChunkBytes}
	if window > 0 {
		b.chunk = streamChunkBytes
	}
	if length == 0 {
		b.setWhole(nil)
	}
	return b
}

// setWhole publishes the fast path. The chunk table is not needed any more.
// Caller holds mu or is alone.
func (b *body) setWhole(p []byte) {
	b.bytes = int64(len(p))
	b.chunks = nil
	b.whole.Store(&p)
}

// totalLength returns the representation's length or -1.
func (b *body) totalLength() int64 {
	if p := b.whole.Load(); p != nil {
		return int64(len(*p))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.length
}

// weight is the memory the body takes or is about to take. Chunks on their way to disk are
// the disk tier's to bound.
func (b *body) weight() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spooled {
		return min(b.bytes, spoolKeepBytes) + b.promised
	}
	return b.bytes + b.promised + b.pages.size.Load()
}

// promise changes the bytes counted ahead of their arrival.
func (b *body) promise(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.promised += n
}

// empty reports whether nothing is stored or on its way.
func (b *body) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes == 0 && len(b.writers) == 0 && !(b.spooled && b.ref != nil && b.ref.Known())
}

// setWindow stops keeping the body: from now on only a window is held.
func (b *body) setWindow(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.window = n
	b.notify()
}

// complete reports whether all bytes are there.
func (b *body) complete() bool {
	if b.whole.Load() != nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.length >= 0 && b.bytes == b.length
}

// has reports whether first..last can be read now or will be.
func (b *body) has(first, last int64) bool {
	if b.whole.Load() != nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ref != nil && b.ref.Whole() {
		return true
	}
	if last < 0 && b.length < 0 {
		return b.writerAt(first) != nil
	}
	if last < 0 || (b.length >= 0 && last >= b.length) {
		last = b.length - 1
	}
	for at := first; at <= last; at = (at/b.chunk + 1) * b.chunk {
		end := min((at/b.chunk+1)*b.chunk-1, last)
		if !b.holds(end) && b.writerAt(end) == nil {
			return false
		}
	}
	return true
}

// holds reports whether the chunk of the byte at pos, up to that byte, is in
// memory or on disk. Caller holds mu.
func (b *body) holds(pos int64) bool {
	return int64(len(b.chunks[pos/b.chunk])) > pos%b.chunk || b.onDisk(pos/b.chunk)
}

// onDisk reports whether a chunk is on disk. Caller holds mu.
func (b *body) onDisk(index int64) bool { return b.ref != nil && b.ref.Has(index) }

// reference is where the body is on disk, nil for nowhere.
func (b *body) reference() *disk.Ref {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ref
}

// run opens bytes first..last where they are in one file that can be had without waiting.
func (b *body) run(first, last int64) *FileRun {
	b.mu.Lock()
	ref, length := b.ref, b.length
	b.mu.Unlock()
	if last < 0 {
		last = length - 1
	}
	if ref == nil || length < 0 || first > last || last >= length || first/ChunkBytes != last/ChunkBytes {
		return nil
	}
	part := ref.OpenPrompt(first / ChunkBytes)
	if part == nil {
		return nil
	}
	off, n := first%ChunkBytes, last-first+1
	run := &FileRun{part: part, off: off, left: n}
	if off+n > part.Size() || !run.Prompt(n) {
		run.Close()
		return nil
	}
	return run
}

// dropFiles removes what is on disk of the body.
func (b *body) dropFiles() {
	if ref := b.reference(); ref != nil {
		ref.Drop()
	}
}

// isSpooled reports whether chunks leave memory once they are on disk.
func (b *body) isSpooled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spooled
}

// missing returns the chunk-aligned part of first..last that is not stored and
// not on its way; ok is false when there is none. Needs a known length.
func (b *body) missing(first, last int64) (from, to int64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.length < 0 || b.whole.Load() != nil {
		return first, last, b.length < 0
	}
	if last < 0 || last >= b.length {
		last = b.length - 1
	}
	from, to = -1, -1
	for c := first / b.chunk; c <= last/b.chunk; c++ {
		end := min((c+1)*b.chunk, b.length) - 1
		if !b.holds(end) && b.writerAt(end) == nil {
			if from < 0 {
				from = c * b.chunk
			}
			to = end
		}
	}
	return from, to, from >= 0
}

// writerAt returns an unfinished writer that will bring the byte at pos.
// Caller holds mu.
func (b *body) writerAt(pos int64) *writer {
	for _, w := range b.writers {
		passed := w.ahead > 0 && pos < w.next/b.chunk*b.chunk // and on disk, or lost
		if w.start <= pos && (w.end < 0 || pos < w.end) && !passed {
			return w
		}
	}
	return nil
}

// notify wakes everyone who waits for a change. Caller holds mu.
func (b *body) notify() {
	if b.wake != nil {
		close(b.wake)
		b.wake = nil
	}
}

// changed returns a channel closed at the next change. Caller holds mu.
func (b *body) changed() <-chan struct{} {
	if b.wake == nil {
		b.wake = make(chan struct{})
	}
	return b.wake
}

// store puts a chunk, or a longer prefix of it, into the table. Caller holds mu.
func (b *body) store(index int64, p []byte) {
	old := b.chunks[index]
	if len(p) <= len(old) || b.whole.Load() != nil {
		return
	}
	if b.chunks == nil {
		b.chunks = map[int64][]byte{}
	}
	b.chunks[index] = p
	b.bytes += int64(len(p) - len(old))
}

// drop removes a chunk. Caller holds mu.
func (b *body) drop(index int64) {
	b.bytes -= int64(len(b.chunks[index]))
	delete(b.chunks, index)
}

// finish sets the fast path when the body has become complete in one chunk.
// Caller holds mu.
func (b *body) finish() {
	if b.window == 0 && b.length >= 0 && b.bytes == b.length && b.length <= ChunkBytes && b.whole.Load() == nil {
		b.setWhole(b.chunks[0])
	}
}

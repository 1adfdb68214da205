package cachestore

import (
	"sync"
	"sync/atomic"
	"time"
)

// HitForMiss is how long a key whose response may not be shared is fetched by
// everyone for themselves.
const HitForMiss = 10 * time.Second

// Fill is one fetch from the origin on behalf of all who want a key now. Its
// leader calls, from one goroutine, one of: Start or StartPartial, then Write,
// then Close; StartParts, then Close; or Refresh; Settle; Bypass; Fail. Abort may be called at any time
// from any goroutine and does nothing once the fill has ended. The fill belongs
// to no viewer: it goes on when the leader's own viewer leaves.
type Fill struct {
	s         *Store
	key       string
	target    Target
	revision  int64
	epoch     int64
	seq       uint64
	gen       uint64 // of what it brings, on disk
	base      *Object
	first     int64 // what it brings, once joined
	last      int64
	solo      bool          // guarded by s.mu; cannot be joined
	followers int           // guarded by s.mu; how many have joined
	ready     chan struct{} // closed once outcome is set
	outcome   Outcome       // set once, before ready is closed

	obj atomic.Pointer[Object] // of Start

	// mu comes before the store's mu.
	mu       sync.Mutex
	settled  bool    // guarded by mu
	ended    bool    // guarded by mu
	w        *writer // guarded by mu; of Start
	parts    *Parts  // guarded by mu; of StartParts
	forget   bool    // guarded by mu; nothing of obj is to stay when the fill breaks
	partial  bool    // guarded by mu; brings chunks of a body rather than all of it
	kept     bool    // guarded by mu; obj is to stay in memory
	spooled  bool    // guarded by mu; obj is to stay on disk only
	shown    bool    // guarded by mu; obj was published
	reserved int64   // guarded by mu; of Options.MaxFillBytes
	promised int64   // guarded by mu; the part of reserved counted in the body's weight
}

// begun reports whether there is a body. Caller holds f.mu.
func (f *Fill) begun() bool { return f.w != nil || f.parts != nil }

// reserve takes n bytes of the budget for unfinished fills; false means the
// body is not to be kept. Caller holds f.mu.
func (f *Fill) reserve(n int64) bool {
	if f.reserved+n > f.s.opts.MaxObjectBytes {
		return false
	}
	if f.s.filling.Add(n) > f.s.opts.MaxFillBytes {
		f.s.filling.Add(-n)
		return false
	}
	f.reserved += n
	return true
}

// Write appends body bytes and copies p. It blocks only while a body that is
// not kept waits for its readers, and fails with ErrNoReaders when these have
// gone, ErrOverrun, or ErrFinished after an Abort. After an error call Abort.
func (f *Fill) Write(p []byte) (int, error) {
	f.mu.Lock()
	w, ended := f.w, f.ended
	if w != nil && !ended && f.kept && w.end < 0 {
		f.lengthen(int64(len(p)))
	}
	f.mu.Unlock()
	if w == nil || ended {
		return 0, ErrFinished
	}
	if err := w.write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// lengthen prepares for n more bytes of a body of unknown length: it is written to disk as soon
// as it is known not to fit into one chunk, and stays there alone once memory has no room for it.
// Caller holds f.mu.
func (f *Fill) lengthen(n int64) {
	if f.shown && f.w.next <= ChunkBytes && f.w.next+n > ChunkBytes && f.s.disk != nil {
		f.w.saveTo(f.s, f.obj.Load())
		f.w.saveFilled()
	}
	if !f.reserve(n) && !f.spill() {
		f.unkeep()
	}
}

// unkeep turns a body of unknown length that has become too large into one
// that is only streamed. Caller holds f.mu.
func (f *Fill) unkeep() {
	f.kept = false
	o := f.obj.Load()
	f.s.removeBody(o)
	f.s.mu.Lock()
	f.unlist()
	f.s.mu.Unlock()
	o.body.setWindow(f.s.opts.WindowBytes)
	f.release()
}

package cachestore

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// HitForMiss is how long a key whose response may not be shared is fetched by
// everyone for themselves.
const HitForMiss = 10 * time.Second

// Fill is one fetch from the origin on behalf of all who want a key now. Its
// leader calls, from one goroutine, one of: Start or StartPartial, then Write,
// then Close; or Refresh; Settle; Bypass; Fail. Abort may be called at any time
// from any goroutine and does nothing once the fill has ended. The fill belongs
// to no viewer: it goes on when the leader's own viewer leaves.
type Fill struct {
	s         *Store
	key       string
	target    Target
	revision  int64
	epoch     int64
	seq       uint64
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
	partial  bool    // guarded by mu; brings chunks of a body rather than all of it
	kept     bool    // guarded by mu; obj is to stay in the store
	reserved int64   // guarded by mu; of Options.MaxFillBytes
	promised int64   // guarded by mu; the part of reserved counted in the body's weight
}

// Start begins the body of a whole representation and lets the waiters at it.
// head.Length is its length or -1. The object is visible to Lookup from now
// on, unless an invalidation has overtaken it, a later fill has published, or
// it is too large: then it is streamed to those who hold it through a window
// at the pace of the fastest reader, and others get a *LagError when they fall
// behind the window.
func (f *Fill) Start(head *Head) *Object { return f.start(head, 0, -1, true) }

// StartUnstored is Start for a response that the waiters may share but no
// later request may see.
func (f *Fill) StartUnstored(head *Head) *Object { return f.start(head, 0, -1, false) }

// StartPartial begins a 206 with bytes first..last (inclusive) of
// head.Length. The chunks join those of the stored object when that has the
// same strong ETag and length, else they replace it. first must be a multiple
// of ChunkBytes for the bytes to be kept.
func (f *Fill) StartPartial(head *Head, first, last int64) *Object {
	return f.start(head, first, last, true)
}

func (f *Fill) start(head *Head, first, last int64, store bool) *Object {
	f.mu.Lock()
	defer f.mu.Unlock()
	end := head.Length
	if last >= 0 {
		end = last + 1
	}
	misuse := f.ended || f.w != nil
	keep := store && !misuse && first%ChunkBytes == 0 && f.reserve(max(end-first, 0))
	partial := first > 0 || (end >= 0 && end < head.Length)
	o := f.newObject(head, nil)
	if !keep {
		o.body = newBody(head.Length, f.window())
	} else if !partial || !f.share(o, end-first) {
		o.body = newBody(head.Length, 0)
	}
	w := newWriter(o.body, first, end)
	if misuse {
		w.abort(ErrFinished)
		return o
	}
	f.w, f.partial, f.kept = w, partial, keep
	f.obj.Store(o)
	f.began(o)
	f.settle(Outcome{Kind: OutcomeObject, Object: o})
	return o
}

// share gives o the stored object's body if more bytes of it are what o brings.
// The rules are asked after the look-up: an object younger than an invalidation
// that voids this fill must not get its bytes.
func (f *Fill) share(o *Object, more int64) bool {
	old := f.s.LookupString(f.key)
	if old == nil || !old.accepts(o.head, more, f.s.opts.MaxObjectBytes) || f.s.rules.voids(o) {
		return false
	}
	o.body, o.revision = old.body, min(o.revision, old.revision)
	return true
}

// soloWindowBytes is the window of a body that is not kept and has one reader.
const soloWindowBytes = 256 << 10

// window is how much of a body that is not kept is held for those who joined.
// Nobody joins it any more after this.
func (f *Fill) window() int64 {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	f.unlist()
	if f.followers == 0 {
		return soloWindowBytes
	}
	return f.s.opts.WindowBytes
}

// newObject makes an object of this fill.
func (f *Fill) newObject(head *Head, b *body) *Object {
	return &Object{
		key: f.key, head: head, headBytes: head.bytes(), target: f.target, body: b,
		revision: f.revision, epoch: f.epoch, seq: f.seq,
	}
}

// accepts reports whether more bytes of a representation with head belong to
// o's body.
func (o *Object) accepts(head *Head, more, limit int64) bool {
	return httpcache.IsStrongETag(head.ETag) && head.ETag == o.head.ETag &&
		head.Encoding == o.head.Encoding && head.Length == o.Length() &&
		o.body.weight()+more <= limit
}

// began publishes the object. Caller holds f.mu.
func (f *Fill) began(o *Object) {
	if f.kept {
		f.promised = f.reserved
		o.body.promise(f.promised)
		f.s.publish(o)
	}
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if !f.solo || !f.settled {
		delete(f.s.marks, f.key)
	}
}

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
	if w != nil && !ended && f.kept && w.end < 0 && !f.reserve(int64(len(p))) {
		f.unkeep()
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

// Close ends the body. It fails with ErrTruncated when the length promised was
// not reached; nothing is kept then.
func (f *Fill) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.w == nil || f.ended {
		return ErrFinished
	}
	if err := f.w.close(); err != nil {
		f.drop()
		f.end()
		return err
	}
	f.end()
	return nil
}

// Abort ends the fill because of err: waiters without an answer look up again,
// readers of a started body get a *FillError, and what had arrived of a whole
// body is forgotten. It does nothing after any other end.
func (f *Fill) Abort(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	if err == nil {
		err = errors.New("aborted")
	}
	if f.w != nil {
		f.w.abort(err)
		f.drop()
	}
	f.end()
	f.settle(Outcome{Kind: OutcomeRetry})
}

// drop removes a failed body's object; good chunks of a partial one stay.
// Caller holds f.mu.
func (f *Fill) drop() {
	if o := f.obj.Load(); f.kept && (!f.partial || o.body.empty()) {
		f.s.removeBody(o)
	}
}

// Refresh renews Base with the head of a 304 merged into it (or a Freshness
// prolonged after a failed refresh), keeping its bytes, and gives the result to
// the waiters. Later requests see it unless an invalidation came after the
// fill began. nil means there is no Base.
func (f *Fill) Refresh(head *Head) *Object {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.base == nil || f.ended || f.w != nil {
		return nil
	}
	o := f.newObject(head, f.base.body)
	f.s.publish(o)
	f.end()
	f.settle(Outcome{Kind: OutcomeObject, Object: o})
	return o
}

// Settle ends the fill with Base as the answer for all, without a fetch.
func (f *Fill) Settle() {
	f.finish(Outcome{Kind: OutcomeObject, Object: f.base}, 0)
}

// Bypass ends the fill because the response may not be shared: every waiter is
// released at once, each to its own fetch, and the key is hit-for-miss for ttl
// (HitForMiss is the usual value).
func (f *Fill) Bypass(ttl time.Duration) {
	f.finish(Outcome{Kind: OutcomeBypass}, ttl)
}

// Release is Bypass for a response that may be stored all the same: the waiters
// go, the fill goes on and Start may follow.
func (f *Fill) Release(ttl time.Duration) {
	f.s.mu.Lock()
	f.solo = true
	f.unlist()
	f.s.mark(f.key, ttl)
	f.s.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle(Outcome{Kind: OutcomeBypass})
}

// Fail ends the fill and shares the failure with the waiters.
func (f *Fill) Fail(err error) {
	f.finish(Outcome{Kind: OutcomeFailed, Err: err}, 0)
}

// finish ends a fill that has no body.
func (f *Fill) finish(out Outcome, markFor time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.w != nil {
		return
	}
	if markFor > 0 {
		f.s.mu.Lock()
		f.s.mark(f.key, markFor)
		f.s.mu.Unlock()
	}
	f.end()
	f.settle(out)
}

// settle answers the waiters, once. Caller holds f.mu.
func (f *Fill) settle(out Outcome) {
	if !f.settled {
		f.settled = true
		f.outcome = out
		close(f.ready)
	}
}

// end takes the fill off the store's books. Caller holds f.mu.
func (f *Fill) end() {
	f.ended = true
	f.s.mu.Lock()
	f.unlist()
	delete(f.s.active, f)
	f.s.mu.Unlock()
	if o := f.obj.Load(); o != nil {
		o.body.promise(-f.promised)
		f.s.reweigh(o)
	}
	f.release()
}

// release gives the reservation back. Caller holds f.mu.
func (f *Fill) release() {
	f.s.filling.Add(-f.reserved)
	f.reserved = 0
}

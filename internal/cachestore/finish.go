package cachestore

import (
	"errors"
	"time"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// Close ends the body. It fails with ErrTruncated when the length promised was
// not reached; nothing is kept then.
func (f *Fill) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun() || f.ended {
		return ErrFinished
	}
	if err := f.closeBody(); err != nil {
		f.drop()
		f.end()
		return err
	}
	switch o := f.obj.Load(); {
	case f.parts != nil: // saved as they came
	case f.shown && f.w.end < 0 && f.w.saves():
		f.s.settleLength(o)
	case f.kept && f.shown && !f.w.saves() && o.Complete():
		f.s.saveWhole(o)
	}
	f.end()
	return nil
}

// closeBody ends the bytes. Caller holds f.mu.
func (f *Fill) closeBody() error {
	if f.parts != nil {
		return f.parts.finish()
	}
	return f.w.close()
}

// Discard is Abort because the origin has another representation now: nothing of this one stays.
func (f *Fill) Discard(err error) {
	f.mu.Lock()
	f.forget = true
	f.mu.Unlock()
	f.Abort(err)
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
	switch {
	case f.w != nil:
		f.w.abort(err)
		f.drop()
	case f.parts != nil:
		f.parts.abort(err)
		f.drop()
	}
	f.end()
	f.settle(Outcome{Kind: OutcomeRetry})
}

// drop removes a failed body's object; good chunks of a partial one stay, and
// those on disk of one that can be continued. Caller holds f.mu.
func (f *Fill) drop() {
	o := f.obj.Load()
	goesOn := f.partial || f.spooled && httpcache.IsStrongETag(o.head.ETag) && o.Length() >= 0
	if (f.kept || f.spooled) && (!goesOn || f.forget || o.body.empty()) {
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
	if f.base == nil || f.ended || f.begun() {
		return nil
	}
	o := f.newObject(head, f.base.body)
	shown := f.s.publish(o)
	f.end()
	f.settle(Outcome{Kind: OutcomeObject, Object: o})
	if shown {
		f.s.renew(o)
	}
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
	if f.ended || f.begun() {
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

package cachestore

import "github.com/warmfront/warmfront/internal/httpcache"

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
	misuse := f.ended || f.begun()
	storable := store && !misuse && first%ChunkBytes == 0
	keep := storable && f.reserve(max(end-first, 0))
	spool := storable && !keep && f.s.spools(f.key, head)
	partial := first > 0 || (end >= 0 && end < head.Length)
	o := f.newObject(head, nil)
	switch {
	case keep && partial && f.share(o, end-first), spool && partial && f.share(o, 0) && o.body.isSpooled():
	case keep:
		o.body = newBody(head.Length, 0)
	case spool:
		o.body = newBody(head.Length, 0)
		o.body.spooled = true
	default:
		o.body = newBody(head.Length, f.window())
	}
	w := newWriter(o.body, first, end)
	if spool {
		w.spool(f.s.opts.WindowBytes)
	}
	if misuse {
		w.abort(ErrFinished)
		return o
	}
	f.w, f.partial, f.kept, f.spooled = w, partial, keep, spool
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
		revision: f.revision, epoch: f.epoch, seq: f.seq, gen: f.gen,
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
	if f.kept || f.spooled {
		f.promised = f.reserved
		o.body.promise(f.promised)
		f.shown = f.s.publish(o)
	}
	if f.shown && f.w != nil && o.body.totalLength() > ChunkBytes {
		f.w.saveTo(f.s, o)
	}
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if !f.solo || !f.settled {
		delete(f.s.marks, f.key)
	}
}

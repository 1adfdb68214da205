package edge

import (
	"context"
	"errors"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

const (
	// defaultPoll is how often a waiting request looks whether its viewer is still there.
	defaultPoll = time.Second
	// maxJoins bounds how often a request joins anew when leaders give up.
	maxJoins = 5
)

// errGone: the viewer left while its request waited.
var errGone = errors.New("the viewer has left")

// fetch asks the origin: through the cache, together with everyone who wants the same now, or
// for this viewer alone where the answer can be nobody else's.
func (e *Edge) fetch(x *exchange) *failure {
	control := x.control()
	if control.OnlyIfCached && httpcache.IsSafe(x.req.Method) {
		return &failure{status: 504, cause: "The request asks for a stored response only, and there is none.", detail: OriginError, plain: true}
	}
	if !x.cached() || x.method == snapshot.HEAD || x.req.Body != nil || x.unkeyed() || control.NoStore {
		return e.pass(x)
	}
	target := x.cacheTarget()
	for range maxJoins {
		f, leader := e.join(x, string(x.key), target)
		if leader && f.Base() != nil && isIndex(f.Base().Head()) {
			f.Settle()
			x.toVariant(f.Base().Head())
			continue
		}
		if leader {
			return e.lead(x, f)
		}
		out, err := e.wait(x, f)
		if err != nil {
			return &failure{status: 503, detail: ClientHungUpRequest, plain: true, gone: true}
		}
		x.handling.Collapsed = true
		switch {
		case out.Kind == cachestore.OutcomeBypass:
			return e.pass(x)
		case out.Kind == cachestore.OutcomeObject && isIndex(out.Object.Head()):
			x.toVariant(out.Object.Head())
		case out.Kind == cachestore.OutcomeObject && e.strict() && e.doubtful(x, out.Object):
			// asked for before a change: join anew
		case out.Kind == cachestore.OutcomeFailed:
			return failureOf(out.Err)
		case out.Kind == cachestore.OutcomeObject && x.satisfies(out.Object):
			return e.serve(x, out.Object, Hit)
		}
	}
	return e.pass(x)
}

func (e *Edge) join(x *exchange, key string, target cachestore.Target) (*cachestore.Fill, bool) {
	if x.wantsRange && x.rng.First >= 0 {
		return e.deps.Store.JoinRange(key, target, x.rng.First, x.rng.Last)
	}
	if o := e.deps.Store.LookupString(key); x.wantsRange && o != nil {
		if span, first, last := x.cut(o); span == httpcache.SpanPartial {
			return e.deps.Store.JoinRange(key, target, first, last)
		}
	}
	return e.deps.Store.Join(key, target)
}

// wait waits for another request's fetch as long as the viewer does.
func (e *Edge) wait(x *exchange, f *cachestore.Fill) (cachestore.Outcome, error) {
	if x.req.Gone == nil {
		return f.Wait(e.ctx)
	}
	for {
		ctx, cancel := context.WithTimeout(e.ctx, e.poll)
		out, err := f.Wait(ctx)
		cancel()
		switch {
		case err == nil, e.ctx.Err() != nil:
			return out, err
		case x.req.Gone():
			return out, errGone
		}
	}
}

// lead fetches for everyone and answers its own viewer from what arrives.
func (e *Edge) lead(x *exchange, f *cachestore.Fill) *failure {
	if base := f.Base(); base != nil && x.satisfies(base) {
		if v := e.judge(x, base); v.State != httpcache.Stale {
			f.Settle()
			return e.serve(x, base, Hit)
		}
	}
	l := e.newFill(x, f)
	l.interims = x.interims()
	got := l.run()
	x.originID, x.originStatus, x.times = got.originID, got.originStatus, got.times
	if x.originAge = got.age; got.reason != "" {
		x.handling.Detail = got.reason
	}
	x.handling.Stored = got.object != nil && got.result == Miss
	switch {
	case got.failure != nil:
		return got.failure
	case got.alone && got.resp == nil:
		return e.pass(x)
	case got.alone:
		return e.relay(x, got.resp, got.cancel)
	}
	if !x.satisfies(got.object) {
		// The fetch brought something else than the range asked for: the viewer gets its own.
		return e.pass(x)
	}
	return e.serve(x, got.object, got.result)
}

// refresh fetches anew in the background while the stale response is served. One refresh a key
// is enough: who finds one under way leaves.
func (e *Edge) refresh(x *exchange) {
	if x.method == snapshot.HEAD || x.req.Body != nil || x.unkeyed() {
		return
	}
	whole := *x
	whole.wantsRange = false
	f, leader := e.deps.Store.Join(string(x.key), x.cacheTarget())
	if !leader {
		return
	}
	if base := f.Base(); base == nil || base.Head().Freshness.Evaluate(x.begin).State == httpcache.Fresh {
		f.Abort(errors.New("nothing to refresh"))
		return
	}
	l := e.newFill(&whole, f)
	l.useful = true // whatever of it is stored
	e.work.Go(func() {
		got := l.run()
		if got.resp != nil {
			got.resp.Body.Close()
			got.cancel()
		}
	})
}

// errorTTL is how long an error status is kept (Developer Guide, "Error caching minimum TTL").
func errorTTL(d *snapshot.Distribution, status int) time.Duration {
	if r := d.ErrorResponse(status); r != nil {
		return r.CachingMinTTL
	}
	return httpcache.DefaultErrorTTL
}

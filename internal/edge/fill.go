package edge

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/compress"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// fill is one fetch through the cache on behalf of all who want a key. It holds nothing of the
// viewer's connection that set it off, and goes on when that has gone.
type fill struct {
	e        *Edge
	to       *cachestore.Fill
	dist     *snapshot.Distribution
	behavior *snapshot.Behavior
	req      *upstream // without conditions or range
	base     *cachestore.Object
	useful   bool // base would answer the request, if it were fresh
	ranged   bool // of a part only, where the origin can do that
	accepted compress.Accepted

	// under strict rules
	key, primary string // of to, and without what tells a variant
	target       cachestore.Target
	authorized   bool
	doubtful     bool // base may be outdated: it needs validation

	interims *interims // to the leader's viewer

	sent        time.Time // when the latest request went out
	conditional bool      // it had validators
	completing  bool      // it asked for missing, the first bytes that base lacks
	missing     httpcache.Extent
	pumping     bool // a body is on its way to the store
}

// outcome is what a fill means for its leader.
type outcome struct {
	object       *cachestore.Object // to serve, with result
	result       ResultType
	failure      *failure
	originID     string // of the origin asked last
	originStatus int
	times        upstreamTimes
	age          string           // Age of the origin's answer
	reason       httpcache.Reason // why the answer was stored or not

	// alone: the answer belongs to the leader only. It is in resp, or is to be fetched anew
	// with the viewer's own request when resp is nil.
	alone  bool
	resp   *http.Response
	cancel context.CancelFunc
}

func (e *Edge) newFill(x *exchange, to *cachestore.Fill) *fill {
	first, last := to.Span()
	base := to.Base()
	l := &fill{
		e: e, to: to, dist: x.dist, behavior: x.behavior, req: x.originRequest(true), base: base,
		useful: base != nil && x.satisfies(base), ranged: x.wantsRange && (first > 0 || last >= 0), accepted: x.accepted,
	}
	if e.strict() {
		l.key, l.primary, l.target = string(x.key), string(x.key[:x.primary]), x.cacheTarget()
		l.authorized, l.doubtful = x.authorized(), base != nil && e.doubtful(x, base)
	}
	return l
}

// run fetches. The fill has ended, or its body is on its way to the store, when run returns.
func (l *fill) run() (out outcome) {
	ctx, cancel := context.WithCancel(l.e.ctx)
	defer func() {
		if out.resp == nil && !l.pumping { // a panic passes here too
			l.to.Abort(errGivenUp) // does nothing where the fill has ended well
			cancel()
		}
	}()
	resp, err := l.ask(l.interims.watch(ctx))
	l.interims.stop()
	asked, times := l.req.asked, l.req.times // the body may be asked for again while it is on its way
	if err != nil {
		out = l.failed(err)
		out.originID = asked
		return out
	}
	out = l.received(resp, cancel)
	out.originID, out.originStatus, out.times = asked, resp.StatusCode, times
	if out.resp == nil && !l.pumping {
		resp.Body.Close()
	}
	return out
}

// maxSharedErrorBytes is how large the fields of a request may be for an error to be everyone's.
const maxSharedErrorBytes = 4 << 10

// burdened reports whether the viewer sent so much along that an origin may fail for that alone:
// such an error in the cache would shut everybody else out.
func (l *fill) burdened() bool {
	n := 0
	for name, values := range l.req.Header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n > maxSharedErrorBytes
}

var errGivenUp = errors.New("the fetch was given up")

// received decides what a response means: for the store, for those who wait, for the leader.
func (l *fill) received(resp *http.Response, cancel context.CancelFunc) outcome {
	now := l.e.o.Now()
	if resp.StatusCode == http.StatusNotModified && l.conditional && l.useful {
		return l.renewed(resp, now)
	}
	if o := l.stale(now, httpcache.Failure{Status: resp.StatusCode}); o != nil {
		return outcome{object: o, result: Hit}
	}
	header := fromOrigin(resp.Header)
	d := httpcache.Decide(l.policy(resp.StatusCode), httpcache.Response{Status: resp.StatusCode, Header: header, RequestTime: l.sent, ResponseTime: now})
	if resp.StatusCode >= 400 && l.burdened() {
		d.Store = false
	}
	out := l.keep(resp, header, &d, now, cancel)
	out.age, out.reason = header.Joined("Age"), d.Reason
	return out
}

// keep stores a response, or lets go of those who wait for it.
func (l *fill) keep(resp *http.Response, header httpcache.Header, d *httpcache.Decision, now time.Time, cancel context.CancelFunc) outcome {
	switch {
	case (l.ranged || l.completing) && resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		// The span is not the viewer's own range: the viewer asks for itself, as may others.
		l.to.Bypass(0)
		return outcome{alone: true}
	case (l.ranged || l.completing) && resp.StatusCode == http.StatusPartialContent && !d.Store:
		l.to.Bypass(cachestore.HitForMiss)
		return outcome{alone: true}
	case !d.Store:
		l.to.Bypass(cachestore.HitForMiss)
		return outcome{alone: true, resp: resp, cancel: cancel}
	case l.e.strict() && !l.place(header):
		return outcome{alone: true, resp: resp, cancel: cancel}
	case !d.Share:
		l.to.Release(cachestore.HitForMiss)
	}
	if resp.StatusCode == http.StatusPartialContent {
		return l.storePart(resp, header, d, now, cancel)
	}
	return l.store(resp, header, d, now, cancel)
}

// policy is what the behavior says about caching a response with this status.
func (l *fill) policy(status int) httpcache.Policy {
	b := l.behavior
	return httpcache.Policy{
		MinTTL: b.MinTTL, DefaultTTL: b.DefaultTTL, MaxTTL: b.MaxTTL, ErrorTTL: errorTTL(l.dist, status), Method: l.req.Method,
		CacheOptions: b.Cached.Has(snapshot.OPTIONS), KeepSetCookie: l.e.strict() || !b.Recipe.SendCookies.None(),
		Rules: l.e.o.Rules, Authorized: l.authorized,
	}
}

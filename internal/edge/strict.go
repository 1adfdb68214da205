package edge

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// strict reports whether the RFCs decide rather than CloudFront.
func (e *Edge) strict() bool { return e.o.Rules == httpcache.Strict }

// unknownMethod reports whether a method CloudFront does not know may pass: where the behavior
// allows changes and a cache must forward what it does not know (RFC 9110, 9.1).
func (e *Edge) unknownMethod(x *exchange) bool {
	return e.strict() && x.method == 0 && x.behavior.Allowed.Has(snapshot.POST) && x.req.Method != "CONNECT" && x.req.Method != "TRACE"
}

// judge evaluates a stored response for a request.
func (e *Edge) judge(x *exchange, o *cachestore.Object) httpcache.Verdict {
	v := o.Head().Freshness.Evaluate(x.begin)
	if e.strict() && e.doubtful(x, o) {
		v.State, v.Reason, v.TTL = httpcache.Stale, httpcache.ReasonInvalidated, min(v.TTL, 0)
	}
	return v
}

// doubtful reports whether a request that changes things may have made o outdated.
func (e *Edge) doubtful(x *exchange, o *cachestore.Object) bool {
	return x.behavior.Allowed.Has(snapshot.POST) && e.doubts.cover(x.resource(), o.Head().Freshness.RequestTime)
}

// resource names the request's target among those of all distributions.
func (x *exchange) resource() resource {
	return resource{distribution: x.dist.ID, path: x.target, query: x.keyQuery}
}

// control is what of the viewer's Cache-Control binds the edge; nothing under CloudFront's rules.
func (x *exchange) control() httpcache.RequestControl {
	if !x.e.strict() {
		return httpcache.RequestControl{}
	}
	value, _ := x.header("cache-control")
	return httpcache.ParseRequestControl([]string{value})
}

// authorized reports whether the request to the origin carries the viewer's Authorization.
func (x *exchange) authorized() bool {
	if !x.forwardsAuthorization(x.behavior.Origin) {
		return false
	}
	value, ok := x.header("authorization")
	return ok && value != ""
}

// changed notes what an answer to a request for one viewer does to what is stored: a change
// puts it in doubt (RFC 9111, 4.4), an answer to HEAD renews it or puts it in doubt (4.3.5).
func (e *Edge) changed(x *exchange, resp *http.Response) {
	if !e.strict() {
		return
	}
	now := e.o.Now()
	if httpcache.Invalidates(x.req.Method, resp.StatusCode) {
		e.doubts.add(x.resource(), now)
		base := x.target
		if x.query != "" {
			base += "?" + x.query
		}
		for _, target := range httpcache.InvalidatedTargets(base, fromOrigin(resp.Header), x.req.Host, x.behavior.Origin.Domain) {
			path, query, _ := strings.Cut(target, "?")
			e.doubts.add(resource{distribution: x.dist.ID, path: path, query: query}, now)
		}
	}
	if x.method == snapshot.HEAD && resp.StatusCode == http.StatusOK && x.cached() {
		e.compare(x, resp, now)
	}
}

// compare renews the stored response to GET when the answer to HEAD speaks of the same
// representation, and else puts it in doubt.
func (e *Edge) compare(x *exchange, resp *http.Response, now time.Time) {
	f, leader := e.deps.Store.Join(string(x.key), x.cacheTarget())
	if !leader {
		return
	}
	defer f.Abort(errGivenUp)
	base := f.Base()
	if base != nil && base.Head().Freshness.RequestTime.After(x.begin) {
		return // it was asked for later: the answer to HEAD may be the older one
	}
	if base == nil || isIndex(base.Head()) || base.Head().Status != http.StatusOK || base.Head().Encoding != "" {
		return
	}
	header := fromOrigin(resp.Header)
	if !e.confirms(base.Head(), header) || (resp.ContentLength >= 0 && base.Length() >= 0 && resp.ContentLength != base.Length()) {
		e.doubts.add(x.resource(), now)
		return
	}
	l := e.newFill(x, f)
	l.sent = x.begin
	l.renewed(resp, now)
}

// resource is the target of requests, of one distribution.
type resource struct{ distribution, path, query string }

// doubts remembers which resources were changed through this edge, and when. What was asked
// of the origin before may be outdated and is validated before it is used again.
type doubts struct {
	count atomic.Int64 // of at
	floor atomic.Int64 // Unix nanoseconds; everything asked for before is in doubt

	mu sync.Mutex
	at map[resource]time.Time // guarded by mu
}

// maxDoubts bounds the resources remembered; beyond it all that is stored is in doubt.
const maxDoubts = 1 << 16

// newDoubts doubts everything from before start: who knows what was changed before a restart.
func newDoubts(start time.Time) *doubts {
	d := &doubts{at: map[resource]time.Time{}}
	d.floor.Store(start.UnixNano())
	return d
}

// add puts a resource in doubt; its strings may belong to a request.
func (d *doubts) add(r resource, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.at) >= maxDoubts {
		clear(d.at)
		d.floor.Store(now.UnixNano())
	}
	d.at[resource{strings.Clone(r.distribution), strings.Clone(r.path), strings.Clone(r.query)}] = now
	d.count.Store(int64(len(d.at)))
}

// cover reports whether a response that was asked for at sent is in doubt.
func (d *doubts) cover(r resource, sent time.Time) bool {
	if sent.UnixNano() < d.floor.Load() {
		return true
	}
	if d.count.Load() == 0 {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	at, found := d.at[r]
	return found && !sent.After(at)
}

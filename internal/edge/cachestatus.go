package edge

import (
	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// cacheName is this cache in Cache-Status.
const cacheName = "Warmfront"

// missed notes that nothing is stored for a request.
func (x *exchange) missed() {
	x.handling.Forward = httpcache.ForwardMiss
	if len(x.key) > x.primary {
		x.handling.Forward = httpcache.ForwardVary
	}
}

// unusable notes that what is stored needs validation, or lacks the bytes asked for.
func (x *exchange) unusable(v httpcache.Verdict) {
	x.handling.Forward, x.handling.Detail = httpcache.ForwardStale, v.Reason
	if v.State != httpcache.Stale {
		x.handling.Forward, x.handling.Detail = httpcache.ForwardPartial, ""
	}
}

// passed notes that a request is for its viewer alone.
func (x *exchange) passed() {
	h := &x.handling
	switch {
	case x.behavior.MaxTTL <= 0:
		h.Forward, h.Detail = httpcache.ForwardBypass, httpcache.ReasonCachingDisabled
	case !x.cached():
		h.Forward = httpcache.ForwardMethod
	case h.Forward == httpcache.NotForwarded || x.req.Body != nil || x.unkeyed():
		h.Forward = httpcache.ForwardBypass
	}
}

// answeredFrom notes that a stored response is the answer.
func (x *exchange) answeredFrom(o *cachestore.Object, result ResultType) {
	h := &x.handling
	f := &o.Head().Freshness
	h.TTL, h.HasTTL = f.FreshFor-max(x.begin.Sub(f.ResponseTime), 0), true
	if h.Forward == httpcache.NotForwarded && result == Hit {
		h.Hit = true
	}
}

// appendStatus appends the member of Cache-Status about a request.
func (x *exchange) appendStatus(b []byte) []byte {
	x.handling.Status = x.originStatus
	return httpcache.AppendStatus(b, cacheName, &x.handling)
}

// sayStatus adds the Cache-Status field where it is wanted. Caches nearer to the origin come
// first in it (RFC 9211, 2).
func (e *Edge) sayStatus(x *exchange) {
	if e.o.CacheStatus && x.behavior != nil {
		x.add("Cache-Status", x.text(x.appendStatus(x.words)))
	}
}

// noteStatus writes the same into the access log.
func (x *exchange) noteStatus(r *accesslog.Record) {
	var b [192]byte
	r.SetBytes(accesslog.CacheStatus, x.appendStatus(b[:0]))
}

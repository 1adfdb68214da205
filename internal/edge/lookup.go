package edge

import (
	"slices"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// lookup answers from the cache when what is stored may be used as it is.
func (e *Edge) lookup(x *exchange) *failure {
	x.prepare()
	if !x.cached() {
		return nil
	}
	x.buildKey()
	o := e.find(x)
	if o == nil && x.wantsRange {
		o = e.findUncoded(x)
	}
	if o == nil {
		x.missed()
		return nil
	}
	v := e.judge(x, o)
	if v.State == httpcache.Stale || !x.satisfies(o) {
		x.unusable(v)
		return nil
	}
	if v.State == httpcache.StaleRevalidate {
		e.refresh(x)
	}
	return e.serve(x, o, Hit)
}

// findUncoded looks for what viewers that take the codings this one takes were given without
// any: ranges are cut from that too. The key stays that of what it finds.
func (e *Edge) findUncoded(x *exchange) *cachestore.Object {
	accepted, plain := x.codings(), x.accepted
	if accepted == plain {
		return nil
	}
	x.accepted = accepted
	x.buildKey()
	if o := e.find(x); o != nil && isUncoded(o.Head()) && x.satisfies(o) && e.judge(x, o).State != httpcache.Stale {
		return o
	}
	x.accepted = plain
	x.buildKey()
	return nil
}

// isUncoded reports whether a stored response is no coded variant and would have been the same
// for a viewer that takes no codings.
func isUncoded(h *cachestore.Head) bool {
	return h.Status == 200 && h.Encoding == "" && !h.Fields.Has("Content-Encoding") && !slices.Contains(httpcache.VaryNames(h.Fields), "accept-encoding")
}

// satisfies reports whether o has the bytes that the request will be answered with.
func (x *exchange) satisfies(o *cachestore.Object) bool {
	if x.method == snapshot.HEAD {
		return true
	}
	if _, whole := o.Bytes(); whole {
		return true
	}
	span, first, last := x.cut(o)
	switch span {
	case httpcache.SpanUnsatisfiable:
		return true
	case httpcache.SpanPartial:
		return o.Has(first, last)
	}
	return o.Has(0, -1)
}

// cut works out which part of o the request asks for.
func (x *exchange) cut(o *cachestore.Object) (span httpcache.Span, first, last int64) {
	h := o.Head()
	if !x.wantsRange || h.Status != 200 || h.Encoding != "" || !httpcache.RangeApplies(x.headers.conditions.IfRange, x.representation(h)) {
		return httpcache.SpanWhole, 0, -1
	}
	length := o.Length()
	if length < 0 {
		return httpcache.SpanWhole, 0, -1
	}
	return x.rng.Resolve(length)
}

func (x *exchange) representation(h *cachestore.Head) *httpcache.Representation {
	return &httpcache.Representation{Status: h.Status, ETag: h.ETag, LastModified: h.LastModified, Date: h.Date}
}

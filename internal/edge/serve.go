package edge

import (
	"strconv"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// serve answers with a stored response, or one that is being stored: whole, in part, or not at
// all where the viewer's conditions say so (RFC 9110, 13.2.2 and 14.2).
func (e *Edge) serve(x *exchange, o *cachestore.Object, result ResultType) *failure {
	h := o.Head()
	if f, ok := h.Prepared.(*failure); ok {
		return f // an error of the edge's own, kept for the error caching time
	}
	x.result, x.detail = result, result
	x.answeredFrom(o, result)
	if h.Status >= 400 {
		x.result, x.detail = Error, Error
		if e.customError(x, h.Status) {
			return nil
		}
	}
	x.fields = append(x.fields[:0], h.Fields...)
	switch age := h.Freshness.Age(x.begin); {
	case result != Miss:
		x.add("Age", x.text(strconv.AppendInt(x.words, age, 10)))
	case e.strict() && x.originAge != "":
		x.add("Age", x.originAge)
	}
	if !x.headers.conditions.Empty() && x.method != snapshot.OPTIONS {
		switch httpcache.EvaluateConditions(&x.headers.conditions, x.representation(h)) {
		case httpcache.NotModified:
			x.notModified()
			return nil
		case httpcache.PreconditionFailed:
			x.out = Response{Status: 412}
			return nil
		}
	}
	x.body(o)
	return nil
}

// notModified answers 304 with the fields of the 200 that caches need (RFC 9110, 15.4.5).
func (x *exchange) notModified() {
	h := httpcache.Header(x.fields)
	for _, name := range [...]string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Range"} {
		h = h.Del(name)
	}
	x.fields = h
	x.out = Response{Status: 304}
}

// body sets status and body of a stored response.
func (x *exchange) body(o *cachestore.Object) {
	span, first, last := x.cut(o)
	length := o.Length()
	x.out = Response{Status: o.Head().Status, ContentLength: length}
	switch span {
	case httpcache.SpanUnsatisfiable:
		x.fields = httpcache.Header(x.fields).Del("Content-Type")
		x.add("Content-Range", httpcache.UnsatisfiedRange(length))
		x.result, x.detail = Error, Error
		x.out = Response{Status: 416}
		return
	case httpcache.SpanPartial:
		x.add("Content-Range", x.text(httpcache.AppendContentRange(x.words, first, last, length)))
		x.out.Status, x.out.ContentLength = 206, last-first+1
	}
	if x.method == snapshot.HEAD || length == 0 {
		return
	}
	if x.hurried && x.req.TakesFiles {
		x.e.deps.Store.Place(o)
	}
	if all, ok := o.Bytes(); ok {
		if span == httpcache.SpanPartial {
			all = all[first : last+1]
		}
		x.out.Bytes = all
		if x.req.TakesPages {
			x.out.Pages, x.out.PagesFrom = x.e.deps.Store.Pages(o), first
		}
		return
	}
	if x.hurried && x.req.TakesFiles {
		if x.out.File = o.FileRun(first, last); x.out.File != nil {
			x.out.ContentLength = x.out.File.Left()
			return
		}
	}
	x.out.Stream = x.stream(o, first, last)
}

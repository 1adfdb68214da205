package edge

import (
	"net/textproto"
	"slices"
	"strings"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// Under strict rules a response that varies is stored under its variant's key: the primary key
// and the selecting fields of the request as they went to the origin. Under the primary key
// then stands an index that holds nothing but the names (RFC 9111, 4.1).

// indexMark in place of a content coding tells an index from a response.
const indexMark = " variants"

func isIndex(h *cachestore.Head) bool { return h.Encoding == indexMark }

// find looks up what is stored for a request, by way of an index where there is one: in memory
// alone when nobody may be kept waiting for a disk.
func (e *Edge) find(x *exchange) *cachestore.Object {
	lookup := e.deps.Store.Lookup
	if x.hurried {
		lookup = func(key []byte) *cachestore.Object { return e.deps.Store.LookupPrompt(key, x.req.TakesFiles) }
	}
	o := lookup(x.key)
	if o == nil || !e.strict() || !isIndex(o.Head()) {
		return o
	}
	x.toVariant(o.Head())
	return lookup(x.key)
}

// toVariant makes the request's key that of its variant.
func (x *exchange) toVariant(index *cachestore.Head) {
	header := x.originRequest(true).Header
	x.key = httpcache.AppendVariant(x.key[:x.primary], httpcache.VaryNames(index.Fields), func(name string) []string {
		return header[textproto.CanonicalMIMEHeaderKey(name)]
	})
}

// place makes sure that a response is stored where look-ups will find it, once its Vary is
// known. It reports false when someone else is filling that place: the response then is the
// leader's alone.
func (l *fill) place(header httpcache.Header) bool {
	names, want := httpcache.VaryNames(header), l.primary
	if len(names) > 0 {
		want = string(httpcache.AppendVariant([]byte(want), names, func(name string) []string {
			return l.req.Header[textproto.CanonicalMIMEHeaderKey(name)]
		}))
	}
	if want == l.key {
		return true
	}
	to, leader := l.to.JoinAs(want)
	switch {
	case !leader || len(names) == 0:
		l.to.Bypass(0)
	case l.key == l.primary:
		l.index(l.to, names)
	default:
		l.to.Bypass(0)
		if at, leads := l.e.deps.Store.Join(l.primary, l.target); leads {
			l.index(at, names)
		}
	}
	if leader {
		l.to, l.key = to, want
	}
	return leader
}

// confirms reports whether a 304, or an answer to HEAD, speaks of what is stored with old: by its
// validators, and under strict rules also by varying on the same fields, since the stored
// response would have another place otherwise.
func (e *Edge) confirms(old *cachestore.Head, header httpcache.Header) bool {
	if !old.Validators.Confirms(header) {
		return false
	}
	names := httpcache.VaryNames(header)
	if !e.strict() || len(names) == 0 {
		return true
	}
	stored := httpcache.VaryNames(old.Fields)
	if old.Encoding != "" { // the edge itself added Accept-Encoding
		own := func(name string) bool { return name == "accept-encoding" }
		names, stored = slices.DeleteFunc(names, own), slices.DeleteFunc(stored, own)
	}
	return slices.Equal(names, stored)
}

// index ends a fill of a primary key with an index.
func (l *fill) index(at *cachestore.Fill, names []string) {
	at.Start(&cachestore.Head{
		Status: 200, Fields: httpcache.Header{{Name: "Vary", Value: strings.Join(names, ", ")}}, Encoding: indexMark,
		Freshness: httpcache.Freshness{RequestTime: l.sent, ResponseTime: l.e.o.Now(), FreshFor: l.behavior.MaxTTL},
	})
	if err := at.Close(); err != nil {
		at.Abort(err)
	}
}

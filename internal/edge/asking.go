package edge

import (
	"context"
	"net/http"
	"strconv"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// ask sends the request: with the validators of a stored response that would do, for the part
// of a representation that is missing, or plainly. When the origin says that what is stored is
// not what it has, it is asked plainly.
func (l *fill) ask(ctx context.Context) (*http.Response, error) {
	switch {
	case l.base == nil && l.ranged:
		l.req.Header["Range"] = []string{l.span()}
	case l.base == nil:
	case l.useful:
		l.askIfChanged(l.base.Head().Validators)
	case l.ranged:
		l.askForPart(l.base.Head(), l.span())
	case l.completes():
		first, last, _ := l.to.Missing(l.e.part)
		l.missing = httpcache.Extent{First: first, Last: last, Length: l.base.Length()}
		l.askForPart(l.base.Head(), rangeOf(first, last))
		l.completing = l.conditional
	}
	resp, err := l.fetch(ctx)
	if err != nil || !l.conditional {
		return resp, err
	}
	refused := resp.StatusCode == http.StatusPreconditionFailed
	other := resp.StatusCode == http.StatusNotModified && !l.e.confirms(l.base.Head(), fromOrigin(resp.Header))
	if !refused && !other {
		return resp, nil
	}
	resp.Body.Close()
	for _, name := range [...]string{"Range", "If-Match", "If-None-Match", "If-Modified-Since"} {
		delete(l.req.Header, name)
	}
	l.base, l.conditional, l.completing = nil, false, false
	return l.fetch(ctx)
}

func (l *fill) askIfChanged(v httpcache.Validators) {
	if l.conditional = v.Any(); v.ETag != "" {
		l.req.Header["If-None-Match"] = []string{v.ETag}
	}
	if v.LastModified != "" {
		l.req.Header["If-Modified-Since"] = []string{v.LastModified}
	}
}

// askForPart asks for missing bytes of what is stored. Without a strong entity tag parts cannot
// be told to belong together, and the whole is fetched.
func (l *fill) askForPart(h *cachestore.Head, span string) {
	if etag := h.Validators.ETag; httpcache.IsStrongETag(etag) && h.Encoding == "" {
		l.req.Header["Range"], l.req.Header["If-Match"] = []string{span}, []string{etag}
		l.conditional = true
	}
}

func (l *fill) fetch(ctx context.Context) (*http.Response, error) {
	l.sent = l.e.o.Now()
	return l.e.ask(ctx, l.behavior, l.req)
}

func (l *fill) span() string {
	return rangeOf(l.to.Span())
}

// rangeOf is a Range of bytes first..last, -1 for the end.
func rangeOf(first, last int64) string {
	s := "bytes=" + strconv.FormatInt(first, 10) + "-"
	if last >= 0 {
		s += strconv.FormatInt(last, 10)
	}
	return s
}

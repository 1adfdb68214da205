package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/compress"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// fill is one fetch through the cache on behalf of all who want a key. It holds nothing of the
// viewer's connection that set it off, and goes on when that has gone.
type fill struct {
	e        *Edge
	to       *cachestore.Fill
	dist     *snapshot.Distribution
	behavior *snapshot.Behavior
	req      *origin.Request // without conditions or range
	base     *cachestore.Object
	useful   bool // base would answer the request, if it were fresh
	ranged   bool // of a part only, where the origin can do that
	accepted compress.Accepted

	sent        time.Time // when the latest request went out
	conditional bool      // it had validators
	pumping     bool      // a body is on its way to the store
}

// outcome is what a fill means for its leader.
type outcome struct {
	object       *cachestore.Object // to serve, with result
	result       ResultType
	failure      *failure
	originStatus int

	// alone: the answer belongs to the leader only. It is in resp, or is to be fetched anew
	// with the viewer's own request when resp is nil.
	alone  bool
	resp   *http.Response
	cancel context.CancelFunc
}

func (e *Edge) newFill(x *exchange, to *cachestore.Fill) *fill {
	first, last := to.Span()
	base := to.Base()
	return &fill{
		e: e, to: to, dist: x.dist, behavior: x.behavior, req: x.originRequest(true), base: base,
		useful: base != nil && x.satisfies(base), ranged: x.wantsRange && (first > 0 || last >= 0), accepted: x.accepted,
	}
}

// run fetches. The fill has ended, or its body is on its way to the store, when run returns.
func (l *fill) run() outcome {
	ctx, cancel := context.WithCancel(l.e.ctx)
	resp, err := l.ask(ctx)
	if err != nil {
		cancel()
		return l.failed(err)
	}
	out := l.received(resp, cancel)
	out.originStatus = resp.StatusCode
	if out.resp == nil && !l.pumping {
		l.to.Abort(errors.New("the fetch was given up")) // nothing where it has ended well
		resp.Body.Close()
		cancel()
	}
	return out
}

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
	switch {
	case l.ranged && resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		// The span is not the viewer's own range: the viewer asks for itself, as may others.
		l.to.Bypass(0)
		return outcome{alone: true}
	case l.ranged && resp.StatusCode == http.StatusPartialContent && !d.Store:
		l.to.Bypass(cachestore.HitForMiss)
		return outcome{alone: true}
	case !d.Store:
		l.to.Bypass(cachestore.HitForMiss)
		return outcome{alone: true, resp: resp, cancel: cancel}
	case !d.Share:
		l.to.Release(cachestore.HitForMiss)
	}
	if resp.StatusCode == http.StatusPartialContent {
		return l.storePart(resp, header, &d, now, cancel)
	}
	return l.store(resp, header, &d, now, cancel)
}

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
		l.askForPart(l.base.Head())
	}
	resp, err := l.fetch(ctx)
	if err != nil || !l.conditional {
		return resp, err
	}
	refused := resp.StatusCode == http.StatusPreconditionFailed
	other := resp.StatusCode == http.StatusNotModified && !l.base.Head().Validators.Confirms(fromOrigin(resp.Header))
	if !refused && !other {
		return resp, nil
	}
	resp.Body.Close()
	for _, name := range [...]string{"Range", "If-Match", "If-None-Match", "If-Modified-Since"} {
		delete(l.req.Header, name)
	}
	l.base, l.conditional = nil, false
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
func (l *fill) askForPart(h *cachestore.Head) {
	if etag := h.Validators.ETag; httpcache.IsStrongETag(etag) && h.Encoding == "" {
		l.req.Header["Range"], l.req.Header["If-Match"] = []string{l.span()}, []string{etag}
		l.conditional = true
	}
}

func (l *fill) fetch(ctx context.Context) (*http.Response, error) {
	l.sent = l.e.o.Now()
	return l.e.deps.Fetcher.Fetch(ctx, l.behavior.Origin, l.req)
}

func (l *fill) span() string {
	first, last := l.to.Span()
	s := "bytes=" + strconv.FormatInt(first, 10) + "-"
	if last >= 0 {
		s += strconv.FormatInt(last, 10)
	}
	return s
}

// policy is what the behavior says about caching a response with this status.
func (l *fill) policy(status int) httpcache.Policy {
	b := l.behavior
	return httpcache.Policy{
		MinTTL: b.MinTTL, DefaultTTL: b.DefaultTTL, MaxTTL: b.MaxTTL, ErrorTTL: errorTTL(l.dist, status), Method: l.req.Method,
		CacheOptions: b.Cached.Has(snapshot.OPTIONS), KeepSetCookie: !b.Recipe.SendCookies.None(),
	}
}

// store begins to keep a whole response, compressed where the behavior says so.
func (l *fill) store(resp *http.Response, header httpcache.Header, d *httpcache.Decision, now time.Time, cancel context.CancelFunc) outcome {
	head := l.head(resp, header, d, now)
	body := io.Reader(resp.Body)
	if enc := l.coding(head); enc != compress.Identity {
		body = compress.NewReader(body, enc)
		head.Fields, head.Length, head.Encoding = httpcache.Encoded(head.Fields, string(enc)), -1, string(enc)
	}
	describe(head)
	o := l.to.Start(head)
	l.pump(body, resp, cancel)
	return outcome{object: o, result: Miss}
}

// storePart begins to keep a part of a representation.
func (l *fill) storePart(resp *http.Response, header httpcache.Header, d *httpcache.Decision, now time.Time, cancel context.CancelFunc) outcome {
	extent, ok := httpcache.ParseContentRange(header.Get("Content-Range"))
	if !ok {
		return outcome{alone: true}
	}
	head := l.head(resp, header, d, now)
	head.Status, head.Length, head.Fields = http.StatusOK, extent.Length, head.Fields.Del("Content-Range")
	describe(head)
	o := l.to.StartPartial(head, extent.First, extent.Last)
	l.pump(resp.Body, resp, cancel)
	return outcome{object: o, result: Miss}
}

func (l *fill) head(resp *http.Response, header httpcache.Header, d *httpcache.Decision, now time.Time) *cachestore.Head {
	return &cachestore.Head{
		Status: resp.StatusCode, Fields: toViewer(header, l.behavior, d.DropFields, now), Length: resp.ContentLength,
		Validators: httpcache.ValidatorsOf(header), Freshness: d.Freshness,
	}
}

// coding picks the content coding to store a response in.
func (l *fill) coding(h *cachestore.Head) compress.Encoding {
	if !l.behavior.Compress {
		return compress.Identity
	}
	enc, _ := compress.Choose(l.accepted, &compress.Response{
		Status: h.Status, ContentType: h.Fields.Get("Content-Type"), ContentEncoding: h.Fields.Get("Content-Encoding"),
		CacheControl: h.Fields.Joined("Cache-Control"), ContentLength: h.Length,
	})
	return enc
}

// describe copies from the fields what conditions and ranges are evaluated against.
func describe(h *cachestore.Head) {
	h.ETag, h.LastModified, h.Date = h.Fields.Get("ETag"), h.Fields.Get("Last-Modified"), h.Fields.Get("Date")
}

var pumpBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// pump brings a body into the store in the background.
func (l *fill) pump(body io.Reader, resp *http.Response, cancel context.CancelFunc) {
	l.pumping = true
	l.e.work.Go(func() {
		defer cancel()
		defer resp.Body.Close()
		if c, ok := body.(*compress.Reader); ok {
			defer c.Close()
		}
		if err := l.copy(body); err != nil {
			l.to.Abort(err)
			return
		}
		if err := l.to.Close(); err != nil {
			l.to.Abort(err)
		}
	})
}

func (l *fill) copy(body io.Reader) error {
	buf := pumpBuffers.Get().(*[64 << 10]byte)
	defer pumpBuffers.Put(buf)
	for {
		n, err := body.Read(buf[:])
		if n > 0 {
			if _, werr := l.to.Write(buf[:n]); werr != nil {
				return werr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

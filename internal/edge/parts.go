package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
)

const (
	// defaultPartBytes is how much one ranged request of several brings.
	defaultPartBytes = 4 * cachestore.ChunkBytes
	// defaultParallelBytes is how much has to be missing for several requests at once.
	defaultParallelBytes = 128 << 20
	// maxHelpers bounds the requests beside the first one, of one fill and to one origin.
	maxHelpers, maxHelpersOfOrigin = 3, 16
)

var (
	errChanged  = errors.New("the origin has another representation now")
	errNoRanges = errors.New("the origin does not answer ranges")
)

// assembly brings a large body in parts: the first from an answer that is there already, the
// others by ranged requests with If-Match, some of them at the same time.
type assembly struct {
	l       *fill
	parts   *cachestore.Parts
	etag    string
	length  int64
	ctx     context.Context // ends with the fill
	cancel  context.CancelFunc
	helpers sync.WaitGroup

	verdict chan struct{} // closed once it is known whether the origin answers ranges rightly
	judged  sync.Once
}

// divisible reports whether the rest of a whole answer can be had in parts: of a large
// representation that a strong entity tag tells from others, where the origin says it knows ranges.
func (l *fill) divisible(resp *http.Response, head *cachestore.Head) bool {
	return resp.StatusCode == http.StatusOK && l.req.Method == http.MethodGet && head.Encoding == "" && head.Length >= l.e.parallel &&
		httpcache.IsStrongETag(head.Validators.ETag) && resp.Header.Get("Accept-Ranges") == "bytes"
}

// completes reports whether the request is for all of what is stored in part and can be completed.
func (l *fill) completes() bool {
	if l.base == nil || l.useful || l.ranged {
		return false
	}
	h := l.base.Head()
	_, _, missing := l.to.Missing(l.e.part)
	return missing && h.Status == http.StatusOK && h.Encoding == "" && httpcache.IsStrongETag(h.Validators.ETag)
}

// assemble begins to keep a representation whose bytes from first on resp brings, at the end of
// which there may be more. It reports false, and nothing has begun, when the store has no room.
func (l *fill) assemble(resp *http.Response, head *cachestore.Head, first int64, cancel context.CancelFunc) (*cachestore.Object, bool) {
	o, parts := l.to.StartParts(head, l.e.part)
	if parts == nil {
		return nil, false
	}
	a := &assembly{l: l, parts: parts, etag: head.Validators.ETag, length: head.Length, verdict: make(chan struct{})}
	a.ctx, a.cancel = context.WithCancel(l.e.ctx)
	l.pumping = true
	l.e.work.Go(func() {
		defer a.cancel()
		a.run(resp, first, cancel)
	})
	return o, true
}

// run ends the fill.
func (a *assembly) run(resp *http.Response, first int64, cancel context.CancelFunc) {
	p, err := a.parts.From(a.ctx, first)
	if a.length-first >= a.l.e.parallel {
		a.helpers.Go(a.help)
	} else {
		a.judge()
	}
	if err == nil {
		err = a.follow(p, resp.Body)
	} else if errors.Is(err, io.EOF) {
		err = nil
	}
	resp.Body.Close()
	cancel()
	for err == nil {
		err = a.rest()
		a.helpers.Wait() // they may have given parts back
		if errors.Is(err, io.EOF) {
			if p, again := a.parts.Next(a.ctx); again == nil {
				p.Close()
				err = nil
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = a.l.to.Close()
	}
	switch {
	case errors.Is(err, errChanged):
		a.l.to.Discard(err)
	case err != nil:
		a.l.to.Abort(err)
	}
	a.cancel()
	a.helpers.Wait()
}

// follow brings p and then one part after the other from one body, as long as no other request
// brings what comes next. It returns nil also when the body broke: the rest may be had by others.
func (a *assembly) follow(p *cachestore.Part, body io.Reader) error {
	for {
		if copyPart(p, body) != nil {
			return nil
		}
		next, err := a.parts.From(a.ctx, p.Last+1)
		if errors.Is(err, io.EOF) {
			<-a.verdict // a helper that fails gives its part back
			next, err = a.parts.From(a.ctx, p.Last+1)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		p = next
	}
}

// judge lets those go on who wait for the verdict.
func (a *assembly) judge() { a.judged.Do(func() { close(a.verdict) }) }

// copyPart brings a part from a body.
func copyPart(p *cachestore.Part, body io.Reader) error {
	defer p.Close()
	buf := pumpBuffers.Get().(*[64 << 10]byte)
	defer pumpBuffers.Put(buf)
	for p.Missing() > 0 {
		n, err := body.Read(buf[:min(int64(len(buf)), p.Missing())])
		if _, werr := p.Write(buf[:n]); werr != nil {
			return werr
		}
		if err != nil && p.Missing() > 0 {
			return err
		}
	}
	return nil
}

// rest brings what is still missing, part by part, until io.EOF. A request that fails without a
// chunk brought is made once more.
func (a *assembly) rest() error {
	failures := 0
	for {
		p, err := a.parts.Next(a.ctx)
		if err != nil {
			return err
		}
		before := p.Missing()
		err = a.bring(p, nil)
		switch {
		case err == nil, before-p.Missing() >= cachestore.ChunkBytes:
			failures = 0
		case errors.Is(err, errChanged), errors.Is(err, errNoRanges), failures > 0, a.ctx.Err() != nil:
			return err
		default:
			failures++
		}
	}
}

// bring fetches a part and closes it, whatever comes. It calls right, if not nil, when the answer
// is what was asked for.
func (a *assembly) bring(p *cachestore.Part, right func()) error {
	defer p.Close()
	req := a.l.req.clone()
	req.Header["Range"] = []string{rangeOf(p.First, p.Last)}
	req.Header["If-Match"] = []string{a.etag}
	resp, err := a.l.e.ask(a.ctx, a.l.behavior, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	extent, ok := httpcache.ParseContentRange(resp.Header.Get("Content-Range"))
	switch same := resp.Header.Get("Etag") == a.etag; {
	case resp.StatusCode == http.StatusPartialContent && same && ok && extent == (httpcache.Extent{First: p.First, Last: p.Last, Length: a.length}):
		if right != nil {
			right()
		}
		return copyPart(p, resp.Body)
	case resp.StatusCode == http.StatusPreconditionFailed, resp.StatusCode < 300 && !same, resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return errChanged
	case resp.StatusCode < 300:
		return errNoRanges
	}
	return &origin.Error{Cause: origin.Protocol, Origin: a.l.behavior.Origin.Domain, Err: errors.New(resp.Status)}
}

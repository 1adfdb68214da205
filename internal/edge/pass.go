package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// pass sends a request on for its viewer alone, its body streamed along, and the answer back.
func (e *Edge) pass(x *exchange) *failure {
	x.passed()
	req := x.originRequest(false)
	var body *viewerBody
	if x.req.Body != nil {
		body = &viewerBody{from: x.req.Body}
		req.Body, req.ContentLength = body, x.req.ContentLength
	}
	resp, cancel, err := e.exchangeWith(x, req)
	if body != nil {
		x.sending = body
	}
	if err != nil {
		if body != nil && body.broke() {
			return x.brokenBody()
		}
		return failureOf(err)
	}
	x.originID, x.originStatus, x.times = req.asked, resp.StatusCode, req.times
	e.changed(x, resp)
	return e.relay(x, resp, cancel)
}

// exchangeWith fetches for one viewer, and gives up when that leaves before the answer.
func (e *Edge) exchangeWith(x *exchange, req *upstream) (*http.Response, context.CancelFunc, error) {
	whole, cancel := context.WithCancel(e.ctx)
	passed := x.interims()
	defer passed.stop()
	ctx := passed.watch(whole)
	type answer struct {
		resp *http.Response
		err  error
	}
	var a answer
	if x.req.Gone == nil {
		a.resp, a.err = e.ask(ctx, x.behavior, req)
	} else {
		got := make(chan answer, 1)
		go func() {
			resp, err := e.ask(ctx, x.behavior, req) //nolint:bodyclose // the receiver closes it
			got <- answer{resp, err}
		}()
		tick := time.NewTicker(e.poll)
		defer tick.Stop()
		for waiting := true; waiting; {
			select {
			case a = <-got:
				waiting = false
			case <-tick.C:
				if x.req.Gone() {
					cancel() // and wait for the fetch to end: it may be reading the viewer's body
				}
			}
		}
	}
	if a.err != nil {
		cancel()
		return nil, nil, a.err
	}
	return a.resp, cancel, nil
}

// relay answers with an origin's response that is not stored.
func (e *Edge) relay(x *exchange, resp *http.Response, cancel context.CancelFunc) *failure {
	x.result, x.detail = Miss, Miss
	if resp.StatusCode >= 400 {
		x.result, x.detail = Error, OriginError
		if e.customError(x, resp.StatusCode) {
			resp.Body.Close()
			cancel()
			return nil
		}
	}
	x.fields = append(x.fields[:0], e.toViewer(fromOrigin(resp.Header), x.behavior, nil, e.o.Now())...)
	if age := resp.Header["Age"]; e.strict() && len(age) > 0 {
		x.add("Age", strings.Join(age, ", "))
	}
	x.out = Response{Status: resp.StatusCode, ContentLength: resp.ContentLength}
	if x.req.Method == "HEAD" || resp.ContentLength == 0 || resp.StatusCode == 204 || resp.StatusCode == 304 {
		resp.Body.Close()
		cancel()
		return nil
	}
	if resp.StatusCode == 200 && x.conditionsMet(resp) {
		resp.Body.Close()
		cancel()
		return nil
	}
	x.out.Stream = &relayed{ReadCloser: resp.Body, cancel: cancel}
	return nil
}

// conditionsMet answers 304 to a viewer whose conditions the origin was not told, because the
// fetch had begun for others too.
func (x *exchange) conditionsMet(resp *http.Response) bool {
	c := &x.headers.conditions
	if c.Empty() || x.req.Method != "GET" {
		return false
	}
	h := httpcache.Header(x.fields)
	rep := httpcache.Representation{Status: 200, ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified"), Date: h.Get("Date")}
	if httpcache.EvaluateConditions(c, &rep) != httpcache.NotModified {
		return false
	}
	x.notModified()
	return true
}

// relayed is an origin's body on its way to one viewer; closing it ends the exchange.
type relayed struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (r *relayed) Close() error {
	err := r.ReadCloser.Close()
	r.cancel()
	return err
}

var errServed = errors.New("the request has been answered")

// viewerBody lends a viewer's request body to the origin's connection, which may still read
// from it when the origin has answered already: close takes it back and waits for a read under
// way.
type viewerBody struct {
	mu   sync.Mutex
	from io.Reader // guarded by mu; nil once taken back
	read int64     // guarded by mu
	err  error     // guarded by mu; of the viewer's side
}

// Read implements io.Reader.
func (b *viewerBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.from == nil {
		return 0, errServed
	}
	n, err := b.from.Read(p)
	b.read += int64(n)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// broke reports whether the viewer's side of an exchange failed, and so not the origin's.
func (b *viewerBody) broke() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err != nil
}

// brokenBody is the answer to a request whose body ends early or is none: no origin is to blame.
func (x *exchange) brokenBody() *failure {
	if x.req.Gone != nil && x.req.Gone() {
		return &failure{status: 503, detail: ClientHungUpRequest, plain: true, gone: true}
	}
	return &failure{status: 400, cause: "Bad request.", detail: InvalidRequest, plain: true}
}

func (b *viewerBody) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.from = nil
}

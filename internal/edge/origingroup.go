package edge

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// upstream is a request for the behavior's origin, and what it is for the secondary origin of
// an origin group.
type upstream struct {
	*origin.Request
	second *origin.Request // nil without an origin group, and for methods that never fail over
	asked  string          // id of the origin that was asked last
	times  upstreamTimes   // of the exchange that brought the answer
}

// clone returns a request that can be changed and sent beside u.
func (u *upstream) clone() *upstream {
	c := &upstream{Request: new(*u.Request)}
	c.Header = u.Header.Clone()
	if u.second != nil {
		c.second = new(*u.second)
		c.second.Header = u.second.Header.Clone()
	}
	return c
}

// originRequest makes the request to send for x. A fill serves others too and carries neither
// conditions nor a range of this viewer. Nothing in the result belongs to the connection.
func (x *exchange) originRequest(fill bool) *upstream {
	b := x.behavior
	u := &upstream{Request: x.requestTo(b.Origin, fill)}
	if b.Failover != nil && x.method&(snapshot.GET|snapshot.HEAD|snapshot.OPTIONS) != 0 && x.req.Body == nil {
		u.second = x.requestTo(b.Failover.Origin, fill)
	}
	return u
}

// ask sends a request to the behavior's origin. Where that cannot be reached, stays silent or
// answers with one of the origin group's statuses, the secondary origin is asked, whose answer
// counts whatever it is. Every request begins with the primary one (Developer Guide, "Optimize
// high availability with CloudFront origin failover").
func (e *Edge) ask(ctx context.Context, b *snapshot.Behavior, u *upstream) (*http.Response, error) {
	resp, err := e.timed(ctx, b, b.Origin, u, u.Request)
	if u.second == nil || !failsOver(b.Failover, resp, err) {
		return resp, err
	}
	if resp != nil {
		giveUp(resp)
	}
	for _, name := range [...]string{"Range", "If-Match", "If-None-Match", "If-Modified-Since"} {
		delete(u.second.Header, name)
		if v, ok := u.Header[name]; ok {
			u.second.Header[name] = v
		}
	}
	return e.timed(ctx, b, b.Failover.Origin, u, u.second)
}

func failsOver(f *snapshot.Failover, resp *http.Response, err error) bool {
	if err == nil {
		return f.On(resp.StatusCode)
	}
	oe, ok := errors.AsType[*origin.Error](err)
	return ok && oe.Retryable
}

// giveUp closes an answer that nobody reads. A short one is read to its end first, so that the
// connection can be used again.
func giveUp(resp *http.Response) {
	if resp.ContentLength > 0 && resp.ContentLength <= 16<<10 {
		io.CopyN(io.Discard, resp.Body, resp.ContentLength)
	}
	resp.Body.Close()
}

// timed fetches from o, with a stopwatch where the response headers policy shows times.
func (e *Edge) timed(ctx context.Context, b *snapshot.Behavior, o *origin.Origin, u *upstream, r *origin.Request) (*http.Response, error) {
	u.asked = o.ID
	if b.Headers == nil || !b.Headers.Timing {
		return e.deps.Fetcher.Fetch(ctx, o, r)
	}
	w := &stopwatch{now: e.o.Now}
	resp, err := e.deps.Fetcher.Fetch(w.watch(ctx), o, r)
	u.times = w.times()
	return resp, err
}

package edge

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// InterimResponder is a Responder that can send interim responses too.
type InterimResponder interface {
	// Interim sends an interim response, such as 103, ahead of the response itself. It may be
	// called from another goroutine than Serve's, but never at the same time as Respond or
	// itself, nor after Respond. It does not keep fields.
	Interim(status int, fields []Field)
}

// interims passes an origin's interim responses on to one viewer while that waits for the
// final one. A nil *interims passes nothing.
type interims struct {
	mu sync.Mutex
	to InterimResponder // guarded by mu; nil once the wait is over
}

// interims returns the way of interim responses to x's viewer, nil for none: CloudFront drops
// them, the RFC has them passed on (RFC 9110, 15.2), but never to HTTP/1.0.
func (x *exchange) interims() *interims {
	to, ok := x.w.(InterimResponder)
	if !ok || !x.e.strict() || x.req.Proto == HTTP10 || x.inner {
		return nil
	}
	return &interims{to: to}
}

// watch returns ctx for an exchange whose interim responses are passed on.
func (i *interims) watch(ctx context.Context) context.Context {
	if i == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: i.pass})
}

// pass takes one interim response. 100 is an answer to the edge's own expectation, if any.
func (i *interims) pass(status int, header textproto.MIMEHeader) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.to != nil && status != http.StatusContinue && status != http.StatusSwitchingProtocols {
		i.to.Interim(status, httpcache.EndToEnd(fromOrigin(http.Header(header)), nil))
	}
	return nil
}

// stop ends passing: the final response is here.
func (i *interims) stop() {
	if i != nil {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.to = nil
	}
}

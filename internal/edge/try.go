package edge

// Trier is a Handler that can answer some requests without waiting for anyone. Listeners that
// serve several requests in one goroutine ask it first.
type Trier interface {
	// TryServe answers the request as Serve would, with a body in memory, in a file of
	// which the kernel has the bytes in its memory, or none, and returns
	// true; or it returns false without having called w.Respond, and the request must be given
	// to Serve. It waits neither for an origin nor a disk
	// nor for another request.
	//
	// Where the signature is to be verified first and others are before it, and req.Waiter is
	// set, it returns false with req.Turn: then the request is either to be given to TryServe once
	// more, with that Turn, after it has been called; or Turn.Leave is to be called.
	TryServe(req *Request, w Responder) bool
}

// TryServe implements Trier: it answers what is in memory, the kernel's included, and refusals. A page for an error
// may have to be fetched, so where one is configured for the status, that is left to Serve.
func (e *Edge) TryServe(req *Request, w Responder) bool {
	if req.Body != nil {
		return false
	}
	x := e.exchanges.Get().(*exchange)
	x.start(req, w)
	x.inner, x.hurried = true, true // no error pages, no waiting for a disk
	var f *failure
	for _, phase := range phases[:len(phases)-1] { // all but fetch
		if f = phase(e, x); f != nil || x.answered() {
			break
		}
	}
	if f != nil && f != postponed {
		e.fail(x, f)
	}
	if req.Turn != nil && f != postponed {
		req.Turn.Leave()
		req.Turn = nil
	}
	x.inner, x.hurried = false, false
	if !x.answered() || x.out.Stream != nil || x.grant != nil || x.wantsPage(f) {
		x.discard()
		x.recycle()
		return false
	}
	e.deliver(x)
	return true
}

// wantsPage reports whether the answer may be replaced by a custom error response.
func (x *exchange) wantsPage(f *failure) bool {
	if x.dist == nil || x.out.Status < 400 || f != nil && f.plain {
		return false
	}
	return x.hasPage(x.out.Status)
}

// hasPage reports whether there is a custom error response for status, with a page.
func (x *exchange) hasPage(status int) bool {
	r := x.dist.ErrorResponse(status)
	return r != nil && r.Page != ""
}

package edge

import (
	"errors"

	"github.com/warmfront/warmfront/internal/edge/fairqueue"
	"github.com/warmfront/warmfront/signedurl"
)

// postponed ends the phases of TryServe where a request would have to wait; Serve takes it on.
var postponed = &failure{}

var errPostponed = errors.New("the request would have to wait for its turn")

// verifySignature checks a signature that is not remembered. Signatures cost more than
// everything else about a hit, and anybody may send false ones: they are verified in turns that
// go round the viewers' networks and leave hits the precedence.
func (e *Edge) verifySignature(x *exchange, m *signedurl.Message, key *signedurl.PublicKey) error {
	if x.inquiry {
		return m.VerifySignature(key)
	}
	if x.req.Turn != nil && x.hurried { // it has waited; TryServe gives the turn back
		if turn, _ := x.req.Turn.Turn(); !turn {
			return fairqueue.ErrFull
		}
		return m.VerifySignature(key)
	}
	if err := e.enter(x); err != nil {
		return err
	}
	defer e.turns.Leave()
	return m.VerifySignature(key)
}

// enter takes a turn, or has the request wait for one.
func (e *Edge) enter(x *exchange) (err error) {
	if x.hurried && x.hasPage(403) {
		return errPostponed // Serve will have to verify it, as TryServe cannot answer a refusal
	}
	if e.turns.TryEnter() {
		return nil
	}
	source := fairqueue.Source(x.req.Peer.Addr())
	switch {
	case !x.hurried:
		return e.turns.Enter(e.ctx, source, x.req.Gone)
	case x.req.Waiter == nil:
		return errPostponed
	}
	if x.req.Turn, err = e.turns.Draw(source, x.req.Waiter.Called); err != nil {
		return err
	}
	return errPostponed
}

// unverified answers a request whose turn to be verified has not come.
func unverified(x *exchange, err error) *failure {
	switch {
	case errors.Is(err, errPostponed):
		return postponed
	case errors.Is(err, fairqueue.ErrGone):
		return &failure{status: 503, detail: ClientHungUpRequest, plain: true, gone: true}
	}
	x.reason = verificationQueueFull
	return &failure{
		status: 503, cause: "Too many requests from this network are waiting for their signatures to be verified.",
		detail: CapacityExceeded, plain: true, retry: "1",
	}
}

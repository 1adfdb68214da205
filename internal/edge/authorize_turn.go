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
	if !e.turns.TryEnter() {
		if x.hurried {
			return errPostponed
		}
		if err := e.turns.Enter(e.ctx, fairqueue.Source(x.req.Peer.Addr()), x.req.Gone); err != nil {
			return err
		}
	}
	defer e.turns.Leave()
	return m.VerifySignature(key)
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

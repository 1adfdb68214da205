package edge

import (
	"time"

	"github.com/warmfront/warmfront/internal/metrics"
	"github.com/warmfront/warmfront/signedurl"
)

// count notes what is to be counted of the exchange: its request may be gone when the answer
// has been sent, and only then is it counted.
func (x *exchange) count(wait time.Duration) {
	c := &x.counted
	c.Result, c.Status, c.Wait, c.Refusal = resultOf(x.result), x.out.Status, wait, x.reason
	c.Received = x.received()
	if x.dist != nil {
		c.Distribution = x.dist.ID
	}
	if x.left {
		c.Status = 0
	}
	c.OriginFailed = x.originStatus >= 500 || fromOriginFailure(x.detail)
	c.OriginAsked = x.originStatus != 0 || c.OriginFailed
}

// received is about how many bytes the request had.
func (x *exchange) received() int64 {
	return int64(len(x.req.Method)+len(x.req.Target)+12+x.headers.bytes) + max(x.req.ContentLength, 0)
}

func resultOf(r ResultType) metrics.Result {
	switch r {
	case Hit:
		return metrics.Hit
	case RefreshHit:
		return metrics.RefreshHit
	case Miss:
		return metrics.Miss
	case Redirect:
		return metrics.Redirect
	}
	return metrics.Error
}

// fromOriginFailure reports whether a detailed result type blames the origin.
func fromOriginFailure(detail ResultType) bool {
	switch detail {
	case OriginCommError, OriginConnectError, OriginDNSError, OriginError, OriginInvalid, OriginReadError:
		return true
	}
	return false
}

// Reasons for refusals that are not of signedurl.
const (
	outdatedConfiguration = "outdated-configuration"
	verificationQueueFull = "verification-queue-full"
)

// RefusalReasons are all the reasons for which edges do not admit requests.
func RefusalReasons() []string {
	all := []string{outdatedConfiguration, verificationQueueFull}
	unknown := signedurl.Reason(0).String()
	for r := signedurl.MissingKey; r.String() != unknown; r++ {
		all = append(all, r.String())
	}
	return all
}

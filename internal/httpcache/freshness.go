package httpcache

import "time"

// Freshness is everything needed to judge a stored response again and again
// without reading its header: a value, fixed when the response is stored or
// renewed. The zero value is expired.
type Freshness struct {
	RequestTime  time.Time     // when the request to the origin was sent
	ResponseTime time.Time     // when its response head arrived
	InitialAge   time.Duration // age on arrival (RFC 9111, 4.2.3)
	FreshFor     time.Duration // how long it stays fresh after ResponseTime, CloudFront's clamps applied

	StaleWhileRevalidate time.Duration // how long past FreshFor it may be served while being refreshed
	StaleIfError         time.Duration // how long past FreshFor it may stand in for a failing origin
	HasStaleIfError      bool          // the origin gave stale-if-error: no other rule then applies
	NoStaleOnError       bool          // must-revalidate, proxy-revalidate or s-maxage forbid stale use unasked

	GraceUntil  time.Time // after a failed refresh: served without asking the origin again until then
	GraceReason Reason    // why GraceUntil was granted
}

// State says what to do with a stored response.
type State uint8

const (
	Stale           State = iota // validate or fetch before use
	Fresh                        // serve
	StaleRevalidate              // serve now and refresh in the background
	StaleGrace                   // serve: the origin failed a moment ago and is left alone
)

// Verdict is the judgement over a stored response at one moment.
type Verdict struct {
	State  State
	Reason Reason
	Age    time.Duration // current age (RFC 9111, 4.2.3), for the Age header; never negative
	TTL    time.Duration // remaining freshness; negative once stale
}

// Evaluate judges the stored response at now. It does not allocate.
func (f *Freshness) Evaluate(now time.Time) Verdict {
	resident := max(now.Sub(f.ResponseTime), 0)
	v := Verdict{Age: f.InitialAge + resident, TTL: f.FreshFor - resident}
	switch {
	case v.TTL > 0:
		v.State, v.Reason = Fresh, ReasonFresh
	case now.Before(f.GraceUntil):
		v.State, v.Reason = StaleGrace, f.GraceReason
	case -v.TTL < f.StaleWhileRevalidate:
		v.State, v.Reason = StaleRevalidate, ReasonStaleWhileRevalidate
	default:
		v.State, v.Reason = Stale, ReasonExpired
	}
	return v
}

// Age is the current age in whole seconds at now, for the Age header.
func (f *Freshness) Age(now time.Time) int64 {
	return int64((f.InitialAge + max(now.Sub(f.ResponseTime), 0)) / time.Second)
}

// Failure is how a refresh failed.
type Failure struct {
	Status      int  // the origin's status when it answered, else 0
	Unreachable bool // no usable answer: dial, TLS, timeout, broken response
}

// OnError decides whether the stored response may stand in for a refresh that
// failed at now. When it may, renewed is the Freshness to keep with the stored
// response, so that for errorTTL (CloudFront's ErrorCachingMinTTL) the origin
// is not asked again. stale-if-error decides alone where given (RFC 5861, 4;
// stale-if-error=0 forbids); otherwise CloudFront serves the expired object
// for the error caching time whenever the origin is unreachable or answers
// 500-599. 4xx answers are passed on.
func (f *Freshness) OnError(now time.Time, failure Failure, errorTTL time.Duration) (renewed Freshness, ok bool, reason Reason) {
	if !failure.Unreachable && (failure.Status < 500 || failure.Status > 599) {
		return *f, false, ReasonOriginAnswered
	}
	stale := now.Sub(f.ResponseTime) - f.FreshFor
	renewed = *f
	renewed.GraceUntil = now.Add(errorTTL)
	switch {
	case f.HasStaleIfError && stale < f.StaleIfError:
		if end := f.ResponseTime.Add(f.FreshFor + f.StaleIfError); end.Before(renewed.GraceUntil) {
			renewed.GraceUntil = end
		}
		reason = ReasonStaleIfError
	case f.HasStaleIfError:
		return *f, false, ReasonStaleIfErrorOver
	case f.NoStaleOnError:
		return *f, false, ReasonStaleForbidden
	default:
		reason = ReasonStaleOnError
	}
	renewed.GraceReason = reason
	return renewed, true, reason
}

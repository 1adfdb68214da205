package httpcache

import "time"

// Rules says whose rules decide where CloudFront's and the RFCs' differ.
type Rules uint8

const (
	// CloudFront follows CloudFront's TTL matrix and error caching times.
	CloudFront Rules = iota
	// Strict follows RFC 9111, RFC 9213 and RFC 5861 to the letter. Of a cache policy only
	// MaxTTL counts, as the longest a response may be fresh.
	Strict
)

// maxHeuristic bounds a freshness lifetime that nobody stated (RFC 9111, 4.2.2).
const maxHeuristic = 24 * time.Hour

// decideStrict applies RFC 9111 section 3 alone.
func decideStrict(p Policy, r Response) Decision {
	cc, targeted := Controls(r.Header)
	d := Decision{DropFields: append(cc.NoCacheFields, cc.PrivateFields...)}
	d.Freshness = newFreshness(p, r, &cc)
	d.Freshness.InitialAge = max(d.Freshness.InitialAge, apparentAge(r))
	if reason, ok := refuseStrict(p, r, &cc); !ok {
		d.Reason = reason
		return d
	}
	life, explicit := lifetimeOf(r, &cc, targeted)
	switch {
	case cc.NoCache:
		// Stored to be validated: never used as it is, not even when the origin fails.
		d.Freshness.NoStaleOnError, d.Freshness.HasStaleIfError = true, false
		d.Freshness.StaleWhileRevalidate, d.Freshness.StaleIfError = 0, 0
	case explicit:
		d.Freshness.FreshFor = min(life-d.Freshness.InitialAge, p.MaxTTL)
	case cc.Public || heuristicStatus(r.Status):
		d.Freshness.FreshFor = min(heuristic(r)-d.Freshness.InitialAge, p.MaxTTL)
	default:
		d.Reason = ReasonStatusNeedsMaxAge
		return d
	}
	d.Store, d.Share, d.Reason = true, true, ReasonStorable
	if useless(&d.Freshness, r) {
		d.Store, d.Share, d.Reason = false, false, ReasonZeroLifetime
		if cc.NoCache {
			d.Reason = ReasonNoCache
		}
		return d
	}
	return share(p, r, d)
}

// refuseStrict names what forbids storing a response (RFC 9111, 3).
func refuseStrict(p Policy, r Response, cc *CacheControl) (Reason, bool) {
	understood := understoodStatus(r.Status)
	switch {
	case p.CachingDisabled():
		return ReasonCachingDisabled, false
	case p.Method != "GET" && p.Method != "HEAD":
		return ReasonMethod, false
	case r.Status < 200 || r.Status == 304 || r.Status == 416 || (cc.MustUnderstand && !understood):
		return ReasonStatus, false
	case cc.NoStore && !cc.MustUnderstand:
		return ReasonNoStore, false
	case cc.Private:
		return ReasonPrivate, false
	case p.Authorized && !cc.Public && !cc.MustRevalidate && !cc.SMaxAge.Set:
		return ReasonAuthorization, false
	case variesOnEverything(r.Header):
		return ReasonVaryStar, false
	}
	if r.Status == 206 {
		if _, ok := ParseContentRange(r.Header.Get("Content-Range")); !ok || !IsStrongETag(r.Header.Get("ETag")) {
			return ReasonPartial, false
		}
	}
	return "", true
}

// useless reports that a stored response could never answer anything.
func useless(f *Freshness, r Response) bool {
	return f.FreshFor <= 0 && f.FreshFor+f.StaleWhileRevalidate <= 0 && f.FreshFor+f.StaleIfError <= 0 && !ValidatorsOf(r.Header).Any()
}

// apparentAge is how old the response is by the origin's clock, in whole seconds
// (RFC 9111, 4.2.3).
func apparentAge(r Response) time.Duration {
	date, ok := ParseTime(r.Header.Get("Date"))
	if !ok {
		return 0
	}
	return min(max(r.ResponseTime.Truncate(time.Second).Sub(date), 0), maxSeconds*time.Second)
}

// heuristic is a tenth of the time since the last change, a day at most (RFC 9111, 4.2.2).
func heuristic(r Response) time.Duration {
	modified, ok := ParseTime(r.Header.Get("Last-Modified"))
	if !ok {
		return 0
	}
	date, ok := ParseTime(r.Header.Get("Date"))
	if !ok {
		date = r.ResponseTime
	}
	return min(max(date.Sub(modified)/10, 0), maxHeuristic)
}

// heuristicStatus names the status codes that may be fresh without saying so
// (RFC 9110, 15.1).
func heuristicStatus(status int) bool {
	switch status {
	case 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// understoodStatus names the status codes whose caching this package knows (RFC 9111,
// 5.2.2.3): those of RFC 9110, section 15.
func understoodStatus(status int) bool {
	switch {
	case status >= 200 && status <= 206, status >= 300 && status <= 305, status == 307, status == 308:
		return true
	case status >= 400 && status <= 417, status == 421, status == 422, status == 426, status >= 500 && status <= 505:
		return true
	}
	return false
}

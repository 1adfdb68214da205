package httpcache

import (
	"slices"
	"time"
)

// Policy is what a cache behaviour says about caching, with the facts of the
// request the response belongs to.
type Policy struct {
	Rules                      Rules         // whose rules decide
	MinTTL, DefaultTTL, MaxTTL time.Duration // of the cache policy or the legacy settings
	ErrorTTL                   time.Duration // ErrorCachingMinTTL of the response's status
	Method                     string        // of the request sent to the origin
	CacheOptions               bool          // OPTIONS is a cached method and part of the key
	KeepSetCookie              bool          // cookies are forwarded, so Set-Cookie stays in the response
	UnkeyedCredentials         bool          // Authorization or cookies were forwarded without being in the key
	Authorized                 bool          // the request had Authorization; asked by Strict only (RFC 9111, 3.5)
}

// DefaultErrorTTL is CloudFront's ErrorCachingMinTTL where none is configured.
const DefaultErrorTTL = 10 * time.Second

// CachingDisabled reports whether the policy allows no caching at all, as the
// managed policy CachingDisabled does.
func (p *Policy) CachingDisabled() bool { return p.MaxTTL <= 0 }

// Response is a response head as it came from the origin.
type Response struct {
	Status       int
	Header       Header
	RequestTime  time.Time // before the request was sent
	ResponseTime time.Time // when the head had arrived
}

// Decision says whether a response is stored, whether requests waiting for the
// same key may have it, and how long it is fresh.
type Decision struct {
	Store      bool
	Share      bool   // false: waiting requests must each fetch for themselves
	Reason     Reason // why (not) stored; for Store && !Share why not shared
	Freshness  Freshness
	DropFields []string // fields the origin bars from the store (no-cache="..", private="..")
}

// Decide applies RFC 9111 section 3 and CloudFront's TTL matrix to a response, or
// under Strict the RFCs alone.
// Freshness is filled in also when the response is not stored.
func Decide(p Policy, r Response) Decision {
	if p.Rules == Strict {
		return decideStrict(p, r)
	}
	cc := ParseCacheControl(r.Header.Values("Cache-Control"))
	explicit, has := lifetime(r, &cc)
	d := Decision{DropFields: slices.Concat(cc.NoCacheFields, cc.PrivateFields)}
	d.Freshness = newFreshness(p, r, &cc)
	if reason, ok := refuse(p, r, &cc); !ok {
		d.Reason = reason
		return d
	}
	d.Store, d.Share = true, true
	restricted := restriction(r, &cc)
	switch {
	case isError(r.Status):
		d.Freshness.FreshFor, d.Reason = errorLifetime(p, &d.Freshness, explicit, has), ReasonErrorTTL
	case restricted != "" && p.MinTTL <= 0:
		return Decision{Reason: restricted, Freshness: d.Freshness, DropFields: d.DropFields}
	case restricted != "":
		d.Freshness.FreshFor, d.Reason = min(p.MinTTL, p.MaxTTL), ReasonMinTTL
	case has:
		d.Freshness.FreshFor, d.Reason = p.clamp(explicit-d.Freshness.InitialAge), ReasonStorable
	default:
		d.Freshness.FreshFor, d.Reason = p.clamp(p.DefaultTTL), ReasonStorable
	}
	return share(p, r, d)
}

// share decides whether waiting requests may have the response: not while it
// is stale on arrival or carries a cookie for one viewer.
func share(p Policy, r Response, d Decision) Decision {
	switch {
	case p.KeepSetCookie && r.Header.Has("Set-Cookie"):
		d.Share, d.Reason = false, ReasonSetCookie
	case d.Freshness.FreshFor <= 0:
		d.Share, d.Reason = false, ReasonZeroLifetime
	}
	return d
}

// refuse names what makes a response unstorable whatever its lifetime.
func refuse(p Policy, r Response, cc *CacheControl) (Reason, bool) {
	switch {
	case p.CachingDisabled():
		return ReasonCachingDisabled, false
	case p.Method != "GET" && p.Method != "HEAD" && !(p.Method == "OPTIONS" && p.CacheOptions):
		return ReasonMethod, false
	case p.UnkeyedCredentials:
		return ReasonUnkeyedCredentials, false
	}
	switch statusClass(r.Status) {
	case neverStored:
		return ReasonStatus, false
	case storedWithMaxAge:
		if !cc.MaxAge.Set && !cc.SMaxAge.Set {
			return ReasonStatusNeedsMaxAge, false
		}
		if reason := restriction(r, cc); reason != "" && p.MinTTL <= 0 {
			return reason, false
		}
	case storedWithCacheControl:
		if !cc.Present {
			return ReasonStatusNeedsMaxAge, false
		}
	case storedPartial:
		if _, ok := ParseContentRange(r.Header.Get("Content-Range")); !ok || !IsStrongETag(r.Header.Get("ETag")) {
			return ReasonPartial, false
		}
	}
	return "", true
}

// restriction names the origin's wish that a shared cache keep nothing, or "".
// must-understand overrides no-store where the status is understood, which
// statusClass has made sure of (RFC 9111, 5.2.2.3).
func restriction(r Response, cc *CacheControl) Reason {
	switch {
	case cc.NoStore && !cc.MustUnderstand:
		return ReasonNoStore
	case cc.Private:
		return ReasonPrivate
	case cc.NoCache:
		return ReasonNoCache
	case variesOnEverything(r.Header):
		return ReasonVaryStar
	}
	return ""
}

package httpcache

import (
	"strings"
	"time"
)

// Controls returns the directives that a shared cache near viewers has to follow: those of
// CDN-Cache-Control where it is a non-empty dictionary (RFC 9213, 2.2), else of
// Surrogate-Control, its elder; either makes Cache-Control and Expires void. Else they are those
// of Cache-Control. targeted says which.
func Controls(h Header) (cc CacheControl, targeted bool) {
	if cc, ok := ParseTargeted(h.Values("CDN-Cache-Control")); ok {
		return cc, true
	}
	if cc, ok := ParseSurrogate(h.Values("Surrogate-Control")); ok {
		return cc, true
	}
	return ParseCacheControl(h.Values("Cache-Control")), false
}

// ParseTargeted reads all lines of a targeted field (RFC 9213, 2.1), which unlike
// Cache-Control is a structured dictionary. ok is false when it is empty or no dictionary: it
// then says nothing. Members of another type than the directive has are ignored where they
// would allow and heeded where they restrict.
func ParseTargeted(values []string) (cc CacheControl, ok bool) {
	if len(values) == 0 {
		return CacheControl{}, false
	}
	members, ok := ParseDictionary(strings.Join(values, ", "))
	if !ok || len(members) == 0 {
		return CacheControl{}, false
	}
	cc.Present = true
	for i := range members {
		cc.member(&members[i])
	}
	return cc, true
}

// member reads one member. A bare key is the boolean true.
func (cc *CacheControl) member(m *Member) {
	if m.Kind == BooleanItem && m.Integer == 0 {
		return // no-store=?0
	}
	isTrue := m.Kind == BooleanItem
	switch m.Key {
	case "no-store":
		cc.NoStore = true
	case "no-cache":
		cc.NoCache = true
	case "private":
		cc.Private = true
	case "must-revalidate":
		cc.MustRevalidate = true
	case "proxy-revalidate":
		cc.ProxyRevalidate = true
	case "no-transform":
		cc.NoTransform = true
	case "public":
		cc.Public = isTrue
	case "must-understand":
		cc.MustUnderstand = isTrue
	case "max-age":
		cc.MaxAge.member(m)
	case "s-maxage":
		cc.SMaxAge.member(m)
	case "stale-while-revalidate":
		cc.StaleWhileRevalidate.member(m)
	case "stale-if-error":
		cc.StaleIfError.member(m)
	}
}

func (s *Seconds) member(m *Member) {
	if m.Kind == IntegerItem {
		*s = Seconds{Value: time.Duration(min(max(m.Integer, 0), maxSeconds)) * time.Second, Set: true}
	}
}

// lifetimeOf is lifetime for directives that may be targeted: those void Expires.
func lifetimeOf(r Response, cc *CacheControl, targeted bool) (time.Duration, bool) {
	if targeted && !cc.MaxAge.Set && !cc.SMaxAge.Set {
		return 0, false
	}
	return lifetime(r, cc)
}

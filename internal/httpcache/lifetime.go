package httpcache

import (
	"strings"
	"time"
)

// Classes of status codes by CloudFront's caching rules.
type class uint8

const (
	neverStored            class = iota
	storedAlways                 // by the TTL matrix
	storedError                  // 404 and friends: always, for the error TTL at least
	storedWithMaxAge             // only with max-age or s-maxage
	storedWithCacheControl       // only with a Cache-Control header
	storedPartial                // 206: piecewise, given a strong ETag
)

// statusClass returns how responses with a status are stored. Statuses not
// named by CloudFront's guide are passed on and never stored.
func statusClass(status int) class {
	switch status {
	case 200, 203, 204, 300, 301, 302, 303:
		return storedAlways
	case 206:
		return storedPartial
	case 307, 308:
		return storedWithCacheControl
	case 404, 414, 500, 501, 502, 503, 504:
		return storedError
	case 400, 403, 405, 412, 415:
		return storedWithMaxAge
	}
	return neverStored
}

// isError reports whether CloudFront's error caching time applies.
func isError(status int) bool { return status >= 400 }

// clamp holds an age between MinTTL and MaxTTL; MaxTTL wins.
func (p *Policy) clamp(age time.Duration) time.Duration {
	return min(max(age, p.MinTTL), p.MaxTTL)
}

// errorLifetime is max(ErrorCachingMinTTL, explicit lifetime) up to MaxTTL.
func errorLifetime(p Policy, f *Freshness, explicit time.Duration, has bool) time.Duration {
	life := p.ErrorTTL
	if has {
		life = max(life, explicit-f.InitialAge)
	}
	return min(life, p.MaxTTL)
}

// lifetime is the explicit freshness lifetime: s-maxage, else max-age, else
// Expires less Date (RFC 9111, 4.2.1). Unreadable values give zero.
func lifetime(r Response, cc *CacheControl) (life time.Duration, explicit bool) {
	switch {
	case cc.SMaxAge.Set:
		return cc.SMaxAge.Value, true
	case cc.MaxAge.Set:
		return cc.MaxAge.Value, true
	}
	values := r.Header.Values("Expires")
	if len(values) == 0 {
		return 0, false
	}
	date, ok := ParseTime(r.Header.Get("Date"))
	if !ok {
		date = r.ResponseTime
	}
	for i, v := range values {
		expires, ok := ParseTime(v)
		if !ok {
			return 0, true // such as "0" (RFC 9111, 5.3)
		}
		if l := max(expires.Sub(date), 0); i == 0 || l < life {
			life = l
		}
	}
	return min(life, maxSeconds*time.Second), true
}

// newFreshness fills in all but FreshFor.
func newFreshness(p Policy, r Response, cc *CacheControl) Freshness {
	f := Freshness{
		RequestTime:  r.RequestTime,
		ResponseTime: r.ResponseTime,
		InitialAge:   initialAge(r),
	}
	f.NoStaleOnError = cc.MustRevalidate || cc.ProxyRevalidate || cc.SMaxAge.Set
	if cc.MustRevalidate || cc.ProxyRevalidate {
		return f
	}
	f.StaleWhileRevalidate = min(cc.StaleWhileRevalidate.Value, p.MaxTTL)
	f.StaleIfError = min(cc.StaleIfError.Value, p.MaxTTL)
	f.HasStaleIfError = cc.StaleIfError.Set
	return f
}

// initialAge is the corrected age value on arrival: the Age header plus the
// time the request took (RFC 9111, 4.2.3, which allows leaving Date, and with
// it the origin's clock, out of it).
func initialAge(r Response) time.Duration {
	age := time.Duration(0)
	if values := r.Header.Values("Age"); len(values) > 0 {
		// Of a list the first member counts, and what is no number says nothing (RFC 9111,
		// 5.1). Parameters are no reason to believe the response younger.
		first, _, _ := strings.Cut(values[0], ",")
		first, _, _ = strings.Cut(first, ";")
		if n, ok := parseSeconds(trim(first)); ok {
			age = time.Duration(n) * time.Second
		}
	}
	return age + max(r.ResponseTime.Sub(r.RequestTime), 0)
}

// ParseTime reads an HTTP date in any of its three forms (RFC 9110, 5.6.7).
func ParseTime(s string) (time.Time, bool) {
	for _, layout := range [...]string{timeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// FormatTime writes an HTTP date.
func FormatTime(t time.Time) string { return t.UTC().Format(timeFormat) }

// timeFormat is IMF-fixdate.
const timeFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// containsFold reports whether names has name in any case.
func containsFold(names []string, name string) bool {
	for _, n := range names {
		if equalFold(n, name) {
			return true
		}
	}
	return false
}

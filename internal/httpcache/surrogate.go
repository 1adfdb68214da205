package httpcache

import "strings"

// SurrogateToken is the name by which origins can address directives to this cache.
const SurrogateToken = "warmfront"

// SurrogateCapability is what requests to origins say in Surrogate-Capability (W3C Note "Edge
// Architecture Specification", 4 August 2001, 2.1).
const SurrogateCapability = SurrogateToken + `="Surrogate/1.0"`

// ParseSurrogate reads all lines of Surrogate-Control (the same note, 2.2). Directives addressed
// to this cache void those addressed to all; those for others mean nothing. ok is false when
// none says whether or for how long to store.
func ParseSurrogate(values []string) (cc CacheControl, ok bool) {
	var all, own CacheControl
	elements(values, func(e string) {
		directive, token, targeted := strings.Cut(e, ";")
		switch {
		case !targeted:
			all.surrogate(directive)
		case trim(token) == SurrogateToken:
			own.surrogate(trim(directive))
		}
	})
	if own.Present {
		return own, true
	}
	return all, all.Present
}

// surrogate merges one directive. The seconds of use after expiry that max-age may add ("600+30")
// are not taken.
func (cc *CacheControl) surrogate(directive string) {
	name, arg, _ := strings.Cut(directive, "=")
	switch strings.ToLower(name) {
	case "max-age":
		fresh, _, _ := strings.Cut(arg, "+")
		cc.MaxAge.lower(fresh, false)
		cc.Present = true
	case "no-store", "no-store-remote":
		cc.NoStore, cc.Present = true, true
	}
}

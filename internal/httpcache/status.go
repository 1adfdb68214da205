package httpcache

import (
	"strconv"
	"time"
)

// Forward says why a request went on to the origin, in the words of Cache-Status
// (RFC 9211, 2.2).
type Forward string

// The reasons to forward.
const (
	NotForwarded   Forward = ""
	ForwardBypass  Forward = "bypass"   // the cache is not used for the request
	ForwardMethod  Forward = "method"   // the method is not one that is cached
	ForwardMiss    Forward = "uri-miss" // nothing is stored for the target
	ForwardVary    Forward = "vary-miss"
	ForwardStale   Forward = "stale"
	ForwardPartial Forward = "partial" // only other parts are stored
)

// Handling is how a cache dealt with one request.
type Handling struct {
	Hit       bool
	Forward   Forward
	Status    int  // of the origin's answer; 0 for none
	Stored    bool // the origin's answer was stored
	Collapsed bool // the answer to another request for the same was used
	TTL       time.Duration
	HasTTL    bool   // TTL is meaningful; it is negative for a stale response
	Detail    Reason // why, in this package's words
}

// AppendStatus appends a member of Cache-Status: the cache's name, a token, with the
// parameters of RFC 9211 section 2.
func AppendStatus(b []byte, cache string, h *Handling) []byte {
	b = append(b, cache...)
	if h.Hit {
		b = append(b, "; hit"...)
	} else if h.Forward != NotForwarded {
		b = append(append(b, "; fwd="...), h.Forward...)
		if h.Status != 0 {
			b = strconv.AppendInt(append(b, "; fwd-status="...), int64(h.Status), 10)
		}
		if h.Stored {
			b = append(b, "; stored"...)
		}
		if h.Collapsed {
			b = append(b, "; collapsed"...)
		}
	}
	if h.HasTTL {
		seconds := int64(h.TTL / time.Second)
		if h.TTL < 0 && h.TTL%time.Second != 0 {
			seconds--
		}
		b = strconv.AppendInt(append(b, "; ttl="...), seconds, 10)
	}
	if h.Detail != "" {
		b = append(append(b, "; detail="...), h.Detail...)
	}
	return b
}

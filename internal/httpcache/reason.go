package httpcache

// Reason names why a decision was taken. The text is stable: it goes to the
// access log, to Cache-Status and to tests.
type Reason string

// Why a response is stored or not (RFC 9111, 3; CloudFront's TTL matrix).
const (
	ReasonStorable           Reason = "storable"
	ReasonMinTTL             Reason = "min-ttl"             // against the origin's wish, for MinTTL
	ReasonErrorTTL           Reason = "error-ttl"           // an error kept for the error caching time
	ReasonCachingDisabled    Reason = "caching-disabled"    // MaxTTL 0
	ReasonMethod             Reason = "method"              // not GET, HEAD or a cached OPTIONS
	ReasonStatus             Reason = "status"              // never stored with this status
	ReasonStatusNeedsMaxAge  Reason = "status-needs-maxage" // stored only with max-age or s-maxage
	ReasonNoStore            Reason = "no-store"
	ReasonNoCache            Reason = "no-cache"
	ReasonPrivate            Reason = "private"
	ReasonVaryStar           Reason = "vary-star"
	ReasonUnkeyedCredentials Reason = "unkeyed-credentials" // Authorization or cookies forwarded but not in the key
	ReasonAuthorization      Reason = "authorization"       // the request had Authorization and the response does not allow sharing (RFC 9111, 3.5)
	ReasonPartial            Reason = "partial"             // a 206 without usable Content-Range or strong ETag
	ReasonZeroLifetime       Reason = "zero-lifetime"       // stored, but no other request may share the fetch
	ReasonSetCookie          Reason = "set-cookie"          // stored, but no other request may share the fetch
)

// Why a stored response is reused or not (RFC 9111, 4.2).
const (
	ReasonFresh                Reason = "fresh"
	ReasonExpired              Reason = "expired"
	ReasonInvalidated          Reason = "invalidated" // a request to change it has passed (RFC 9111, 4.4)
	ReasonStaleWhileRevalidate Reason = "stale-while-revalidate"
	ReasonStaleIfError         Reason = "stale-if-error"
	ReasonStaleOnError         Reason = "stale-on-error"  // neither directive given: served for the error caching time
	ReasonStaleForbidden       Reason = "stale-forbidden" // must-revalidate, proxy-revalidate or s-maxage
	ReasonStaleIfErrorOver     Reason = "stale-if-error-over"
	ReasonOriginAnswered       Reason = "origin-answered" // a 4xx is an answer, not a failure
)

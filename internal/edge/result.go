package edge

// ResultType is how a request ended, in the words of CloudFront's logs. X-Cache, the access
// log and counters all take it from here.
type ResultType string

// The result types an Edge assigns (Developer Guide, x-edge-result-type).
const (
	Hit        ResultType = "Hit"
	RefreshHit ResultType = "RefreshHit"
	Miss       ResultType = "Miss"
	Error      ResultType = "Error"
	Redirect   ResultType = "Redirect"
)

// Further words for the detailed result type.
const (
	InvalidRequest       ResultType = "InvalidRequest"
	InvalidRequestMethod ResultType = "InvalidRequestMethod"
	ClientHungUpRequest  ResultType = "ClientHungUpRequest"
	CapacityExceeded     ResultType = "CapacityExceeded"
	AbortedOrigin        ResultType = "AbortedOrigin"
	OriginCommError      ResultType = "OriginCommError"
	OriginConnectError   ResultType = "OriginConnectError"
	OriginDNSError       ResultType = "OriginDnsError"
	OriginError          ResultType = "OriginError"
	OriginInvalid        ResultType = "OriginInvalidResponseError"
	OriginReadError      ResultType = "OriginReadError"
)

// cacheWords are the X-Cache values.
var cacheWords = map[ResultType]string{
	Hit: "Hit from cloudfront", RefreshHit: "RefreshHit from cloudfront", Miss: "Miss from cloudfront",
	Error: "Error from cloudfront", Redirect: "Redirect from cloudfront",
}

package cloudfront

// Limits are the account's quotas on the size of documents, 0 meaning no quota, and the names
// under which S3 is reachable. Limits of the wire's shape (lengths, alphabets, ranges) are not
// here: they always hold.
type Limits struct {
	Aliases           int // per distribution
	Origins           int // per distribution
	CacheBehaviors    int // per distribution, without the default one
	CustomHeaders     int // per origin
	TrustedSigners    int // per behavior
	TrustedKeyGroups  int // per behavior
	ForwardedHeaders  int // per behavior with ForwardedValues
	ForwardedCookies  int // per behavior with ForwardedValues
	QueryStringKeys   int // per behavior with ForwardedValues
	PublicKeysInGroup int
	InvalidationPaths int // per batch
	OriginGroups      int // per distribution

	PolicyHeaders     int // in a cache policy or an origin request policy
	PolicyCookies     int // likewise
	PolicyQueries     int // likewise
	PolicyNamesBytes  int // of all names in such a policy together
	ResponseHeaders   int // custom headers in a response headers policy
	RemovedHeaders    int // headers that a response headers policy removes
	PolicyUsers       int // distributions that use one custom policy
	PoliciesOfOneKind int // custom policies of each kind in the account

	// S3Suffixes are host suffixes of S3 stores besides AWS's own names: with "s3.example.net",
	// BUCKET.s3.example.net is a valid S3 origin.
	S3Suffixes []string
}

// AWSQuotas are AWS's default quotas (CloudFront Developer Guide, Quotas, 2026).
func AWSQuotas() Limits {
	return Limits{
		Aliases:           100,
		Origins:           100,
		CacheBehaviors:    75,
		CustomHeaders:     30,
		TrustedSigners:    5,
		TrustedKeyGroups:  4,
		ForwardedHeaders:  10,
		ForwardedCookies:  10,
		QueryStringKeys:   10,
		PublicKeysInGroup: 5,
		InvalidationPaths: 3000,
		OriginGroups:      10,
		PolicyHeaders:     10,
		PolicyCookies:     10,
		PolicyQueries:     10,
		PolicyNamesBytes:  1024,
		ResponseHeaders:   10,
		RemovedHeaders:    10,
		PolicyUsers:       100,
		PoliciesOfOneKind: 20,
	}
}

// quota is an error of the given code when n exceeds a quota.
func quota(code string, n, limit int, what string) error {
	if limit > 0 && n > limit {
		return Errorf(code, "Your request contains %d %s; the maximum is %d.", n, what, limit)
	}
	return nil
}

// MaxTags is the most tags a resource can have.
const MaxTags = 50

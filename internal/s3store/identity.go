package s3store

import (
	"context"
	"errors"

	"github.com/warmfront/warmfront/internal/s3store/bucketpolicy"
)

// Kind is what an access key belongs to.
type Kind uint8

const (
	// Root is the account itself: it may do everything.
	Root Kind = iota + 1
	// User is a member of the account. It may do everything a bucket policy
	// does not deny, or only read when its Identity is ReadOnly.
	User
	// OriginAccessIdentity is a CloudFront origin access identity. It may do
	// what a bucket policy grants its ARN or canonical user id.
	OriginAccessIdentity
	// DistributionOrigin is a distribution that signs with an origin access
	// control. It may do what a bucket policy grants the service
	// cloudfront.amazonaws.com, with the distribution as aws:SourceArn.
	DistributionOrigin
)

// Identity is the owner of an access key.
type Identity struct {
	Kind            Kind
	AccessKeyID     string
	SecretAccessKey string
	// ARN names the caller: a user's ARN; for an OriginAccessIdentity
	// arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity <id>; for
	// a DistributionOrigin the distribution's ARN.
	ARN string
	// CanonicalID is the S3 canonical user id, if any.
	CanonicalID string
	// ReadOnly limits a User to Get, List and Head requests.
	ReadOnly bool
}

// Identities finds identities. Its methods are called for every request and
// must be cheap and safe for concurrent use.
type Identities interface {
	// ByAccessKey finds the owner of an access key that came with a session token, "" for none.
	// Its errors match ErrUnknownKey, ErrInvalidToken, ErrExpiredToken or ErrUnavailable.
	ByAccessKey(ctx context.Context, accessKeyID, sessionToken string) (Identity, error)
	// OriginAccessIdentity finds an identity by its id, to validate policies.
	OriginAccessIdentity(id string) (Identity, bool)
	OriginAccessIdentityByCanonicalID(canonicalID string) (Identity, bool)
}

// Why Identities do not answer with an Identity.
var (
	// ErrUnknownKey: no such access key, or it is inactive.
	ErrUnknownKey = errors.New("unknown access key")
	// ErrInvalidToken: the session token does not belong to the access key.
	ErrInvalidToken = errors.New("invalid session token")
	// ErrExpiredToken: the session has ended.
	ErrExpiredToken = errors.New("expired session token")
	// ErrUnavailable: access keys cannot be looked up now.
	ErrUnavailable = errors.New("access keys are not available")
)

// cloudFront is the service principal of origin access controls.
const cloudFront = "cloudfront.amazonaws.com"

// principal is how bucket policies see the identity; accountID is the store's.
// The zero Identity is the anonymous caller.
func (i *Identity) principal(accountID string) bucketpolicy.Principal {
	switch i.Kind {
	case Root, User:
		return bucketpolicy.Principal{ARN: i.ARN, AccountID: accountID, CanonicalID: i.CanonicalID}
	case OriginAccessIdentity:
		return bucketpolicy.Principal{ARN: i.ARN, CanonicalID: i.CanonicalID}
	case DistributionOrigin:
		return bucketpolicy.Principal{Service: cloudFront}
	default:
		return bucketpolicy.Principal{}
	}
}

// member reports whether the identity belongs to the account, which owns all
// buckets.
func (i *Identity) member() bool { return i.Kind == Root || i.Kind == User }

// knownPrincipals answers bucketpolicy.Known.
type knownPrincipals struct {
	ids   Identities
	owner string // the account's own canonical id
}

// OriginAccessIdentity implements bucketpolicy.Known.
func (k knownPrincipals) OriginAccessIdentity(id string) bool {
	_, ok := k.ids.OriginAccessIdentity(id)
	return ok
}

// CanonicalUser implements bucketpolicy.Known.
func (k knownPrincipals) CanonicalUser(id string) bool {
	if id == k.owner {
		return true
	}
	_, ok := k.ids.OriginAccessIdentityByCanonicalID(id)
	return ok
}

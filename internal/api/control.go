package api

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// Control is the meaning behind the door: everything that needs more than the document
// itself. The door has decoded the document and nothing else; control fills in defaults
// (cloudfront.SetDefaults), validates, checks other resources, commits, and answers.
//
// Common rules of all methods: ifMatch is the If-Match header as sent, "" when absent
// (control answers InvalidIfMatchVersion or PreconditionFailed); the string beside a
// resource is its ETag without quotes; every error is a *cloudfront.Error (found by
// errors.As), anything else is shown to the client as InternalError and logged. Lists start
// after the item whose id is marker, hold at most max items (1 to 100), and report whether
// more follow. All methods are safe for concurrent use.
type Control interface {
	DistributionControl
	InvalidationControl
	OriginAccessIdentityControl
	OriginAccessControlControl
	PublicKeyControl
	KeyGroupControl
	TagControl
	CachePolicyControl
	OriginRequestPolicyControl
	ResponseHeadersPolicyControl
	UsageControl
}

// DistributionControl keeps distributions. Create and Update answer with status InProgress;
// Distribution may hold up to 500 ms while receipts of the last change are outstanding.
type DistributionControl interface {
	CreateDistribution(ctx context.Context, cfg *cloudfront.DistributionConfig, tags []cloudfront.Tag) (*cloudfront.Distribution, string, error)
	Distribution(ctx context.Context, id string) (*cloudfront.Distribution, string, error)
	// DistributionConfig answers like Distribution but never waits for receipts.
	DistributionConfig(ctx context.Context, id string) (*cloudfront.DistributionConfig, string, error)
	UpdateDistribution(ctx context.Context, id, ifMatch string, cfg *cloudfront.DistributionConfig) (*cloudfront.Distribution, string, error)
	DeleteDistribution(ctx context.Context, id, ifMatch string) error
	Distributions(ctx context.Context, marker string, max int) (items []cloudfront.DistributionSummary, more bool, err error)
}

// InvalidationControl keeps the invalidations of a distribution. Invalidation may hold up to
// 500 ms while receipts are outstanding.
type InvalidationControl interface {
	CreateInvalidation(ctx context.Context, distributionID string, batch *cloudfront.InvalidationBatch) (*cloudfront.Invalidation, error)
	Invalidation(ctx context.Context, distributionID, id string) (*cloudfront.Invalidation, error)
	Invalidations(ctx context.Context, distributionID, marker string, max int) (items []cloudfront.InvalidationSummary, more bool, err error)
}

// OriginAccessIdentityControl keeps legacy origin access identities.
type OriginAccessIdentityControl interface {
	CreateOriginAccessIdentity(ctx context.Context, cfg *cloudfront.CloudFrontOriginAccessIdentityConfig) (*cloudfront.CloudFrontOriginAccessIdentity, string, error)
	OriginAccessIdentity(ctx context.Context, id string) (*cloudfront.CloudFrontOriginAccessIdentity, string, error)
	UpdateOriginAccessIdentity(ctx context.Context, id, ifMatch string, cfg *cloudfront.CloudFrontOriginAccessIdentityConfig) (*cloudfront.CloudFrontOriginAccessIdentity, string, error)
	DeleteOriginAccessIdentity(ctx context.Context, id, ifMatch string) error
	OriginAccessIdentities(ctx context.Context, marker string, max int) (items []cloudfront.CloudFrontOriginAccessIdentitySummary, more bool, err error)
}

// OriginAccessControlControl keeps origin access controls.
type OriginAccessControlControl interface {
	CreateOriginAccessControl(ctx context.Context, cfg *cloudfront.OriginAccessControlConfig) (*cloudfront.OriginAccessControl, string, error)
	OriginAccessControl(ctx context.Context, id string) (*cloudfront.OriginAccessControl, string, error)
	UpdateOriginAccessControl(ctx context.Context, id, ifMatch string, cfg *cloudfront.OriginAccessControlConfig) (*cloudfront.OriginAccessControl, string, error)
	DeleteOriginAccessControl(ctx context.Context, id, ifMatch string) error
	OriginAccessControls(ctx context.Context, marker string, max int) (items []cloudfront.OriginAccessControlSummary, more bool, err error)
}

// PublicKeyControl keeps uploaded public keys.
type PublicKeyControl interface {
	CreatePublicKey(ctx context.Context, cfg *cloudfront.PublicKeyConfig) (*cloudfront.PublicKey, string, error)
	PublicKey(ctx context.Context, id string) (*cloudfront.PublicKey, string, error)
	UpdatePublicKey(ctx context.Context, id, ifMatch string, cfg *cloudfront.PublicKeyConfig) (*cloudfront.PublicKey, string, error)
	DeletePublicKey(ctx context.Context, id, ifMatch string) error
	PublicKeys(ctx context.Context, marker string, max int) (items []cloudfront.PublicKeySummary, more bool, err error)
}

// KeyGroupControl keeps key groups.
type KeyGroupControl interface {
	CreateKeyGroup(ctx context.Context, cfg *cloudfront.KeyGroupConfig) (*cloudfront.KeyGroup, string, error)
	KeyGroup(ctx context.Context, id string) (*cloudfront.KeyGroup, string, error)
	UpdateKeyGroup(ctx context.Context, id, ifMatch string, cfg *cloudfront.KeyGroupConfig) (*cloudfront.KeyGroup, string, error)
	DeleteKeyGroup(ctx context.Context, id, ifMatch string) error
	KeyGroups(ctx context.Context, marker string, max int) (items []cloudfront.KeyGroupSummary, more bool, err error)
}

// TagControl keeps the tags of a resource named by its ARN.
type TagControl interface {
	Tags(ctx context.Context, arn string) ([]cloudfront.Tag, error)
	TagResource(ctx context.Context, arn string, tags []cloudfront.Tag) error
	UntagResource(ctx context.Context, arn string, keys []string) error
}

// CachePolicyControl keeps custom cache policies and shows managed ones among them. typ is
// "managed", "custom" or "" for both.
type CachePolicyControl interface {
	CreateCachePolicy(ctx context.Context, cfg *cloudfront.CachePolicyConfig) (cloudfront.CachePolicy, string, error)
	CachePolicy(ctx context.Context, id string) (cloudfront.CachePolicy, string, error)
	UpdateCachePolicy(ctx context.Context, id, ifMatch string, cfg *cloudfront.CachePolicyConfig) (cloudfront.CachePolicy, string, error)
	DeleteCachePolicy(ctx context.Context, id, ifMatch string) error
	CachePolicies(ctx context.Context, typ, marker string, max int) (items []cloudfront.CachePolicySummary, more bool, err error)
}

// OriginRequestPolicyControl keeps custom origin request policies and shows managed ones among them. typ is
// "managed", "custom" or "" for both.
type OriginRequestPolicyControl interface {
	CreateOriginRequestPolicy(ctx context.Context, cfg *cloudfront.OriginRequestPolicyConfig) (cloudfront.OriginRequestPolicy, string, error)
	OriginRequestPolicy(ctx context.Context, id string) (cloudfront.OriginRequestPolicy, string, error)
	UpdateOriginRequestPolicy(ctx context.Context, id, ifMatch string, cfg *cloudfront.OriginRequestPolicyConfig) (cloudfront.OriginRequestPolicy, string, error)
	DeleteOriginRequestPolicy(ctx context.Context, id, ifMatch string) error
	OriginRequestPolicies(ctx context.Context, typ, marker string, max int) (items []cloudfront.OriginRequestPolicySummary, more bool, err error)
}

// ResponseHeadersPolicyControl keeps custom response headers policies and shows managed ones among them. typ is
// "managed", "custom" or "" for both.
type ResponseHeadersPolicyControl interface {
	CreateResponseHeadersPolicy(ctx context.Context, cfg *cloudfront.ResponseHeadersPolicyConfig) (cloudfront.ResponseHeadersPolicy, string, error)
	ResponseHeadersPolicy(ctx context.Context, id string) (cloudfront.ResponseHeadersPolicy, string, error)
	UpdateResponseHeadersPolicy(ctx context.Context, id, ifMatch string, cfg *cloudfront.ResponseHeadersPolicyConfig) (cloudfront.ResponseHeadersPolicy, string, error)
	DeleteResponseHeadersPolicy(ctx context.Context, id, ifMatch string) error
	ResponseHeadersPolicies(ctx context.Context, typ, marker string, max int) (items []cloudfront.ResponseHeadersPolicySummary, more bool, err error)
}

// UsageControl tells which distributions use a resource, by id. A resource that does not
// exist is an error.
type UsageControl interface {
	DistributionsByKeyGroup(ctx context.Context, id, marker string, max int) (ids []string, more bool, err error)
	DistributionsByCachePolicy(ctx context.Context, id, marker string, max int) (ids []string, more bool, err error)
	DistributionsByOriginRequestPolicy(ctx context.Context, id, marker string, max int) (ids []string, more bool, err error)
	DistributionsByResponseHeadersPolicy(ctx context.Context, id, marker string, max int) (ids []string, more bool, err error)
}

package state

import (
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// Meta is what every record carries besides its own fields. Revision is not stored: it is
// the etcd mod revision of the record's key, filled in on reading.
type Meta struct {
	ID       string    `json:"id"`
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	Revision int64     `json:"-"`
}

// Distribution is one distribution: the configuration as its owner last wrote it, with
// defaults filled in, and what Warmfront gave it.
type Distribution struct {
	Meta
	Domain string                        `json:"domain"` // e.g. d111111abcdef8.cloudfront.localhost
	Config cloudfront.DistributionConfig `json:"config"`
	// OriginSecret is the secret access key with which edges sign requests to S3 origins
	// under an origin access control. Sealed (package sealed); the access key id is
	// DistributionAccessKeyID(ID).
	OriginSecret []byte `json:"originSecret"`
}

// OriginAccessIdentity is a legacy origin access identity. Secret is sealed; the access key
// id is OriginAccessIdentityAccessKeyID(ID).
type OriginAccessIdentity struct {
	Meta
	CanonicalID string                                          `json:"canonicalID"`
	Config      cloudfront.CloudFrontOriginAccessIdentityConfig `json:"config"`
	Secret      []byte                                          `json:"secret"`
}

// OriginAccessControl is an origin access control.
type OriginAccessControl struct {
	Meta
	Config cloudfront.OriginAccessControlConfig `json:"config"`
}

// PublicKey is an uploaded public key, named K… in signed URLs.
type PublicKey struct {
	Meta
	Config cloudfront.PublicKeyConfig `json:"config"`
}

// KeyGroup is a set of public keys that behaviours trust together.
type KeyGroup struct {
	Meta
	Config cloudfront.KeyGroupConfig `json:"config"`
}

// KeyPair is a legacy CloudFront key pair of the account, named APKA… in signed URLs. Only
// its public half is ever known here.
type KeyPair struct {
	Meta
	PublicKeyPEM string `json:"publicKeyPEM"`
	Active       bool   `json:"active"`
}

// Invalidation is one invalidation of a distribution. Its record's revision is the
// invalidation revision that cached responses are compared with.
type Invalidation struct {
	Meta
	DistributionID string                       `json:"distributionID"`
	Batch          cloudfront.InvalidationBatch `json:"batch"`
}

// Edge is what one edge reports of itself under its lease: the newest config revision it
// serves, written only when that changes.
type Edge struct {
	ID       string `json:"id"`
	Address  string `json:"address"`
	POP      string `json:"pop"`
	Version  string `json:"version"`
	Applied  int64  `json:"applied"` // mod revision of the newest config/ event served
	Revision int64  `json:"-"`
}

// DistributionAccessKeyID is the S3 access key id under which the distribution's origin
// requests are signed when an origin access control says so.
func DistributionAccessKeyID(distributionID string) string { return "WFOAC" + distributionID }

// OriginAccessIdentityAccessKeyID is the S3 access key id under which origin requests are
// signed on behalf of a legacy origin access identity.
func OriginAccessIdentityAccessKeyID(id string) string { return "WFOAI" + id }

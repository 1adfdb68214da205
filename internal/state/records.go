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

// Record is a record kept under config/ or access/. Only the types of this package implement it.
type Record interface {
	// Key is where the record is kept.
	Key() Key
	// Kind is the sort of record.
	Kind() Kind
	// RecordID is the record's id within its kind; for invalidations
	// "<distribution>/<id>".
	RecordID() string
	// ModRevision is the revision the record was read with or last written at.
	ModRevision() int64
	meta() *Meta
}

func (m *Meta) meta() *Meta { return m }

// RecordID is the record's id within its kind.
func (m *Meta) RecordID() string { return m.ID }

// ModRevision is the revision the record was read with or last written at.
func (m *Meta) ModRevision() int64 { return m.Revision }

// Distribution is one distribution: the configuration as its owner last wrote it, with
// defaults filled in, and what Warmfront gave it.
type Distribution struct {
	Meta
	Domain string                        `json:"domain"` // e.g. d111111abcdef8.cloudfront.localhost
	Config cloudfront.DistributionConfig `json:"config"`
	// OriginSecret is the secret access key with which edges sign requests to S3 origins
	// under an origin access control. Sealed (package sealed) for the name
	// DistributionAccessKeyID(ID), which is the access key id.
	OriginSecret []byte `json:"originSecret"`
}

// OriginAccessIdentity is a legacy origin access identity. Secret is its secret access key,
// sealed for the name OriginAccessIdentityAccessKeyID(ID), which is the access key id.
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
	ID      string `json:"id"`
	Address string `json:"address"`
	POP     string `json:"pop"`
	Version string `json:"version"`
	Applied int64  `json:"applied"` // mod revision of the newest config/ event served
	// MaxAge is how long the edge admits viewers to what is restricted without news of the
	// configuration; 0 for ever.
	MaxAge   time.Duration `json:"maxAge,omitempty"`
	Revision int64         `json:"-"`
}

// Member is what is kept of an edge when its lease has run out: it may go on admitting what was
// taken away since. The edge writes it when it registers, control notes when it left. Its
// Applied is a revision that the edge served at least; its Revision is that of the member's key.
type Member struct {
	Edge
	Left *time.Time `json:"left,omitempty"` // nil: live, or nobody has noted it yet
}

// Until is when an edge that left stops admitting viewers to what is restricted, unless it
// returns; nil when that is not known: never, or nobody has noted when it left.
func (m *Member) Until() *time.Time {
	if m.Left == nil || m.MaxAge <= 0 {
		return nil
	}
	until := m.Left.Add(m.MaxAge)
	return &until
}

// Passed reports whether an edge that left has stopped admitting viewers.
func (m *Member) Passed(now time.Time) bool {
	until := m.Until()
	return until != nil && now.After(*until)
}

// DistributionAccessKeyID is the S3 access key id under which the distribution's origin
// requests are signed when an origin access control says so.
func DistributionAccessKeyID(distributionID string) string { return "WFOAC" + distributionID }

// OriginAccessIdentityAccessKeyID is the S3 access key id under which origin requests are
// signed on behalf of a legacy origin access identity.
func OriginAccessIdentityAccessKeyID(id string) string { return "WFOAI" + id }

// newRecord makes an empty record of a kind, or nil for a kind this version does not know.
func newRecord(kind Kind) Record {
	switch kind {
	case KindDistribution:
		return new(Distribution)
	case KindOriginAccessIdentity:
		return new(OriginAccessIdentity)
	case KindOriginAccessControl:
		return new(OriginAccessControl)
	case KindPublicKey:
		return new(PublicKey)
	case KindKeyGroup:
		return new(KeyGroup)
	case KindKeyPair:
		return new(KeyPair)
	case KindInvalidation:
		return new(Invalidation)
	case KindRevocation:
		return new(Revocation)
	case KindCachePolicy:
		return new(CachePolicy)
	case KindOriginRequestPolicy:
		return new(OriginRequestPolicy)
	case KindResponseHeadersPolicy:
		return new(ResponseHeadersPolicy)
	}
	return nil
}

// Kind is KindDistribution.
func (*Distribution) Kind() Kind { return KindDistribution }

// Key is where the record is kept.
func (d *Distribution) Key() Key { return RecordKey(KindDistribution, d.ID) }

// Kind is KindOriginAccessIdentity.
func (*OriginAccessIdentity) Kind() Kind { return KindOriginAccessIdentity }

// Key is where the record is kept.
func (o *OriginAccessIdentity) Key() Key { return RecordKey(KindOriginAccessIdentity, o.ID) }

// Kind is KindOriginAccessControl.
func (*OriginAccessControl) Kind() Kind { return KindOriginAccessControl }

// Key is where the record is kept.
func (o *OriginAccessControl) Key() Key { return RecordKey(KindOriginAccessControl, o.ID) }

// Kind is KindPublicKey.
func (*PublicKey) Kind() Kind { return KindPublicKey }

// Key is where the record is kept.
func (k *PublicKey) Key() Key { return RecordKey(KindPublicKey, k.ID) }

// Kind is KindKeyGroup.
func (*KeyGroup) Kind() Kind { return KindKeyGroup }

// Key is where the record is kept.
func (g *KeyGroup) Key() Key { return RecordKey(KindKeyGroup, g.ID) }

// Kind is KindKeyPair.
func (*KeyPair) Kind() Kind { return KindKeyPair }

// Key is where the record is kept.
func (k *KeyPair) Key() Key { return RecordKey(KindKeyPair, k.ID) }

// Kind is KindInvalidation.
func (*Invalidation) Kind() Kind { return KindInvalidation }

// Key is where the record is kept.
func (i *Invalidation) Key() Key { return RecordKey(KindInvalidation, i.RecordID()) }

// RecordID is "<distribution>/<id>".
func (i *Invalidation) RecordID() string { return i.DistributionID + "/" + i.ID }

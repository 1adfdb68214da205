package snapshot

import (
	"fmt"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// Identity is who an edge is to the S3 store when it signs an origin request: an origin
// access identity, or a distribution under an origin access control. Exactly one of
// OriginAccessIdentityID and DistributionID is set.
type Identity struct {
	AccessKeyID string
	Secret      string
	ARN         string // as bucket policies name it (aws:SourceArn for a distribution)

	OriginAccessIdentityID string
	CanonicalID            string
	DistributionID         string

	revision int64 // of an origin access identity's record
}

// ByAccessKey returns the identity that signs with an access key id, nil when there is none or
// it is void: its distribution is disabled, or it was deleted.
func (s *Snapshot) ByAccessKey(id string) *Identity { return s.identities[id] }

// OriginAccessIdentity returns an origin access identity by its id, nil when there is none.
func (s *Snapshot) OriginAccessIdentity(id string) *Identity { return s.originAccess[id] }

// OriginAccessIdentityByCanonicalID returns an origin access identity by its S3 canonical user
// id, nil when there is none.
func (s *Snapshot) OriginAccessIdentityByCanonicalID(id string) *Identity { return s.canonical[id] }

// originAccessIdentities compiles all of them, reusing those of prev that did not change.
func (c *compiler) originAccessIdentities() {
	for id, r := range c.cfg.OriginAccessIdentities {
		i := c.prev.originAccess[id]
		if i == nil || i.revision != r.Revision {
			secret, err := c.o.Open(r.Secret, state.OriginAccessIdentityAccessKeyID(id))
			if err != nil {
				c.fail(fmt.Errorf("origin access identity %s: open its secret: %w", id, err))
				continue
			}
			i = &Identity{
				AccessKeyID:            state.OriginAccessIdentityAccessKeyID(id),
				Secret:                 string(secret),
				ARN:                    cloudfront.OriginAccessIdentityARN(id),
				OriginAccessIdentityID: id,
				CanonicalID:            r.CanonicalID,
				revision:               r.Revision,
			}
		}
		c.out.originAccess[id] = i
		c.out.canonical[i.CanonicalID] = i
		c.out.identities[i.AccessKeyID] = i
	}
}

// identify gives an enabled distribution its own identity at the S3 store.
func (c *compiler) identify(r *state.Distribution) (*Identity, error) {
	if !r.Config.Enabled || len(r.OriginSecret) == 0 {
		return nil, nil
	}
	secret, err := c.originSecret(r)
	if err != nil {
		return nil, err
	}
	return &Identity{
		AccessKeyID:    state.DistributionAccessKeyID(r.ID),
		Secret:         secret,
		ARN:            cloudfront.DistributionARN(c.o.AccountID, r.ID),
		DistributionID: r.ID,
	}, nil
}

func (c *compiler) originSecret(r *state.Distribution) (string, error) {
	secret, err := c.o.Open(r.OriginSecret, state.DistributionAccessKeyID(r.ID))
	if err != nil {
		return "", fmt.Errorf("open the origin secret: %w", err)
	}
	return string(secret), nil
}

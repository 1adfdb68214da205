package control

import (
	"context"
	"errors"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// CreateOriginAccessIdentity makes a legacy origin access identity. The same caller reference
// with the same content gives the identity made before.
func (c *Control) CreateOriginAccessIdentity(ctx context.Context, cfg *cloudfront.CloudFrontOriginAccessIdentityConfig) (*cloudfront.CloudFrontOriginAccessIdentity, string, error) {
	if err := cloudfront.ValidateOriginAccessIdentity(cfg); err != nil {
		return nil, "", err
	}
	if err := c.quota(ctx, state.KindOriginAccessIdentity, 100, "TooManyCloudFrontOriginAccessIdentities"); err != nil {
		return nil, "", err
	}
	o := &state.OriginAccessIdentity{
		Meta:        c.newMeta(cloudfront.NewOriginAccessIdentityID(c.o.Rand)),
		CanonicalID: cloudfront.NewCanonicalUserID(c.o.Rand), Config: *cfg,
	}
	var err error
	if o.Secret, err = c.secret(state.OriginAccessIdentityAccessKeyID(o.ID)); err != nil {
		return nil, "", err
	}
	var txn state.Txn
	txn.Claim(state.CallerReferenceKey(string(state.KindOriginAccessIdentity), cfg.CallerReference), o.ID)
	txn.Create(o)
	o.Revision, err = c.commit(ctx, &txn, o, state.Created)
	if conflict, ok := errors.AsType[*takenError](err); ok {
		return c.repeatedIdentity(ctx, conflict.holder, cfg)
	}
	if err != nil {
		return nil, "", err
	}
	return showIdentity(o), state.ETag(o.Revision), nil
}

// repeatedIdentity answers a caller reference that was used before. A comment changed since
// does not make the original request another one, but it cannot be told apart either.
func (c *Control) repeatedIdentity(ctx context.Context, id string, cfg *cloudfront.CloudFrontOriginAccessIdentityConfig) (*cloudfront.CloudFrontOriginAccessIdentity, string, error) {
	known, etag, err := c.OriginAccessIdentity(ctx, id)
	if err == nil && *known.CloudFrontOriginAccessIdentityConfig != *cfg {
		return nil, "", taken(state.KindOriginAccessIdentity, id)
	}
	return known, etag, err
}

// OriginAccessIdentity answers with an identity and its ETag.
func (c *Control) OriginAccessIdentity(ctx context.Context, id string) (*cloudfront.CloudFrontOriginAccessIdentity, string, error) {
	o := &state.OriginAccessIdentity{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, o); err != nil {
		return nil, "", err
	}
	return showIdentity(o), state.ETag(o.Revision), nil
}

// UpdateOriginAccessIdentity replaces the comment; the caller reference cannot change.
func (c *Control) UpdateOriginAccessIdentity(ctx context.Context, id, ifMatch string, cfg *cloudfront.CloudFrontOriginAccessIdentityConfig) (*cloudfront.CloudFrontOriginAccessIdentity, string, error) {
	o := &state.OriginAccessIdentity{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, o, ifMatch); err != nil {
		return nil, "", err
	}
	if err := cloudfront.ValidateOriginAccessIdentity(cfg); err != nil {
		return nil, "", err
	}
	if cfg.CallerReference != o.Config.CallerReference {
		return nil, "", illegalUpdate("CallerReference")
	}
	o.Config, o.Modified = *cfg, c.now()
	var txn state.Txn
	txn.Update(o)
	var err error
	if o.Revision, err = c.commit(ctx, &txn, o, state.Updated); err != nil {
		return nil, "", err
	}
	return showIdentity(o), state.ETag(o.Revision), nil
}

// DeleteOriginAccessIdentity removes an identity that no distribution names.
func (c *Control) DeleteOriginAccessIdentity(ctx context.Context, id, ifMatch string) error {
	o := &state.OriginAccessIdentity{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, o, ifMatch); err != nil {
		return err
	}
	var txn state.Txn
	txn.Delete(o)
	txn.RequireUnused(state.KindOriginAccessIdentity, id)
	txn.Remove(state.CallerReferenceKey(string(state.KindOriginAccessIdentity), o.Config.CallerReference))
	_, err := c.commit(ctx, &txn, o, state.Removed)
	return err
}

// OriginAccessIdentities lists identities by id.
func (c *Control) OriginAccessIdentities(ctx context.Context, marker string, max int) ([]cloudfront.CloudFrontOriginAccessIdentitySummary, bool, error) {
	records, more, err := page[state.OriginAccessIdentity](ctx, c, marker, max)
	if err != nil {
		return nil, false, err
	}
	items := make([]cloudfront.CloudFrontOriginAccessIdentitySummary, len(records))
	for i, o := range records {
		items[i] = showIdentity(o).Summary()
	}
	return items, more, nil
}

func showIdentity(o *state.OriginAccessIdentity) *cloudfront.CloudFrontOriginAccessIdentity {
	return &cloudfront.CloudFrontOriginAccessIdentity{
		Id: o.ID, S3CanonicalUserId: o.CanonicalID, CloudFrontOriginAccessIdentityConfig: &o.Config,
	}
}

package control

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// CreatePublicKey keeps a public key. Its name and its caller reference must both be free.
func (c *Control) CreatePublicKey(ctx context.Context, cfg *cloudfront.PublicKeyConfig) (*cloudfront.PublicKey, string, error) {
	if err := cloudfront.ValidatePublicKey(cfg); err != nil {
		return nil, "", err
	}
	if err := c.quota(ctx, state.KindPublicKey, 10, "TooManyPublicKeys"); err != nil {
		return nil, "", err
	}
	k := &state.PublicKey{Meta: c.newMeta(cloudfront.NewPublicKeyID(c.o.Rand)), Config: *cfg}
	var txn state.Txn
	txn.Claim(state.CallerReferenceKey(string(state.KindPublicKey), cfg.CallerReference), k.ID)
	txn.Claim(state.NameKey(state.KindPublicKey, cfg.Name), k.ID)
	txn.Create(k)
	var err error
	if k.Revision, err = c.commit(ctx, &txn, k, state.Created); err != nil {
		return nil, "", err
	}
	return showPublicKey(k), state.ETag(k.Revision), nil
}

// PublicKey answers with a public key and its ETag.
func (c *Control) PublicKey(ctx context.Context, id string) (*cloudfront.PublicKey, string, error) {
	k := &state.PublicKey{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, k); err != nil {
		return nil, "", err
	}
	return showPublicKey(k), state.ETag(k.Revision), nil
}

// UpdatePublicKey replaces the comment; nothing else of a public key can change.
func (c *Control) UpdatePublicKey(ctx context.Context, id, ifMatch string, cfg *cloudfront.PublicKeyConfig) (*cloudfront.PublicKey, string, error) {
	k := &state.PublicKey{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, k, ifMatch); err != nil {
		return nil, "", err
	}
	if err := cloudfront.ValidatePublicKey(cfg); err != nil {
		return nil, "", err
	}
	if old := k.Config; cfg.CallerReference != old.CallerReference || cfg.Name != old.Name || cfg.EncodedKey != old.EncodedKey {
		return nil, "", cloudfront.Errorf("CannotChangeImmutablePublicKeyFields", "You can't change the value of a public key: only its comment can change.")
	}
	k.Config, k.Modified = *cfg, c.now()
	var txn state.Txn
	txn.Update(k)
	var err error
	if k.Revision, err = c.commit(ctx, &txn, k, state.Updated); err != nil {
		return nil, "", err
	}
	return showPublicKey(k), state.ETag(k.Revision), nil
}

// DeletePublicKey removes a public key that is in no key group.
func (c *Control) DeletePublicKey(ctx context.Context, id, ifMatch string) error {
	k := &state.PublicKey{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, k, ifMatch); err != nil {
		return err
	}
	var txn state.Txn
	txn.Delete(k)
	txn.RequireUnused(state.KindPublicKey, id)
	txn.Remove(state.CallerReferenceKey(string(state.KindPublicKey), k.Config.CallerReference))
	txn.Remove(state.NameKey(state.KindPublicKey, k.Config.Name))
	_, err := c.commit(ctx, &txn, k, state.Removed)
	return err
}

// PublicKeys lists public keys by id.
func (c *Control) PublicKeys(ctx context.Context, marker string, max int) ([]cloudfront.PublicKeySummary, bool, error) {
	records, more, err := page[state.PublicKey](ctx, c, marker, max)
	if err != nil {
		return nil, false, err
	}
	items := make([]cloudfront.PublicKeySummary, len(records))
	for i, k := range records {
		items[i] = showPublicKey(k).Summary()
	}
	return items, more, nil
}

func showPublicKey(k *state.PublicKey) *cloudfront.PublicKey {
	return &cloudfront.PublicKey{Id: k.ID, CreatedTime: cloudfront.Time{Time: k.Created}, PublicKeyConfig: k.Config}
}

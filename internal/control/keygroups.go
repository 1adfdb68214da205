package control

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// CreateKeyGroup makes a key group of public keys that exist, under a name of its own.
func (c *Control) CreateKeyGroup(ctx context.Context, cfg *cloudfront.KeyGroupConfig) (*cloudfront.KeyGroup, string, error) {
	if err := cloudfront.ValidateKeyGroup(cfg, c.limits); err != nil {
		return nil, "", err
	}
	if err := c.quota(ctx, state.KindKeyGroup, 10, "TooManyKeyGroups"); err != nil {
		return nil, "", err
	}
	g := &state.KeyGroup{Meta: c.newMeta(cloudfront.NewUUID(c.o.Rand)), Config: *cfg}
	var txn state.Txn
	txn.Claim(state.NameKey(state.KindKeyGroup, cfg.Name), g.ID)
	refer(&txn, g.ID, nil, keyReferences(cfg))
	txn.Create(g)
	var err error
	if g.Revision, err = c.commit(ctx, &txn, g, state.Created); err != nil {
		return nil, "", err
	}
	return showKeyGroup(g), state.ETag(g.Revision), nil
}

// KeyGroup answers with a key group and its ETag.
func (c *Control) KeyGroup(ctx context.Context, id string) (*cloudfront.KeyGroup, string, error) {
	g := &state.KeyGroup{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, g); err != nil {
		return nil, "", err
	}
	return showKeyGroup(g), state.ETag(g.Revision), nil
}

// UpdateKeyGroup replaces the keys, the comment and the name. When it removes a key it waits up
// to Options.Hold for the live edges.
func (c *Control) UpdateKeyGroup(ctx context.Context, id, ifMatch string, cfg *cloudfront.KeyGroupConfig) (*cloudfront.KeyGroup, string, error) {
	g := &state.KeyGroup{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, g, ifMatch); err != nil {
		return nil, "", err
	}
	if err := cloudfront.ValidateKeyGroup(cfg, c.limits); err != nil {
		return nil, "", err
	}
	var txn state.Txn
	rename(&txn, g, g.Config.Name, cfg.Name)
	refer(&txn, id, keyReferences(&g.Config), keyReferences(cfg))
	commit := c.commit
	if removesAny(g.Config.Items, cfg.Items) {
		commit = c.takeAway
	}
	g.Config, g.Modified = *cfg, c.now()
	txn.Update(g)
	var err error
	if g.Revision, err = commit(ctx, &txn, g, state.Updated); err != nil {
		return nil, "", err
	}
	return showKeyGroup(g), state.ETag(g.Revision), nil
}

// DeleteKeyGroup removes a key group that no behavior trusts.
func (c *Control) DeleteKeyGroup(ctx context.Context, id, ifMatch string) error {
	g := &state.KeyGroup{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, g, ifMatch); err != nil {
		return err
	}
	var txn state.Txn
	txn.Delete(g)
	txn.RequireUnused(state.KindKeyGroup, id)
	txn.Remove(state.NameKey(state.KindKeyGroup, g.Config.Name))
	refer(&txn, id, keyReferences(&g.Config), nil)
	_, err := c.commit(ctx, &txn, g, state.Removed)
	return err
}

// KeyGroups lists key groups by id.
func (c *Control) KeyGroups(ctx context.Context, marker string, max int) ([]cloudfront.KeyGroupSummary, bool, error) {
	records, more, err := page[state.KeyGroup](ctx, c, marker, max)
	if err != nil {
		return nil, false, err
	}
	items := make([]cloudfront.KeyGroupSummary, len(records))
	for i, g := range records {
		items[i] = showKeyGroup(g).Summary()
	}
	return items, more, nil
}

func showKeyGroup(g *state.KeyGroup) *cloudfront.KeyGroup {
	return &cloudfront.KeyGroup{Id: g.ID, LastModifiedTime: cloudfront.Time{Time: g.Modified}, KeyGroupConfig: g.Config}
}

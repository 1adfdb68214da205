package control

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// CreateOriginAccessControl makes an origin access control under a name of its own.
func (c *Control) CreateOriginAccessControl(ctx context.Context, cfg *cloudfront.OriginAccessControlConfig) (*cloudfront.OriginAccessControl, string, error) {
	if err := cloudfront.ValidateOriginAccessControl(cfg); err != nil {
		return nil, "", err
	}
	if err := c.quota(ctx, state.KindOriginAccessControl, 100, "TooManyOriginAccessControls"); err != nil {
		return nil, "", err
	}
	o := &state.OriginAccessControl{Meta: c.newMeta(cloudfront.NewOriginAccessControlID(c.o.Rand)), Config: *cfg}
	var txn state.Txn
	txn.Claim(state.NameKey(state.KindOriginAccessControl, cfg.Name), o.ID)
	txn.Create(o)
	var err error
	if o.Revision, err = c.commit(ctx, &txn, o, state.Created); err != nil {
		return nil, "", err
	}
	return showAccessControl(o), state.ETag(o.Revision), nil
}

// OriginAccessControl answers with an origin access control and its ETag.
func (c *Control) OriginAccessControl(ctx context.Context, id string) (*cloudfront.OriginAccessControl, string, error) {
	o := &state.OriginAccessControl{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, o); err != nil {
		return nil, "", err
	}
	return showAccessControl(o), state.ETag(o.Revision), nil
}

// UpdateOriginAccessControl replaces the configuration; the name may change to a free one.
func (c *Control) UpdateOriginAccessControl(ctx context.Context, id, ifMatch string, cfg *cloudfront.OriginAccessControlConfig) (*cloudfront.OriginAccessControl, string, error) {
	o := &state.OriginAccessControl{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, o, ifMatch); err != nil {
		return nil, "", err
	}
	if err := cloudfront.ValidateOriginAccessControl(cfg); err != nil {
		return nil, "", err
	}
	var txn state.Txn
	rename(&txn, o, o.Config.Name, cfg.Name)
	o.Config, o.Modified = *cfg, c.now()
	txn.Update(o)
	var err error
	if o.Revision, err = c.commit(ctx, &txn, o, state.Updated); err != nil {
		return nil, "", err
	}
	return showAccessControl(o), state.ETag(o.Revision), nil
}

// DeleteOriginAccessControl removes an origin access control that no distribution names.
func (c *Control) DeleteOriginAccessControl(ctx context.Context, id, ifMatch string) error {
	o := &state.OriginAccessControl{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, o, ifMatch); err != nil {
		return err
	}
	var txn state.Txn
	txn.Delete(o)
	txn.RequireUnused(state.KindOriginAccessControl, id)
	txn.Remove(state.NameKey(state.KindOriginAccessControl, o.Config.Name))
	_, err := c.commit(ctx, &txn, o, state.Removed)
	return err
}

// OriginAccessControls lists origin access controls by id.
func (c *Control) OriginAccessControls(ctx context.Context, marker string, max int) ([]cloudfront.OriginAccessControlSummary, bool, error) {
	records, more, err := page[state.OriginAccessControl](ctx, c, marker, max)
	if err != nil {
		return nil, false, err
	}
	items := make([]cloudfront.OriginAccessControlSummary, len(records))
	for i, o := range records {
		items[i] = showAccessControl(o).Summary()
	}
	return items, more, nil
}

func showAccessControl(o *state.OriginAccessControl) *cloudfront.OriginAccessControl {
	return &cloudfront.OriginAccessControl{Id: o.ID, OriginAccessControlConfig: &o.Config}
}

// rename moves the claim on a record's name, if the name changes.
func rename(txn *state.Txn, r state.Record, before, now string) {
	if before != now {
		txn.Claim(state.NameKey(r.Kind(), now), r.RecordID())
		txn.Remove(state.NameKey(r.Kind(), before))
	}
}

package control

import (
	"context"
	"errors"
	"slices"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// self is the name of the account itself among trusted signers.
const self = "self"

// checkSigners demands that every trusted signer is this account: its are the only key pairs
// known here.
func (c *Control) checkSigners(cfg *cloudfront.DistributionConfig) error {
	for _, b := range cfg.Behaviors() {
		if b.TrustedSigners == nil {
			continue
		}
		for _, account := range b.TrustedSigners.Items {
			if account != self && account != c.o.AccountID {
				return cloudfront.Errorf("TrustedSignerDoesNotExist", "One or more of your trusted signers don't exist: %q.", account)
			}
		}
	}
	return nil
}

// activeSigners lists the trusted signers of all behaviors with the key pairs that are active
// now (API reference, ActiveTrustedSigners).
func (c *Control) activeSigners(ctx context.Context, cfg *cloudfront.DistributionConfig) (*cloudfront.ActiveTrustedSigners, error) {
	var accounts []string
	for _, b := range cfg.Behaviors() {
		if s := b.TrustedSigners; s != nil && s.Enabled {
			accounts = append(accounts, s.Items...)
		}
	}
	slices.Sort(accounts)
	accounts = slices.Compact(accounts)
	out := &cloudfront.ActiveTrustedSigners{Enabled: len(accounts) > 0, Quantity: int64(len(accounts))}
	if len(accounts) == 0 {
		return out, nil
	}
	pairs, _, err := state.List[state.KeyPair](ctx, c.store, "", state.Page{})
	if err != nil {
		return nil, c.unavailable(err)
	}
	var ids []string
	for _, p := range pairs {
		if p.Active {
			ids = append(ids, p.ID)
		}
	}
	for _, a := range accounts {
		out.Items = append(out.Items, cloudfront.Signer{AwsAccountNumber: &a, KeyPairIds: keyPairIDs(ids)})
	}
	return out, nil
}

// activeKeyGroups lists the trusted key groups of all behaviors with their public keys.
func (c *Control) activeKeyGroups(ctx context.Context, cfg *cloudfront.DistributionConfig) (*cloudfront.ActiveTrustedKeyGroups, error) {
	var groups []string
	for _, b := range cfg.Behaviors() {
		if g := b.TrustedKeyGroups; g != nil && g.Enabled {
			groups = append(groups, g.Items...)
		}
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	out := &cloudfront.ActiveTrustedKeyGroups{Enabled: len(groups) > 0, Quantity: int64(len(groups))}
	for _, id := range groups {
		g := &state.KeyGroup{Meta: state.Meta{ID: id}}
		if err := c.store.Read(ctx, g); err != nil && !errors.Is(err, state.ErrNotFound) {
			return nil, c.unavailable(err)
		}
		out.Items = append(out.Items, cloudfront.KGKeyPairIds{KeyGroupId: &id, KeyPairIds: keyPairIDs(g.Config.Items)})
	}
	return out, nil
}

func keyPairIDs(ids []string) *cloudfront.KeyPairIds {
	return &cloudfront.KeyPairIds{Quantity: int64(len(ids)), Items: ids}
}

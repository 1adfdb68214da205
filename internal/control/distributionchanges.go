package control

import (
	"context"
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// CreateDistribution makes a distribution with an id, a domain name and a secret of its own.
// The same caller reference twice is DistributionAlreadyExists, even with the same content.
func (c *Control) CreateDistribution(ctx context.Context, cfg *cloudfront.DistributionConfig, tags []cloudfront.Tag) (*cloudfront.Distribution, string, error) {
	refs, err := c.judge(ctx, "", cfg)
	if err != nil {
		return nil, "", err
	}
	if err := cloudfront.ValidateTags(tags); err != nil {
		return nil, "", err
	}
	if err := c.quota(ctx, state.KindDistribution, 500, "TooManyDistributions"); err != nil {
		return nil, "", err
	}
	d := &state.Distribution{Meta: c.newMeta(cloudfront.NewDistributionID(c.o.Rand)), Config: *cfg}
	d.Domain = cloudfront.NewDomainLabel(c.o.Rand) + "." + c.o.DomainSuffix
	if d.OriginSecret, err = c.secret(state.DistributionAccessKeyID(d.ID)); err != nil {
		return nil, "", err
	}
	var txn state.Txn
	txn.Claim(state.CallerReferenceKey(string(state.KindDistribution), cfg.CallerReference), d.ID)
	txn.Claim(state.AliasKey(d.Domain), d.ID) // so that no alias can ever take it
	claimAliases(&txn, d.ID, nil, cfg.Aliases.Items)
	refer(&txn, d.ID, nil, refs)
	txn.Create(d)
	if len(tags) > 0 {
		txn.Put(state.TagsKey(cloudfront.DistributionARN(c.o.AccountID, d.ID)), tags)
	}
	if d.Revision, err = c.commit(ctx, &txn, d, state.Created); err != nil {
		return nil, "", err
	}
	return c.showDistribution(ctx, d, inProgress)
}

// UpdateDistribution replaces a distribution's configuration. What the new one leaves out
// falls back to defaults. When it may take access away it waits up to Options.Hold for the live
// edges.
func (c *Control) UpdateDistribution(ctx context.Context, id, ifMatch string, cfg *cloudfront.DistributionConfig) (*cloudfront.Distribution, string, error) {
	d := &state.Distribution{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, d, ifMatch); err != nil {
		return nil, "", err
	}
	refs, err := c.judge(ctx, id, cfg)
	if err != nil {
		return nil, "", err
	}
	if cfg.CallerReference != d.Config.CallerReference {
		return nil, "", illegalUpdate("CallerReference")
	}
	commit := c.commit
	if narrows(&d.Config, cfg) {
		commit = c.takeAway
	}
	var txn state.Txn
	claimAliases(&txn, id, d.Config.Aliases.Items, cfg.Aliases.Items)
	refer(&txn, id, references(&d.Config), refs)
	d.Config, d.Modified = *cfg, c.now()
	txn.Update(d)
	if d.Revision, err = commit(ctx, &txn, d, state.Updated); err != nil {
		return nil, "", err
	}
	return c.showDistribution(ctx, d, inProgress)
}

// DeleteDistribution removes a distribution that is disabled and deployed, with its
// invalidations and tags. It waits up to Options.Hold for edges to report.
func (c *Control) DeleteDistribution(ctx context.Context, id, ifMatch string) error {
	d := &state.Distribution{Meta: state.Meta{ID: id}}
	if err := c.readMatching(ctx, d, ifMatch); err != nil {
		return err
	}
	if d.Config.Enabled {
		return cloudfront.Errorf("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
	}
	if !c.fleet.await(ctx, d.Revision, c.o.Hold) {
		return cloudfront.Errorf("DistributionNotDisabled", "The distribution you are trying to delete is disabled but its status is still InProgress.")
	}
	var txn state.Txn
	txn.Delete(d)
	txn.Remove(state.CallerReferenceKey(string(state.KindDistribution), d.Config.CallerReference))
	txn.Remove(state.AliasKey(d.Domain))
	claimAliases(&txn, id, d.Config.Aliases.Items, nil)
	refer(&txn, id, references(&d.Config), nil)
	txn.Remove(state.TagsKey(cloudfront.DistributionARN(c.o.AccountID, id)))
	txn.RemoveAll(state.RecordKey(state.KindInvalidation, id+"/"))
	txn.RemoveAll(state.CallerReferenceKey(invalidationScope(id), ""))
	_, err := c.takeAway(ctx, &txn, d, state.Removed)
	return err
}

// judge completes and validates the configuration of the distribution id, "" for a new one, and
// returns what it names.
func (c *Control) judge(ctx context.Context, id string, cfg *cloudfront.DistributionConfig) (map[reference]bool, error) {
	cloudfront.SetDefaults(cfg)
	if err := cloudfront.Validate(cfg, c.limits); err != nil {
		return nil, err
	}
	if err := cloudfront.Unsupported(cfg); err != nil {
		return nil, err
	}
	for _, a := range cfg.Aliases.Items {
		if name := strings.ToLower(a); strings.HasSuffix(name, "."+c.o.DomainSuffix) {
			return nil, cloudfront.Errorf("InvalidArgument", "The parameter CNAME contains %q, but names under %s are given by the service.", a, c.o.DomainSuffix)
		}
	}
	if err := c.checkSigners(cfg); err != nil {
		return nil, err
	}
	refs := references(cfg)
	return refs, c.checkPolicies(ctx, id, cfg, refs)
}

func illegalUpdate(field string) error {
	return cloudfront.Errorf("IllegalUpdate", "The update contains modifications that are not allowed: %s cannot be changed.", field)
}

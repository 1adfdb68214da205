package control

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// checkPolicies judges the policies that a distribution, id or "" for a new one, names: how
// many others use them, and cache policies beside the origins they are for. Whether they exist
// is decided by the commit.
func (c *Control) checkPolicies(ctx context.Context, id string, cfg *cloudfront.DistributionConfig, refs map[reference]bool) error {
	for r := range refs {
		if err := c.checkUsers(ctx, id, r); err != nil {
			return err
		}
	}
	for _, b := range cfg.Behaviors() {
		if b.CachePolicyId == nil || !servesS3(cfg, b.TargetOriginId) {
			continue
		}
		p := &state.CachePolicy{Meta: state.Meta{ID: *b.CachePolicyId}}
		switch err := c.store.Read(ctx, p); {
		case errors.Is(err, state.ErrNotFound):
		case err != nil:
			return c.unavailable(err)
		case keysHost(&p.Config):
			return hostForS3()
		}
	}
	return nil
}

// checkUsers applies AWS's quota of distributions that use one custom policy.
func (c *Control) checkUsers(ctx context.Context, id string, r reference) error {
	limit, code := c.limits.PolicyUsers, tooManyUsers(r.kind)
	if limit == 0 || code == "" || managed(r) {
		return nil
	}
	users, err := c.store.Users(ctx, r.kind, r.id)
	if err != nil {
		return c.unavailable(err)
	}
	if len(users) >= limit && !slices.Contains(users, id) {
		return cloudfront.Errorf(code, "The maximum of %d distributions is associated with the %s already.", limit, answersOf(r.kind).noun)
	}
	return nil
}

func tooManyUsers(kind state.Kind) string {
	switch kind {
	case state.KindCachePolicy:
		return "TooManyDistributionsAssociatedToCachePolicy"
	case state.KindOriginRequestPolicy:
		return "TooManyDistributionsAssociatedToOriginRequestPolicy"
	case state.KindResponseHeadersPolicy:
		return "TooManyDistributionsAssociatedToResponseHeadersPolicy"
	}
	return ""
}

// checkHost refuses to put the Host header into a cache policy that behaviors with an S3
// origin use: S3 knows no host but its own.
func (c *Control) checkHost(ctx context.Context, id string, cfg *cloudfront.CachePolicyConfig) error {
	if !keysHost(cfg) {
		return nil
	}
	users, err := c.store.Users(ctx, state.KindCachePolicy, id)
	if err != nil {
		return c.unavailable(err)
	}
	for _, user := range users {
		d := &state.Distribution{Meta: state.Meta{ID: user}}
		if err := c.store.Read(ctx, d); errors.Is(err, state.ErrNotFound) {
			continue
		} else if err != nil {
			return c.unavailable(err)
		}
		for _, b := range d.Config.Behaviors() {
			if b.CachePolicyId != nil && *b.CachePolicyId == id && servesS3(&d.Config, b.TargetOriginId) {
				return hostForS3()
			}
		}
	}
	return nil
}

func hostForS3() error {
	return cloudfront.Errorf("InvalidHeadersForS3Origin", "The headers specified are not valid for an Amazon S3 origin: the cache policy names Host.")
}

func keysHost(cfg *cloudfront.CachePolicyConfig) bool {
	p := cfg.ParametersInCacheKeyAndForwardedToOrigin
	return p != nil && p.HeadersConfig.Headers != nil &&
		slices.ContainsFunc(p.HeadersConfig.Headers.Items, func(h string) bool { return strings.EqualFold(h, "host") })
}

// servesS3 reports whether an origin, or a member of an origin group, is an S3 origin.
func servesS3(cfg *cloudfront.DistributionConfig, target string) bool {
	members := []string{target}
	if cfg.OriginGroups != nil {
		for _, g := range cfg.OriginGroups.Items {
			for _, m := range g.Members.Items {
				if g.Id == target {
					members = append(members, m.OriginId)
				}
			}
		}
	}
	return slices.ContainsFunc(cfg.Origins.Items, func(o cloudfront.Origin) bool {
		return o.S3OriginConfig != nil && slices.Contains(members, o.Id)
	})
}

package control

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// CreateCachePolicy makes a custom cache policy under a name of its own.
func (c *Control) CreateCachePolicy(ctx context.Context, cfg *cloudfront.CachePolicyConfig) (cloudfront.CachePolicy, string, error) {
	return cachePolicyLife().create(ctx, c, cfg)
}

// CachePolicy answers with a cache policy, custom or managed, and its ETag.
func (c *Control) CachePolicy(ctx context.Context, id string) (cloudfront.CachePolicy, string, error) {
	return cachePolicyLife().read(ctx, c, id)
}

// UpdateCachePolicy replaces a custom cache policy; the name may change to a free one.
func (c *Control) UpdateCachePolicy(ctx context.Context, id, ifMatch string, cfg *cloudfront.CachePolicyConfig) (cloudfront.CachePolicy, string, error) {
	return cachePolicyLife().update(ctx, c, id, ifMatch, cfg)
}

// DeleteCachePolicy removes a custom cache policy that no distribution uses.
func (c *Control) DeleteCachePolicy(ctx context.Context, id, ifMatch string) error {
	return cachePolicyLife().remove(ctx, c, id, ifMatch)
}

// CachePolicies lists the policies of a type, "managed", "custom" or "" for both, by id.
func (c *Control) CachePolicies(ctx context.Context, typ, marker string, max int) ([]cloudfront.CachePolicySummary, bool, error) {
	return cachePolicyLife().list(ctx, c, typ, marker, max)
}

// DistributionsByCachePolicy lists the ids of the distributions that use a cache policy.
func (c *Control) DistributionsByCachePolicy(ctx context.Context, id, marker string, max int) ([]string, bool, error) {
	if _, _, err := c.CachePolicy(ctx, id); err != nil {
		return nil, false, err
	}
	return c.users(ctx, state.KindCachePolicy, id, marker, max)
}

func cachePolicyLife() *policyLife[cloudfront.CachePolicyConfig, cloudfront.CachePolicy, cloudfront.CachePolicySummary, *state.CachePolicy] {
	return &policyLife[cloudfront.CachePolicyConfig, cloudfront.CachePolicy, cloudfront.CachePolicySummary, *state.CachePolicy]{
		kind: state.KindCachePolicy, tooMany: "TooManyCachePolicies",
		judge: func(c *cloudfront.CachePolicyConfig, l cloudfront.Limits) error {
			cloudfront.SetCachePolicyDefaults(c)
			return cloudfront.ValidateCachePolicy(c, l)
		},
		name: func(c *cloudfront.CachePolicyConfig) string { return c.Name },
		record: func(m state.Meta, c cloudfront.CachePolicyConfig) *state.CachePolicy {
			return &state.CachePolicy{Meta: m, Config: c}
		},
		parts: func(r *state.CachePolicy) (*state.Meta, *cloudfront.CachePolicyConfig) { return &r.Meta, &r.Config },
		page:  page[state.CachePolicy],
		show: func(m state.Meta, c cloudfront.CachePolicyConfig) cloudfront.CachePolicy {
			return cloudfront.CachePolicy{Id: m.ID, LastModifiedTime: cloudfront.Time{Time: m.Modified}, CachePolicyConfig: c}
		},
		listed: func(p cloudfront.CachePolicy, managed bool) cloudfront.CachePolicySummary {
			s := cloudfront.CachePolicySummary{Type: cloudfront.CachePolicyTypeCustom, CachePolicy: p}
			if managed {
				s.Type = cloudfront.CachePolicyTypeManaged
			}
			return s
		},
		fits:    (*Control).checkHost,
		managed: cloudfront.ManagedCachePolicies,
		id:      func(p cloudfront.CachePolicy) string { return p.Id },
		config:  func(p cloudfront.CachePolicy) cloudfront.CachePolicyConfig { return p.CachePolicyConfig },
	}
}

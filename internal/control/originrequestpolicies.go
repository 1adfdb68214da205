package control

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// CreateOriginRequestPolicy makes a custom origin request policy under a name of its own.
func (c *Control) CreateOriginRequestPolicy(ctx context.Context, cfg *cloudfront.OriginRequestPolicyConfig) (cloudfront.OriginRequestPolicy, string, error) {
	return originRequestPolicyLife().create(ctx, c, cfg)
}

// OriginRequestPolicy answers with an origin request policy, custom or managed, and its ETag.
func (c *Control) OriginRequestPolicy(ctx context.Context, id string) (cloudfront.OriginRequestPolicy, string, error) {
	return originRequestPolicyLife().read(ctx, c, id)
}

// UpdateOriginRequestPolicy replaces a custom origin request policy; the name may change to a free one.
func (c *Control) UpdateOriginRequestPolicy(ctx context.Context, id, ifMatch string, cfg *cloudfront.OriginRequestPolicyConfig) (cloudfront.OriginRequestPolicy, string, error) {
	return originRequestPolicyLife().update(ctx, c, id, ifMatch, cfg)
}

// DeleteOriginRequestPolicy removes a custom origin request policy that no distribution uses.
func (c *Control) DeleteOriginRequestPolicy(ctx context.Context, id, ifMatch string) error {
	return originRequestPolicyLife().remove(ctx, c, id, ifMatch)
}

// OriginRequestPolicies lists the policies of a type, "managed", "custom" or "" for both, by id.
func (c *Control) OriginRequestPolicies(ctx context.Context, typ, marker string, max int) ([]cloudfront.OriginRequestPolicySummary, bool, error) {
	return originRequestPolicyLife().list(ctx, c, typ, marker, max)
}

// DistributionsByOriginRequestPolicy lists the ids of the distributions that use an origin request policy.
func (c *Control) DistributionsByOriginRequestPolicy(ctx context.Context, id, marker string, max int) ([]string, bool, error) {
	if _, _, err := c.OriginRequestPolicy(ctx, id); err != nil {
		return nil, false, err
	}
	return c.users(ctx, state.KindOriginRequestPolicy, id, marker, max)
}

func originRequestPolicyLife() *policyLife[cloudfront.OriginRequestPolicyConfig, cloudfront.OriginRequestPolicy, cloudfront.OriginRequestPolicySummary, *state.OriginRequestPolicy] {
	return &policyLife[cloudfront.OriginRequestPolicyConfig, cloudfront.OriginRequestPolicy, cloudfront.OriginRequestPolicySummary, *state.OriginRequestPolicy]{
		kind: state.KindOriginRequestPolicy, tooMany: "TooManyOriginRequestPolicies",
		judge: func(c *cloudfront.OriginRequestPolicyConfig, l cloudfront.Limits) error {
			cloudfront.SetOriginRequestPolicyDefaults(c)
			return cloudfront.ValidateOriginRequestPolicy(c, l)
		},
		name: func(c *cloudfront.OriginRequestPolicyConfig) string { return c.Name },
		record: func(m state.Meta, c cloudfront.OriginRequestPolicyConfig) *state.OriginRequestPolicy {
			return &state.OriginRequestPolicy{Meta: m, Config: c}
		},
		parts: func(r *state.OriginRequestPolicy) (*state.Meta, *cloudfront.OriginRequestPolicyConfig) {
			return &r.Meta, &r.Config
		},
		page: page[state.OriginRequestPolicy],
		show: func(m state.Meta, c cloudfront.OriginRequestPolicyConfig) cloudfront.OriginRequestPolicy {
			return cloudfront.OriginRequestPolicy{Id: m.ID, LastModifiedTime: cloudfront.Time{Time: m.Modified}, OriginRequestPolicyConfig: c}
		},
		listed: func(p cloudfront.OriginRequestPolicy, managed bool) cloudfront.OriginRequestPolicySummary {
			s := cloudfront.OriginRequestPolicySummary{Type: cloudfront.OriginRequestPolicyTypeCustom, OriginRequestPolicy: p}
			if managed {
				s.Type = cloudfront.OriginRequestPolicyTypeManaged
			}
			return s
		},
		managed: cloudfront.ManagedOriginRequestPolicies,
		id:      func(p cloudfront.OriginRequestPolicy) string { return p.Id },
		config: func(p cloudfront.OriginRequestPolicy) cloudfront.OriginRequestPolicyConfig {
			return p.OriginRequestPolicyConfig
		},
	}
}

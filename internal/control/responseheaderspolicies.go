package control

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// CreateResponseHeadersPolicy makes a custom response headers policy under a name of its own.
func (c *Control) CreateResponseHeadersPolicy(ctx context.Context, cfg *cloudfront.ResponseHeadersPolicyConfig) (cloudfront.ResponseHeadersPolicy, string, error) {
	return responseHeadersPolicyLife().create(ctx, c, cfg)
}

// ResponseHeadersPolicy answers with a response headers policy, custom or managed, and its ETag.
func (c *Control) ResponseHeadersPolicy(ctx context.Context, id string) (cloudfront.ResponseHeadersPolicy, string, error) {
	return responseHeadersPolicyLife().read(ctx, c, id)
}

// UpdateResponseHeadersPolicy replaces a custom response headers policy; the name may change to a free one.
func (c *Control) UpdateResponseHeadersPolicy(ctx context.Context, id, ifMatch string, cfg *cloudfront.ResponseHeadersPolicyConfig) (cloudfront.ResponseHeadersPolicy, string, error) {
	return responseHeadersPolicyLife().update(ctx, c, id, ifMatch, cfg)
}

// DeleteResponseHeadersPolicy removes a custom response headers policy that no distribution uses.
func (c *Control) DeleteResponseHeadersPolicy(ctx context.Context, id, ifMatch string) error {
	return responseHeadersPolicyLife().remove(ctx, c, id, ifMatch)
}

// ResponseHeadersPolicies lists the policies of a type, "managed", "custom" or "" for both, by id.
func (c *Control) ResponseHeadersPolicies(ctx context.Context, typ, marker string, max int) ([]cloudfront.ResponseHeadersPolicySummary, bool, error) {
	return responseHeadersPolicyLife().list(ctx, c, typ, marker, max)
}

// DistributionsByResponseHeadersPolicy lists the ids of the distributions that use a response headers policy.
func (c *Control) DistributionsByResponseHeadersPolicy(ctx context.Context, id, marker string, max int) ([]string, bool, error) {
	if _, _, err := c.ResponseHeadersPolicy(ctx, id); err != nil {
		return nil, false, err
	}
	return c.users(ctx, state.KindResponseHeadersPolicy, id, marker, max)
}

func responseHeadersPolicyLife() *policyLife[cloudfront.ResponseHeadersPolicyConfig, cloudfront.ResponseHeadersPolicy, cloudfront.ResponseHeadersPolicySummary, *state.ResponseHeadersPolicy] {
	return &policyLife[cloudfront.ResponseHeadersPolicyConfig, cloudfront.ResponseHeadersPolicy, cloudfront.ResponseHeadersPolicySummary, *state.ResponseHeadersPolicy]{
		kind: state.KindResponseHeadersPolicy, tooMany: "TooManyResponseHeadersPolicies",
		judge: func(c *cloudfront.ResponseHeadersPolicyConfig, l cloudfront.Limits) error {
			cloudfront.SetResponseHeadersPolicyDefaults(c)
			return cloudfront.ValidateResponseHeadersPolicy(c, l)
		},
		name: func(c *cloudfront.ResponseHeadersPolicyConfig) string { return c.Name },
		record: func(m state.Meta, c cloudfront.ResponseHeadersPolicyConfig) *state.ResponseHeadersPolicy {
			return &state.ResponseHeadersPolicy{Meta: m, Config: c}
		},
		parts: func(r *state.ResponseHeadersPolicy) (*state.Meta, *cloudfront.ResponseHeadersPolicyConfig) {
			return &r.Meta, &r.Config
		},
		page: page[state.ResponseHeadersPolicy],
		show: func(m state.Meta, c cloudfront.ResponseHeadersPolicyConfig) cloudfront.ResponseHeadersPolicy {
			return cloudfront.ResponseHeadersPolicy{Id: m.ID, LastModifiedTime: cloudfront.Time{Time: m.Modified}, ResponseHeadersPolicyConfig: c}
		},
		listed: func(p cloudfront.ResponseHeadersPolicy, managed bool) cloudfront.ResponseHeadersPolicySummary {
			s := cloudfront.ResponseHeadersPolicySummary{Type: cloudfront.ResponseHeadersPolicyTypeCustom, ResponseHeadersPolicy: p}
			if managed {
				s.Type = cloudfront.ResponseHeadersPolicyTypeManaged
			}
			return s
		},
		managed: cloudfront.ManagedResponseHeadersPolicies,
		id:      func(p cloudfront.ResponseHeadersPolicy) string { return p.Id },
		config: func(p cloudfront.ResponseHeadersPolicy) cloudfront.ResponseHeadersPolicyConfig {
			return p.ResponseHeadersPolicyConfig
		},
	}
}

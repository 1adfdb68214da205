package control

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// policyCalls are the calls of one kind of policy with its types out of the way.
type policyCalls struct {
	code    string // as error codes spell the kind
	managed string
	create  func(ctx context.Context, name string) (id, etag string, err error)
	update  func(ctx context.Context, id, etag, name string) (string, error)
	read    func(ctx context.Context, id string) (name, etag string, err error)
	remove  func(ctx context.Context, id, etag string) error
	list    func(ctx context.Context, typ, marker string, max int) (ids []string, more bool, err error)
	users   func(ctx context.Context, id, marker string, max int) ([]string, bool, error)
	use     func(*cloudfront.DistributionConfig, string)
}

const optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"

func policyKinds(c *Control) []policyCalls {
	return []policyCalls{cachePolicyCalls(c), originRequestPolicyCalls(c), responseHeadersPolicyCalls(c)}
}

func cachePolicyCalls(c *Control) policyCalls {
	return policyCalls{
		code: "CachePolicy", managed: optimized,
		create: func(ctx context.Context, name string) (string, string, error) {
			p, etag, err := c.CreateCachePolicy(ctx, &cloudfront.CachePolicyConfig{Name: name})
			return p.Id, etag, err
		},
		update: func(ctx context.Context, id, etag, name string) (string, error) {
			_, etag, err := c.UpdateCachePolicy(ctx, id, etag, &cloudfront.CachePolicyConfig{Name: name})
			return etag, err
		},
		read: func(ctx context.Context, id string) (string, string, error) {
			p, etag, err := c.CachePolicy(ctx, id)
			return p.CachePolicyConfig.Name, etag, err
		},
		remove: c.DeleteCachePolicy,
		list: func(ctx context.Context, typ, marker string, max int) (ids []string, more bool, err error) {
			items, more, err := c.CachePolicies(ctx, typ, marker, max)
			for _, i := range items {
				ids = append(ids, i.CachePolicy.Id)
			}
			return ids, more, err
		},
		users: c.DistributionsByCachePolicy,
		use:   func(cfg *cloudfront.DistributionConfig, id string) { setPolicies(cfg, id, "") },
	}
}

func originRequestPolicyCalls(c *Control) policyCalls {
	requestConfig := func(name string) *cloudfront.OriginRequestPolicyConfig {
		return &cloudfront.OriginRequestPolicyConfig{
			Name: name, HeadersConfig: cloudfront.OriginRequestPolicyHeadersConfig{HeaderBehavior: "allViewer"},
			CookiesConfig:      cloudfront.OriginRequestPolicyCookiesConfig{CookieBehavior: "none"},
			QueryStringsConfig: cloudfront.OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: "all"},
		}
	}
	return policyCalls{
		code: "OriginRequestPolicy", managed: "216adef6-5c7f-47e4-b989-5492eafa07d3",
		create: func(ctx context.Context, name string) (string, string, error) {
			p, etag, err := c.CreateOriginRequestPolicy(ctx, requestConfig(name))
			return p.Id, etag, err
		},
		update: func(ctx context.Context, id, etag, name string) (string, error) {
			_, etag, err := c.UpdateOriginRequestPolicy(ctx, id, etag, requestConfig(name))
			return etag, err
		},
		read: func(ctx context.Context, id string) (string, string, error) {
			p, etag, err := c.OriginRequestPolicy(ctx, id)
			return p.OriginRequestPolicyConfig.Name, etag, err
		},
		remove: c.DeleteOriginRequestPolicy,
		list: func(ctx context.Context, typ, marker string, max int) (ids []string, more bool, err error) {
			items, more, err := c.OriginRequestPolicies(ctx, typ, marker, max)
			for _, i := range items {
				ids = append(ids, i.OriginRequestPolicy.Id)
			}
			return ids, more, err
		},
		users: c.DistributionsByOriginRequestPolicy,
		use:   func(cfg *cloudfront.DistributionConfig, id string) { setPolicies(cfg, optimized, id) },
	}
}

func responseHeadersPolicyCalls(c *Control) policyCalls {
	headersConfig := func(name string) *cloudfront.ResponseHeadersPolicyConfig {
		return &cloudfront.ResponseHeadersPolicyConfig{Name: name, CustomHeadersConfig: &cloudfront.ResponseHeadersPolicyCustomHeadersConfig{
			Quantity: 1, Items: []cloudfront.ResponseHeadersPolicyCustomHeader{{Header: "X-A", Value: "a"}},
		}}
	}
	return policyCalls{
		code: "ResponseHeadersPolicy", managed: "60669652-455b-4ae9-85a4-c4c02393f86c",
		create: func(ctx context.Context, name string) (string, string, error) {
			p, etag, err := c.CreateResponseHeadersPolicy(ctx, headersConfig(name))
			return p.Id, etag, err
		},
		update: func(ctx context.Context, id, etag, name string) (string, error) {
			_, etag, err := c.UpdateResponseHeadersPolicy(ctx, id, etag, headersConfig(name))
			return etag, err
		},
		read: func(ctx context.Context, id string) (string, string, error) {
			p, etag, err := c.ResponseHeadersPolicy(ctx, id)
			return p.ResponseHeadersPolicyConfig.Name, etag, err
		},
		remove: c.DeleteResponseHeadersPolicy,
		list: func(ctx context.Context, typ, marker string, max int) (ids []string, more bool, err error) {
			items, more, err := c.ResponseHeadersPolicies(ctx, typ, marker, max)
			for _, i := range items {
				ids = append(ids, i.ResponseHeadersPolicy.Id)
			}
			return ids, more, err
		},
		users: c.DistributionsByResponseHeadersPolicy,
		use: func(cfg *cloudfront.DistributionConfig, id string) {
			cfg.DefaultCacheBehavior.ResponseHeadersPolicyId = &id
		},
	}
}

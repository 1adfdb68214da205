package api

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

func distributions(control DistributionControl) map[string]handler {
	at := func(d *cloudfront.Distribution) string { return "/distribution/" + d.Id }
	plain := func(ctx context.Context, cfg *cloudfront.DistributionConfig) (*cloudfront.Distribution, string, error) {
		return control.CreateDistribution(ctx, cfg, nil)
	}
	tagged := func(ctx context.Context, cfg *cloudfront.DistributionConfigWithTags) (*cloudfront.Distribution, string, error) {
		return control.CreateDistribution(ctx, &cfg.DistributionConfig, cfg.Tags.Items)
	}
	return map[string]handler{
		"CreateDistribution":         creating(plain, at),
		"CreateDistributionWithTags": creating(tagged, at),
		"GetDistribution":            reading(control.Distribution),
		"GetDistributionConfig":      reading(control.DistributionConfig),
		"UpdateDistribution":         updating(control.UpdateDistribution),
		"DeleteDistribution":         deleting(control.DeleteDistribution),
		"ListDistributions": listing(control.Distributions,
			func(s cloudfront.DistributionSummary) string { return s.Id },
			func(p page, items []cloudfront.DistributionSummary) any {
				return cloudfront.DistributionList{
					Marker: p.marker, NextMarker: p.next, MaxItems: p.maxItems,
					IsTruncated: p.truncated(), Quantity: p.quantity, Items: items,
				}
			}),
	}
}

// usage answers ListDistributionsBy… for the resources that distributions name.
func usage(control UsageControl) map[string]handler {
	by := func(label string, list func(ctx context.Context, id, marker string, max int) ([]string, bool, error)) handler {
		return func(c *call) (*reply, error) {
			of := func(ctx context.Context, marker string, max int) ([]string, bool, error) {
				return list(ctx, c.labels[label], marker, max)
			}
			return listing(of, func(id string) string { return id }, distributionIDs)(c)
		}
	}
	return map[string]handler{
		"ListDistributionsByKeyGroup":                by("KeyGroupId", control.DistributionsByKeyGroup),
		"ListDistributionsByCachePolicyId":           by("CachePolicyId", control.DistributionsByCachePolicy),
		"ListDistributionsByOriginRequestPolicyId":   by("OriginRequestPolicyId", control.DistributionsByOriginRequestPolicy),
		"ListDistributionsByResponseHeadersPolicyId": by("ResponseHeadersPolicyId", control.DistributionsByResponseHeadersPolicy),
	}
}

func distributionIDs(p page, ids []string) any {
	return cloudfront.DistributionIdList{
		Marker: p.marker, NextMarker: p.next, MaxItems: p.maxItems,
		IsTruncated: p.truncated(), Quantity: p.quantity, Items: ids,
	}
}

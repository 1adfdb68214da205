package api

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

func invalidations(control InvalidationControl) map[string]handler {
	return map[string]handler{
		"CreateInvalidation": func(c *call) (*reply, error) {
			var batch cloudfront.InvalidationBatch
			if err := c.decode(&batch); err != nil {
				return nil, err
			}
			distribution := c.labels["DistributionId"]
			inv, err := control.CreateInvalidation(c.ctx, distribution, &batch)
			if err != nil {
				return nil, err
			}
			return &reply{body: inv, location: "/distribution/" + distribution + "/invalidation/" + inv.Id}, nil
		},
		"GetInvalidation": func(c *call) (*reply, error) {
			inv, err := control.Invalidation(c.ctx, c.labels["DistributionId"], c.id())
			if err != nil {
				return nil, err
			}
			return &reply{body: inv}, nil
		},
		"ListInvalidations": func(c *call) (*reply, error) {
			of := func(ctx context.Context, marker string, max int) ([]cloudfront.InvalidationSummary, bool, error) {
				return control.Invalidations(ctx, c.labels["DistributionId"], marker, max)
			}
			id := func(s cloudfront.InvalidationSummary) string { return s.Id }
			return listing(of, id, invalidationList)(c)
		},
	}
}

func invalidationList(p page, items []cloudfront.InvalidationSummary) any {
	return cloudfront.InvalidationList{
		Marker: p.marker, NextMarker: p.next, MaxItems: p.maxItems,
		IsTruncated: p.truncated(), Quantity: p.quantity, Items: items,
	}
}

package api

import (
	"context"
	"slices"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// cachePolicies answers for the managed cache policies, the only ones there are.
func cachePolicies() map[string]handler {
	read := func(_ context.Context, id string) (cloudfront.CachePolicy, string, error) {
		p, ok := cloudfront.ManagedCachePolicy(id)
		if !ok {
			return p, "", cloudfront.Errorf("NoSuchCachePolicy", "The specified cache policy does not exist.")
		}
		return p, cloudfront.ManagedETag, nil
	}
	return map[string]handler{
		"GetCachePolicy":       reading(read),
		"GetCachePolicyConfig": readingPart(read, func(p cloudfront.CachePolicy) any { return p.CachePolicyConfig }),
		"UpdateCachePolicy":    refusing(read, "IllegalUpdate", "updated"),
		"DeleteCachePolicy":    refusing(read, "IllegalDelete", "deleted"),
		"ListCachePolicies":    listingManaged(managedCachePolicies, cachePolicyID, cachePolicyList),
	}
}

func managedCachePolicies() []cloudfront.CachePolicySummary {
	var out []cloudfront.CachePolicySummary
	for _, p := range cloudfront.ManagedCachePolicies() {
		out = append(out, cloudfront.CachePolicySummary{Type: cloudfront.CachePolicyTypeManaged, CachePolicy: p})
	}
	return out
}

func cachePolicyID(s cloudfront.CachePolicySummary) string { return s.CachePolicy.Id }

func cachePolicyList(p page, items []cloudfront.CachePolicySummary) any {
	return cloudfront.CachePolicyList{NextMarker: p.next, MaxItems: p.maxItems, Quantity: p.quantity, Items: items}
}

// refusing answers Update… and Delete… of a policy: a managed one cannot be changed.
func refusing[R any](read func(context.Context, string) (R, string, error), code, done string) handler {
	return func(c *call) (*reply, error) {
		if _, _, err := read(c.ctx, c.id()); err != nil {
			return nil, err
		}
		return nil, cloudfront.Errorf(code, "A managed policy cannot be %s.", done)
	}
}

// listingManaged answers List…Policies: all gives the managed policies in the order of their
// ids, by which they are paged. The filter Type=custom leaves none.
func listingManaged[T any](all func() []T, id func(T) string, shape func(page, []T) any) handler {
	return func(c *call) (*reply, error) {
		kind := c.query.Get("Type")
		if kind != "" && kind != "managed" && kind != "custom" {
			return nil, cloudfront.Errorf("InvalidArgument", "The parameter Type must be managed or custom: %q.", kind)
		}
		list := func(_ context.Context, marker string, max int) ([]T, bool, error) {
			items := slices.DeleteFunc(all(), func(t T) bool { return kind == "custom" || id(t) <= marker })
			return items[:min(max, len(items))], len(items) > max, nil
		}
		return listing(list, id, shape)(c)
	}
}

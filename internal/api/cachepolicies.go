package api

import "github.com/warmfront/warmfront/internal/cloudfront"

func cachePolicies(control CachePolicyControl) map[string]handler {
	return map[string]handler{
		"CreateCachePolicy": creating(control.CreateCachePolicy,
			func(p cloudfront.CachePolicy) string { return "/cache-policy/" + p.Id }),
		"GetCachePolicy": reading(control.CachePolicy),
		"GetCachePolicyConfig": readingPart(control.CachePolicy,
			func(p cloudfront.CachePolicy) any { return p.CachePolicyConfig }),
		"UpdateCachePolicy": updating(control.UpdateCachePolicy),
		"DeleteCachePolicy": deleting(control.DeleteCachePolicy),
		"ListCachePolicies": listingByType(control.CachePolicies,
			func(s cloudfront.CachePolicySummary) string { return s.CachePolicy.Id },
			func(p page, items []cloudfront.CachePolicySummary) any {
				return cloudfront.CachePolicyList{NextMarker: p.next, MaxItems: p.maxItems, Quantity: p.quantity, Items: items}
			}),
	}
}

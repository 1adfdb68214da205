package api

import "github.com/warmfront/warmfront/internal/cloudfront"

func originRequestPolicies(control OriginRequestPolicyControl) map[string]handler {
	return map[string]handler{
		"CreateOriginRequestPolicy": creating(control.CreateOriginRequestPolicy,
			func(p cloudfront.OriginRequestPolicy) string { return "/origin-request-policy/" + p.Id }),
		"GetOriginRequestPolicy": reading(control.OriginRequestPolicy),
		"GetOriginRequestPolicyConfig": readingPart(control.OriginRequestPolicy,
			func(p cloudfront.OriginRequestPolicy) any { return p.OriginRequestPolicyConfig }),
		"UpdateOriginRequestPolicy": updating(control.UpdateOriginRequestPolicy),
		"DeleteOriginRequestPolicy": deleting(control.DeleteOriginRequestPolicy),
		"ListOriginRequestPolicies": listingByType(control.OriginRequestPolicies,
			func(s cloudfront.OriginRequestPolicySummary) string { return s.OriginRequestPolicy.Id },
			func(p page, items []cloudfront.OriginRequestPolicySummary) any {
				return cloudfront.OriginRequestPolicyList{NextMarker: p.next, MaxItems: p.maxItems, Quantity: p.quantity, Items: items}
			}),
	}
}

package api

import "github.com/warmfront/warmfront/internal/cloudfront"

func responseHeadersPolicies(control ResponseHeadersPolicyControl) map[string]handler {
	return map[string]handler{
		"CreateResponseHeadersPolicy": creating(control.CreateResponseHeadersPolicy,
			func(p cloudfront.ResponseHeadersPolicy) string { return "/response-headers-policy/" + p.Id }),
		"GetResponseHeadersPolicy": reading(control.ResponseHeadersPolicy),
		"GetResponseHeadersPolicyConfig": readingPart(control.ResponseHeadersPolicy,
			func(p cloudfront.ResponseHeadersPolicy) any { return p.ResponseHeadersPolicyConfig }),
		"UpdateResponseHeadersPolicy": updating(control.UpdateResponseHeadersPolicy),
		"DeleteResponseHeadersPolicy": deleting(control.DeleteResponseHeadersPolicy),
		"ListResponseHeadersPolicies": listingByType(control.ResponseHeadersPolicies,
			func(s cloudfront.ResponseHeadersPolicySummary) string { return s.ResponseHeadersPolicy.Id },
			func(p page, items []cloudfront.ResponseHeadersPolicySummary) any {
				return cloudfront.ResponseHeadersPolicyList{NextMarker: p.next, MaxItems: p.maxItems, Quantity: p.quantity, Items: items}
			}),
	}
}

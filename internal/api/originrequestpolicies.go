package api

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// originRequestPolicies answers for the managed origin request policies, the only ones there
// are.
func originRequestPolicies() map[string]handler {
	read := func(_ context.Context, id string) (cloudfront.OriginRequestPolicy, string, error) {
		p, ok := cloudfront.ManagedOriginRequestPolicy(id)
		if !ok {
			return p, "", cloudfront.Errorf("NoSuchOriginRequestPolicy", "The specified origin request policy does not exist.")
		}
		return p, cloudfront.ManagedETag, nil
	}
	return map[string]handler{
		"GetOriginRequestPolicy":       reading(read),
		"GetOriginRequestPolicyConfig": readingPart(read, func(p cloudfront.OriginRequestPolicy) any { return p.OriginRequestPolicyConfig }),
		"UpdateOriginRequestPolicy":    refusing(read, "IllegalUpdate", "updated"),
		"DeleteOriginRequestPolicy":    refusing(read, "IllegalDelete", "deleted"),
		"ListOriginRequestPolicies":    listingManaged(managedOriginRequestPolicies, originRequestPolicyID, originRequestPolicyList),
	}
}

func managedOriginRequestPolicies() []cloudfront.OriginRequestPolicySummary {
	var out []cloudfront.OriginRequestPolicySummary
	for _, p := range cloudfront.ManagedOriginRequestPolicies() {
		out = append(out, cloudfront.OriginRequestPolicySummary{Type: cloudfront.OriginRequestPolicyTypeManaged, OriginRequestPolicy: p})
	}
	return out
}

func originRequestPolicyID(s cloudfront.OriginRequestPolicySummary) string {
	return s.OriginRequestPolicy.Id
}

func originRequestPolicyList(p page, items []cloudfront.OriginRequestPolicySummary) any {
	return cloudfront.OriginRequestPolicyList{NextMarker: p.next, MaxItems: p.maxItems, Quantity: p.quantity, Items: items}
}

package api

import "maps"

// handlers pairs operations with what answers them. Operations not named here answer
// UnsupportedOperation.
func handlers(control Control) map[string]handler {
	all := map[string]handler{}
	for _, resource := range []map[string]handler{
		distributions(control),
		usage(control),
		invalidations(control),
		originAccessIdentities(control),
		originAccessControls(control),
		publicKeys(control),
		keyGroups(control),
		tags(control),
		cachePolicies(control),
		originRequestPolicies(control),
		responseHeadersPolicies(control),
	} {
		maps.Copy(all, resource)
	}
	return all
}

package control

import (
	"slices"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// narrows reports whether a new configuration of a distribution may refuse a request that the
// old one admits. When in doubt it says so: a receipt then waits for absent edges without need,
// and nothing else does. Both are completed by SetDefaults and validated.
func narrows(before, now *cloudfront.DistributionConfig) bool {
	if !before.Enabled {
		return false // it admits nothing
	}
	if !now.Enabled || removesAny(before.Aliases.Items, now.Aliases.Items) {
		return true
	}
	old, made := before.Behaviors(), now.Behaviors()
	return !slices.EqualFunc(old, made, func(a, b cloudfront.CacheBehavior) bool {
		return a.PathPattern == b.PathPattern && !narrowsBehavior(&a, &b)
	})
}

// narrowsBehavior compares who and what a cache behavior admits.
func narrowsBehavior(before, now *cloudfront.CacheBehavior) bool {
	old, made := trusted(before), trusted(now)
	switch {
	case len(old) == 0 && len(made) > 0, len(made) > 0 && removesAny(old, made):
		return true
	case before.ViewerProtocolPolicy != now.ViewerProtocolPolicy && now.ViewerProtocolPolicy == cloudfront.ViewerProtocolPolicyHttpsOnly:
		return true
	}
	return before.AllowedMethods != nil && now.AllowedMethods != nil && removesAny(before.AllowedMethods.Items, now.AllowedMethods.Items)
}

// trusted names the key groups and signers of a restricted behavior; none of a public one.
func trusted(b *cloudfront.CacheBehavior) (names []string) {
	if b.TrustedKeyGroups != nil && b.TrustedKeyGroups.Enabled {
		names = append(names, b.TrustedKeyGroups.Items...)
	}
	if b.TrustedSigners != nil && b.TrustedSigners.Enabled {
		names = append(names, b.TrustedSigners.Items...)
	}
	return names
}

// removesAny reports whether some of before are not among now.
func removesAny[T comparable](before, now []T) bool {
	return slices.ContainsFunc(before, func(v T) bool { return !slices.Contains(now, v) })
}

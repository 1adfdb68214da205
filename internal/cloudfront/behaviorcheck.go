package cloudfront

import (
	"slices"
	"strings"
)

// maxTTL is the longest cache time, 100 years of 365 days, in seconds.
const maxTTL = 3153600000

func checkBehaviors(c *DistributionConfig, l Limits) error {
	var patterns []string
	for _, b := range c.CacheBehaviors.Items {
		// A leading slash is optional in a pattern, so these two are one.
		p := strings.TrimPrefix(b.PathPattern, "/")
		if !isPathPattern(b.PathPattern) {
			return invalid("The parameter PathPattern is not valid: %q.", b.PathPattern)
		}
		if slices.Contains(patterns, p) {
			return invalid("The parameter PathPattern contains the duplicate value %q.", b.PathPattern)
		}
		patterns = append(patterns, p)
	}
	if err := quota("TooManyCacheBehaviors", len(patterns), l.CacheBehaviors, "cache behaviors"); err != nil {
		return err
	}
	for _, b := range c.Behaviors() {
		if err := checkBehavior(c, &b, l); err != nil {
			return err
		}
	}
	return nil
}

// isPathPattern applies the length and alphabet of path patterns (Developer Guide, Cache
// behavior settings, Path pattern).
func isPathPattern(p string) bool {
	return p != "" && len(p) <= 255 && !strings.ContainsFunc(p, func(r rune) bool {
		return !(r < 0x80 && isAlnum(string(r))) && !strings.ContainsRune("_-.*$/~\"'@:+&?", r)
	})
}

func checkBehavior(c *DistributionConfig, b *CacheBehavior, l Limits) error {
	origin := findOrigin(c, b.TargetOriginId)
	grouped := origin == nil && isOriginGroup(c, b.TargetOriginId)
	if origin == nil && !grouped {
		return Errorf("NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
	}
	for _, check := range []func() error{
		func() error { return checkSigners(b.TrustedSigners, l) },
		func() error { return checkTrustedKeyGroups(b.TrustedKeyGroups, l) },
		func() error { return checkMethods(b.AllowedMethods, grouped) },
		func() error { return checkCaching(b) },
		func() error { return checkForwardedValues(b.ForwardedValues, origin, l) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func findOrigin(c *DistributionConfig, id string) *Origin {
	for i := range c.Origins.Items {
		if c.Origins.Items[i].Id == id {
			return &c.Origins.Items[i]
		}
	}
	return nil
}

func isOriginGroup(c *DistributionConfig, id string) bool {
	return slices.ContainsFunc(c.OriginGroups.Items, func(g OriginGroup) bool { return g.Id == id })
}

func checkSigners(s *TrustedSigners, l Limits) error {
	if s.Enabled && len(s.Items) == 0 {
		return invalid("The parameter TrustedSigners is enabled but names no signer.")
	}
	for _, account := range s.Items {
		if account != "self" && !isAccountID(account) {
			return Errorf("TrustedSignerDoesNotExist", "One or more of your trusted signers don't exist: %q.", account)
		}
	}
	if hasDuplicates(s.Items) {
		return invalid("The parameter TrustedSigners names a signer twice.")
	}
	return quota("TooManyTrustedSigners", len(s.Items), l.TrustedSigners, "trusted signers in a cache behavior")
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func checkTrustedKeyGroups(g *TrustedKeyGroups, l Limits) error {
	if g.Enabled && len(g.Items) == 0 {
		return invalid("The parameter TrustedKeyGroups is enabled but names no key group.")
	}
	if hasDuplicates(g.Items) {
		return invalid("The parameter TrustedKeyGroups names a key group twice.")
	}
	return quota("TooManyKeyGroupsAssociatedToDistribution", len(g.Items), l.TrustedKeyGroups, "key groups in a cache behavior")
}

// checkMethods judges the methods of a behavior; grouped says that its target is an origin
// group, which is never written to.
func checkMethods(m *AllowedMethods, grouped bool) error {
	allowed, cached := methodSet(m.Items), methodSet(m.CachedMethods.Items)
	switch {
	case allowed == nil:
		return invalid("The parameter AllowedMethods must be one of GET and HEAD; GET, HEAD and OPTIONS; or all seven methods.")
	case cached == nil || len(cached) > 3:
		return invalid("The parameter CachedMethods must be GET and HEAD, or GET, HEAD and OPTIONS.")
	case len(cached) > len(allowed):
		return invalid("The parameter CachedMethods contains a method that AllowedMethods does not.")
	case grouped && len(allowed) > 3:
		return invalid("The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated with an origin group.")
	}
	return nil
}

// checkCaching applies the rules between cache policy, origin request policy, ForwardedValues
// and the cache times.
func checkCaching(b *CacheBehavior) error {
	switch {
	case b.CachePolicyId != nil && b.ForwardedValues != nil:
		return invalid("The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior.")
	case b.CachePolicyId == nil && b.ForwardedValues == nil:
		return invalid("The parameter CachePolicyId or ForwardedValues is required.")
	case b.CachePolicyId == nil && b.OriginRequestPolicyId != nil:
		return invalid("The parameter OriginRequestPolicyId can be used only when a cache policy is associated to the cache behavior.")
	case b.CachePolicyId != nil:
		return nil
	}
	low, normal, high := *b.MinTTL, *b.DefaultTTL, *b.MaxTTL
	if low < 0 || normal < 0 || high < 0 || max(low, normal, high) > maxTTL {
		return invalid("The parameters MinTTL, DefaultTTL and MaxTTL must be from 0 to %d.", int64(maxTTL))
	}
	if low > normal || normal > high {
		return Errorf("InvalidTTLOrder", "The order of TTL values is not valid: MinTTL %d, DefaultTTL %d and MaxTTL %d must not decrease.", low, normal, high)
	}
	return nil
}

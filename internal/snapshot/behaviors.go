package snapshot

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/state"
)

// CloudFront's defaults for lifetimes (Developer Guide, "Default TTL", "Maximum TTL").
const (
	defaultTTL = 24 * time.Hour
	maxTTL     = 365 * 24 * time.Hour
)

// behaviors compiles a distribution's origins and behaviors, the default one last.
func (c *compiler) behaviors(r *state.Distribution) ([]*Behavior, error) {
	origins := make(map[string]*origin.Origin, len(r.Config.Origins.Items))
	for i := range r.Config.Origins.Items {
		o, err := c.origin(r, &r.Config.Origins.Items[i])
		if err != nil {
			return nil, err
		}
		origins[o.ID] = o
	}
	var out []*Behavior
	for _, b := range r.Config.Behaviors() {
		compiled, err := c.behavior(&b, target(&r.Config, b.TargetOriginId, origins))
		if err != nil {
			return nil, fmt.Errorf("behavior %q: %w", b.PathPattern, err)
		}
		out = append(out, compiled)
	}
	return out, nil
}

// route is where a behavior sends requests.
type route struct {
	origin   *origin.Origin
	failover *Failover
}

// target finds an origin, or the members of an origin group.
func target(cfg *cloudfront.DistributionConfig, id string, origins map[string]*origin.Origin) route {
	if o := origins[id]; o != nil || cfg.OriginGroups == nil {
		return route{origin: o}
	}
	for _, g := range cfg.OriginGroups.Items {
		if g.Id != id || len(g.Members.Items) != 2 {
			continue
		}
		first, second := origins[g.Members.Items[0].OriginId], origins[g.Members.Items[1].OriginId]
		if first != nil && second != nil {
			return route{first, &Failover{second, g.FailoverCriteria.StatusCodes.Items}}
		}
	}
	return route{}
}

func (c *compiler) behavior(b *cloudfront.CacheBehavior, to route) (*Behavior, error) {
	out := &Behavior{
		Pattern:  b.PathPattern,
		Protocol: protocolOf(b.ViewerProtocolPolicy),
		Origin:   to.origin,
		Failover: to.failover,
		Compress: deref(b.Compress),
		Allowed:  GET | HEAD,
		Cached:   GET | HEAD,
		match:    compilePattern(b.PathPattern),
	}
	if out.Origin == nil {
		return nil, fmt.Errorf("no origin or origin group %q", b.TargetOriginId)
	}
	if m := b.AllowedMethods; m != nil {
		out.Allowed = methodsOf(m.Items)
		if m.CachedMethods != nil {
			out.Cached = methodsOf(m.CachedMethods.Items)
		}
	}
	c.restrict(b, out)
	var err error
	if out.Headers, err = c.responseHeadersPolicy(deref(b.ResponseHeadersPolicyId)); err != nil {
		return nil, err
	}
	return out, c.caching(b, out)
}

// restrict collects the keys that may sign for a behavior: those of every signer of either
// kind. Enabled without any usable key refuses everyone.
func (c *compiler) restrict(b *cloudfront.CacheBehavior, out *Behavior) {
	keys := keyring{}
	if t := b.TrustedSigners; t != nil && t.Enabled {
		out.Restricted = true
		if slices.Contains(t.Items, "self") || slices.Contains(t.Items, c.o.AccountID) {
			maps.Copy(keys, c.keyPairs)
		}
	}
	if t := b.TrustedKeyGroups; t != nil && t.Enabled {
		out.Restricted = true
		for _, id := range t.Items {
			maps.Copy(keys, c.groups[id])
		}
	}
	if out.Restricted {
		out.Keys = keys
	}
}

// caching compiles the cache-key recipe and the lifetimes, from policies or ForwardedValues.
func (c *compiler) caching(b *cloudfront.CacheBehavior, out *Behavior) error {
	id := deref(b.CachePolicyId)
	if id == "" {
		if b.ForwardedValues == nil {
			return fmt.Errorf("neither a cache policy nor forwarded values")
		}
		recipe, nocache := legacyRecipe(b.ForwardedValues)
		out.Recipe = recipe
		if !nocache {
			out.setTTLs(deref(b.MinTTL), b.DefaultTTL, b.MaxTTL)
		}
		return nil
	}
	policy, err := c.cachePolicy(id)
	if err != nil {
		return err
	}
	request, err := c.originRequestPolicy(deref(b.OriginRequestPolicyId))
	if err != nil {
		return err
	}
	out.Recipe = policyRecipe(policy, request)
	out.setTTLs(policy.MinTTL, policy.DefaultTTL, policy.MaxTTL)
	return nil
}

func (b *Behavior) setTTLs(low int64, normal, high *int64) {
	b.MinTTL = seconds(low)
	b.DefaultTTL = max(b.MinTTL, defaultTTL)
	if normal != nil {
		b.DefaultTTL = seconds(*normal)
	}
	b.MaxTTL = max(b.DefaultTTL, maxTTL)
	if high != nil {
		b.MaxTTL = seconds(*high)
	}
}

func protocolOf(p cloudfront.ViewerProtocolPolicy) ProtocolPolicy {
	switch p {
	case cloudfront.ViewerProtocolPolicyAllowAll:
		return AllowAll
	case cloudfront.ViewerProtocolPolicyRedirectToHttps:
		return RedirectToHTTPS
	}
	return HTTPSOnly
}

func methodsOf(list []cloudfront.Method) (m Methods) {
	for _, name := range list {
		m |= MethodOf(string(name))
	}
	return m
}

package snapshot

import (
	"fmt"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// cachePolicy finds a cache policy, managed or custom.
func (c *compiler) cachePolicy(id string) (*cloudfront.CachePolicyConfig, error) {
	if p := c.cfg.CachePolicies[id]; p != nil {
		return &p.Config, nil
	}
	if p, ok := cloudfront.ManagedCachePolicy(id); ok {
		return &p.CachePolicyConfig, nil
	}
	return nil, fmt.Errorf("no cache policy %q", id)
}

// originRequestPolicy finds an origin request policy, managed or custom; nil for the id "".
func (c *compiler) originRequestPolicy(id string) (*cloudfront.OriginRequestPolicyConfig, error) {
	if id == "" {
		return nil, nil
	}
	if p := c.cfg.OriginRequestPolicies[id]; p != nil {
		return &p.Config, nil
	}
	if p, ok := cloudfront.ManagedOriginRequestPolicy(id); ok {
		return &p.OriginRequestPolicyConfig, nil
	}
	return nil, fmt.Errorf("no origin request policy %q", id)
}

// responseHeadersPolicy compiles a response headers policy, managed or custom; nil for the id
// "".
func (c *compiler) responseHeadersPolicy(id string) (*ResponseHeaders, error) {
	if id == "" {
		return nil, nil
	}
	if p := c.cfg.ResponseHeadersPolicies[id]; p != nil {
		return responseHeaders(&p.Config), nil
	}
	if p, ok := cloudfront.ManagedResponseHeadersPolicy(id); ok {
		return responseHeaders(&p.ResponseHeadersPolicyConfig), nil
	}
	return nil, fmt.Errorf("no response headers policy %q", id)
}

// policyStamp lists the revisions of a behavior's policies, 0 for managed and absent ones.
func (c *compiler) policyStamp(b *cloudfront.CacheBehavior) []int64 {
	s := []int64{0, 0, 0}
	if p := c.cfg.CachePolicies[deref(b.CachePolicyId)]; p != nil {
		s[0] = p.Revision
	}
	if p := c.cfg.OriginRequestPolicies[deref(b.OriginRequestPolicyId)]; p != nil {
		s[1] = p.Revision
	}
	if p := c.cfg.ResponseHeadersPolicies[deref(b.ResponseHeadersPolicyId)]; p != nil {
		s[2] = p.Revision
	}
	return s
}

package api

import (
	"context"
	"errors"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// The fake shows the managed policies as they are and, of each kind, the custom ones p1 to p3.

// policyIDs is the page of a list of policies; managed are the ids of managed ones.
func policyIDs(managed []string, typ, marker string, max int) (ids []string, more bool) {
	var all []string
	if typ != "custom" {
		all = managed
	}
	if typ != "managed" {
		all = append(all, "p1", "p2", "p3")
	}
	for _, id := range all {
		if id > marker {
			ids = append(ids, id)
		}
	}
	return ids[:min(max, len(ids))], len(ids) > max
}

func checkPolicy(code, id string) error {
	if id == "none" {
		return cloudfront.Errorf(code, "The specified policy does not exist.")
	}
	return check(id)
}

func (f *fake) CreateCachePolicy(_ context.Context, cfg *cloudfront.CachePolicyConfig) (cloudfront.CachePolicy, string, error) {
	cloudfront.SetCachePolicyDefaults(cfg)
	return cloudfront.CachePolicy{Id: "p1", LastModifiedTime: made, CachePolicyConfig: *cfg}, "E1ETAG", cloudfront.ValidateCachePolicy(cfg, cloudfront.AWSQuotas())
}

func (f *fake) CachePolicy(_ context.Context, id string) (cloudfront.CachePolicy, string, error) {
	if p, ok := cloudfront.ManagedCachePolicy(id); ok {
		return p, cloudfront.ManagedETag, nil
	}
	cfg := cloudfront.CachePolicyConfig{Name: "n"}
	cloudfront.SetCachePolicyDefaults(&cfg)
	return cloudfront.CachePolicy{Id: id, LastModifiedTime: made, CachePolicyConfig: cfg}, "E1ETAG", checkPolicy("NoSuchCachePolicy", id)
}

func (f *fake) UpdateCachePolicy(_ context.Context, id, ifMatch string, cfg *cloudfront.CachePolicyConfig) (cloudfront.CachePolicy, string, error) {
	cloudfront.SetCachePolicyDefaults(cfg)
	return cloudfront.CachePolicy{Id: id, LastModifiedTime: made, CachePolicyConfig: *cfg}, "E2ETAG", errors.Join(checkPolicy("NoSuchCachePolicy", id), match(ifMatch))
}

func (f *fake) DeleteCachePolicy(_ context.Context, id, ifMatch string) error {
	return errors.Join(checkPolicy("NoSuchCachePolicy", id), match(ifMatch))
}

func (f *fake) CachePolicies(ctx context.Context, typ, marker string, max int) (items []cloudfront.CachePolicySummary, more bool, err error) {
	var managed []string
	for _, p := range cloudfront.ManagedCachePolicies() {
		managed = append(managed, p.Id)
	}
	ids, more := policyIDs(managed, typ, marker, max)
	for _, id := range ids {
		p, etag, _ := f.CachePolicy(ctx, id)
		s := cloudfront.CachePolicySummary{Type: cloudfront.CachePolicyTypeCustom, CachePolicy: p}
		if etag == cloudfront.ManagedETag {
			s.Type = cloudfront.CachePolicyTypeManaged
		}
		items = append(items, s)
	}
	return items, more, nil
}

func (f *fake) CreateOriginRequestPolicy(_ context.Context, cfg *cloudfront.OriginRequestPolicyConfig) (cloudfront.OriginRequestPolicy, string, error) {
	cloudfront.SetOriginRequestPolicyDefaults(cfg)
	return cloudfront.OriginRequestPolicy{Id: "p1", LastModifiedTime: made, OriginRequestPolicyConfig: *cfg}, "E1ETAG", cloudfront.ValidateOriginRequestPolicy(cfg, cloudfront.AWSQuotas())
}

func (f *fake) OriginRequestPolicy(_ context.Context, id string) (cloudfront.OriginRequestPolicy, string, error) {
	if p, ok := cloudfront.ManagedOriginRequestPolicy(id); ok {
		return p, cloudfront.ManagedETag, nil
	}
	cfg := cloudfront.OriginRequestPolicyConfig{Name: "n"}
	cloudfront.SetOriginRequestPolicyDefaults(&cfg)
	return cloudfront.OriginRequestPolicy{Id: id, LastModifiedTime: made, OriginRequestPolicyConfig: cfg}, "E1ETAG", checkPolicy("NoSuchOriginRequestPolicy", id)
}

func (f *fake) UpdateOriginRequestPolicy(_ context.Context, id, ifMatch string, cfg *cloudfront.OriginRequestPolicyConfig) (cloudfront.OriginRequestPolicy, string, error) {
	cloudfront.SetOriginRequestPolicyDefaults(cfg)
	return cloudfront.OriginRequestPolicy{Id: id, LastModifiedTime: made, OriginRequestPolicyConfig: *cfg}, "E2ETAG", errors.Join(checkPolicy("NoSuchOriginRequestPolicy", id), match(ifMatch))
}

func (f *fake) DeleteOriginRequestPolicy(_ context.Context, id, ifMatch string) error {
	return errors.Join(checkPolicy("NoSuchOriginRequestPolicy", id), match(ifMatch))
}

func (f *fake) OriginRequestPolicies(ctx context.Context, typ, marker string, max int) (items []cloudfront.OriginRequestPolicySummary, more bool, err error) {
	var managed []string
	for _, p := range cloudfront.ManagedOriginRequestPolicies() {
		managed = append(managed, p.Id)
	}
	ids, more := policyIDs(managed, typ, marker, max)
	for _, id := range ids {
		p, etag, _ := f.OriginRequestPolicy(ctx, id)
		s := cloudfront.OriginRequestPolicySummary{Type: cloudfront.OriginRequestPolicyTypeCustom, OriginRequestPolicy: p}
		if etag == cloudfront.ManagedETag {
			s.Type = cloudfront.OriginRequestPolicyTypeManaged
		}
		items = append(items, s)
	}
	return items, more, nil
}

func (f *fake) CreateResponseHeadersPolicy(_ context.Context, cfg *cloudfront.ResponseHeadersPolicyConfig) (cloudfront.ResponseHeadersPolicy, string, error) {
	cloudfront.SetResponseHeadersPolicyDefaults(cfg)
	return cloudfront.ResponseHeadersPolicy{Id: "p1", LastModifiedTime: made, ResponseHeadersPolicyConfig: *cfg}, "E1ETAG", cloudfront.ValidateResponseHeadersPolicy(cfg, cloudfront.AWSQuotas())
}

func (f *fake) ResponseHeadersPolicy(_ context.Context, id string) (cloudfront.ResponseHeadersPolicy, string, error) {
	if p, ok := cloudfront.ManagedResponseHeadersPolicy(id); ok {
		return p, cloudfront.ManagedETag, nil
	}
	cfg := cloudfront.ResponseHeadersPolicyConfig{Name: "n"}
	cloudfront.SetResponseHeadersPolicyDefaults(&cfg)
	return cloudfront.ResponseHeadersPolicy{Id: id, LastModifiedTime: made, ResponseHeadersPolicyConfig: cfg}, "E1ETAG", checkPolicy("NoSuchResponseHeadersPolicy", id)
}

func (f *fake) UpdateResponseHeadersPolicy(_ context.Context, id, ifMatch string, cfg *cloudfront.ResponseHeadersPolicyConfig) (cloudfront.ResponseHeadersPolicy, string, error) {
	cloudfront.SetResponseHeadersPolicyDefaults(cfg)
	return cloudfront.ResponseHeadersPolicy{Id: id, LastModifiedTime: made, ResponseHeadersPolicyConfig: *cfg}, "E2ETAG", errors.Join(checkPolicy("NoSuchResponseHeadersPolicy", id), match(ifMatch))
}

func (f *fake) DeleteResponseHeadersPolicy(_ context.Context, id, ifMatch string) error {
	return errors.Join(checkPolicy("NoSuchResponseHeadersPolicy", id), match(ifMatch))
}

func (f *fake) ResponseHeadersPolicies(ctx context.Context, typ, marker string, max int) (items []cloudfront.ResponseHeadersPolicySummary, more bool, err error) {
	var managed []string
	for _, p := range cloudfront.ManagedResponseHeadersPolicies() {
		managed = append(managed, p.Id)
	}
	ids, more := policyIDs(managed, typ, marker, max)
	for _, id := range ids {
		p, etag, _ := f.ResponseHeadersPolicy(ctx, id)
		s := cloudfront.ResponseHeadersPolicySummary{Type: cloudfront.ResponseHeadersPolicyTypeCustom, ResponseHeadersPolicy: p}
		if etag == cloudfront.ManagedETag {
			s.Type = cloudfront.ResponseHeadersPolicyTypeManaged
		}
		items = append(items, s)
	}
	return items, more, nil
}

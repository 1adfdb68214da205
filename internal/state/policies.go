package state

import "github.com/warmfront/warmfront/internal/cloudfront"

// CachePolicy is a custom cache policy.
type CachePolicy struct {
	Meta
	Config cloudfront.CachePolicyConfig `json:"config"`
}

// OriginRequestPolicy is a custom origin request policy.
type OriginRequestPolicy struct {
	Meta
	Config cloudfront.OriginRequestPolicyConfig `json:"config"`
}

// ResponseHeadersPolicy is a custom response headers policy.
type ResponseHeadersPolicy struct {
	Meta
	Config cloudfront.ResponseHeadersPolicyConfig `json:"config"`
}

// Kind is KindCachePolicy.
func (*CachePolicy) Kind() Kind { return KindCachePolicy }

// Key is where the record is kept.
func (p *CachePolicy) Key() Key { return RecordKey(KindCachePolicy, p.ID) }

// Kind is KindOriginRequestPolicy.
func (*OriginRequestPolicy) Kind() Kind { return KindOriginRequestPolicy }

// Key is where the record is kept.
func (p *OriginRequestPolicy) Key() Key { return RecordKey(KindOriginRequestPolicy, p.ID) }

// Kind is KindResponseHeadersPolicy.
func (*ResponseHeadersPolicy) Kind() Kind { return KindResponseHeadersPolicy }

// Key is where the record is kept.
func (p *ResponseHeadersPolicy) Key() Key { return RecordKey(KindResponseHeadersPolicy, p.ID) }

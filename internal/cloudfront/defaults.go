package cloudfront

import "slices"

// Default times of caching, in seconds, where a behavior with ForwardedValues names none.
const (
	DefaultTTLSeconds = 86400
	MaxTTLSeconds     = 31536000
	// ErrorTTLSeconds is the default of ErrorCachingMinTTL.
	ErrorTTLSeconds = 10
)

// SetDefaults completes a configuration to what reads always return: every optional element
// that CloudFront shows with a default is present, lists have their Quantity, method lists
// are in CloudFront's order, and the cache times of behaviors with a cache policy, which
// overrules them, are gone. It adds nothing to an invalid part, so that Validate afterwards
// judges what the client sent. It changes c in place and is idempotent.
func SetDefaults(c *DistributionConfig) {
	orNew(&c.Aliases)
	orSet(&c.DefaultRootObject, "")
	for i := range c.Origins.Items {
		setOriginDefaults(&c.Origins.Items[i])
	}
	orNew(&c.OriginGroups)
	b := c.DefaultCacheBehavior.Behavior()
	setBehaviorDefaults(&b)
	c.DefaultCacheBehavior.setBehavior(b)
	orNew(&c.CacheBehaviors)
	for i := range c.CacheBehaviors.Items {
		setBehaviorDefaults(&c.CacheBehaviors.Items[i])
	}
	orNew(&c.CustomErrorResponses)
	for i := range c.CustomErrorResponses.Items {
		r := &c.CustomErrorResponses.Items[i]
		orSet(&r.ResponsePagePath, "")
		orSet(&r.ResponseCode, "")
		orSet(&r.ErrorCachingMinTTL, ErrorTTLSeconds)
	}
	setLoggingDefaults(orNew(&c.Logging))
	orSet(&c.PriceClass, PriceClass_All)
	setCertificateDefaults(orNew(&c.ViewerCertificate))
	geo := &orNew(&c.Restrictions).GeoRestriction
	if geo.RestrictionType == "" && geo.Quantity == 0 && len(geo.Items) == 0 {
		geo.RestrictionType = GeoRestrictionTypeNone
	}
	orSet(&c.WebACLId, "")
	orSet(&c.HttpVersion, HttpVersionHttp2)
	orSet(&c.IsIPV6Enabled, false)
	orSet(&c.ContinuousDeploymentPolicyId, "")
	orSet(&c.Staging, false)
}

func setOriginDefaults(o *Origin) {
	orSet(&o.OriginPath, "")
	orNew(&o.CustomHeaders)
	orSet(&o.ConnectionAttempts, 3)
	orSet(&o.ConnectionTimeout, 10)
	orNew(&o.OriginShield)
	orSet(&o.OriginAccessControlId, "")
	if s3 := o.S3OriginConfig; s3 != nil {
		orSet(&s3.OriginReadTimeout, 30)
	}
	if custom := o.CustomOriginConfig; custom != nil {
		orSet(&custom.OriginReadTimeout, 30)
		orSet(&custom.OriginKeepaliveTimeout, 5)
		if custom.OriginSslProtocols == nil {
			custom.OriginSslProtocols = &OriginSslProtocols{Quantity: 3, Items: []SslProtocol{SslProtocolTLSv1, SslProtocolTLSv1_1, SslProtocolTLSv1_2}}
		}
	}
}

func setBehaviorDefaults(b *CacheBehavior) {
	orNew(&b.TrustedSigners)
	orNew(&b.TrustedKeyGroups)
	setMethodDefaults(b)
	orSet(&b.SmoothStreaming, false)
	orSet(&b.Compress, false)
	orNew(&b.LambdaFunctionAssociations)
	orNew(&b.FunctionAssociations)
	orSet(&b.FieldLevelEncryptionId, "")
	orNew(&b.GrpcConfig)
	for _, id := range []**string{&b.CachePolicyId, &b.OriginRequestPolicyId, &b.ResponseHeadersPolicyId, &b.RealtimeLogConfigArn} {
		if *id != nil && **id == "" {
			*id = nil
		}
	}
	switch {
	case b.CachePolicyId != nil:
		b.MinTTL, b.DefaultTTL, b.MaxTTL = nil, nil, nil
	case b.ForwardedValues != nil:
		orNew(&b.ForwardedValues.Headers)
		orNew(&b.ForwardedValues.QueryStringCacheKeys)
		orSet(&b.MinTTL, 0)
		orSet(&b.DefaultTTL, max(DefaultTTLSeconds, *b.MinTTL))
		orSet(&b.MaxTTL, max(MaxTTLSeconds, *b.DefaultTTL))
	}
}

// setMethodDefaults fills in GET and HEAD, and puts a valid set of methods in the order
// CloudFront returns it.
func setMethodDefaults(b *CacheBehavior) {
	two := methodSets()[0]
	if b.AllowedMethods == nil {
		b.AllowedMethods = &AllowedMethods{Quantity: 2, Items: slices.Clone(two)}
	}
	allowed := b.AllowedMethods
	if allowed.CachedMethods == nil {
		allowed.CachedMethods = &CachedMethods{Quantity: 2, Items: slices.Clone(two)}
	}
	for _, list := range [][]Method{allowed.Items, allowed.CachedMethods.Items} {
		if set := methodSet(list); set != nil {
			copy(list, set)
		}
	}
}

// methodSets are the sets of methods a behavior may allow, in CloudFront's order.
func methodSets() [][]Method {
	return [][]Method{
		{MethodHEAD, MethodGET},
		{MethodHEAD, MethodGET, MethodOPTIONS},
		{MethodHEAD, MethodDELETE, MethodPOST, MethodGET, MethodOPTIONS, MethodPUT, MethodPATCH},
	}
}

// methodSet is the set that list is a permutation of, or nil.
func methodSet(list []Method) []Method {
	sorted := slices.Sorted(slices.Values(list))
	for _, set := range methodSets() {
		if slices.Equal(sorted, slices.Sorted(slices.Values(set))) {
			return set
		}
	}
	return nil
}

// setLoggingDefaults clears the target of logging that is switched off, as CloudFront does.
func setLoggingDefaults(l *LoggingConfig) {
	orSet(&l.Enabled, false)
	orSet(&l.IncludeCookies, false)
	if !*l.Enabled {
		l.Bucket, l.Prefix = nil, nil
	}
	orSet(&l.Bucket, "")
	orSet(&l.Prefix, "")
}

// setCertificateDefaults completes the default certificate, whose security policy CloudFront
// fixes at TLSv1 whatever the client names.
func setCertificateDefaults(v *ViewerCertificate) {
	if set := certificateSources(v); len(set) > 1 || len(set) == 1 && set[0] != CertificateSourceCloudfront {
		return
	}
	if v.CloudFrontDefaultCertificate != nil && !*v.CloudFrontDefaultCertificate {
		return
	}
	*v = ViewerCertificate{
		CloudFrontDefaultCertificate: new(true),
		SSLSupportMethod:             new(SSLSupportMethodVip),
		MinimumProtocolVersion:       new(MinimumProtocolVersionTLSv1),
		CertificateSource:            new(CertificateSourceCloudfront),
	}
}

// certificateSources lists the distinct certificates v names, in its modern or deprecated
// elements.
func certificateSources(v *ViewerCertificate) []CertificateSource {
	var out []CertificateSource
	add := func(named bool, s CertificateSource) {
		if named && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	add(v.CloudFrontDefaultCertificate != nil && *v.CloudFrontDefaultCertificate, CertificateSourceCloudfront)
	add(deref(v.ACMCertificateArn) != "", CertificateSourceAcm)
	add(deref(v.IAMCertificateId) != "", CertificateSourceIam)
	if v.CertificateSource != nil {
		add(true, *v.CertificateSource)
	}
	return out
}

// orSet gives an absent optional element a value.
func orSet[T any](p **T, v T) {
	if *p == nil {
		*p = &v
	}
}

// orNew makes an absent optional structure present and empty.
func orNew[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

// deref is the value of an optional element, zero when absent.
func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

package cloudfront

import (
	"slices"
)

// distributionRules is the one table of what a distribution may ask for in vain.
func distributionRules() []refusal[DistributionConfig] {
	return slices.Concat(wholeRules(), originRules(), behaviorRules())
}

func wholeRules() []refusal[DistributionConfig] {
	type c = DistributionConfig
	return []refusal[c]{
		rule("DistributionConfig/OriginGroups/OriginGroup/SelectionCriteria", "InvalidArgument",
			"Selection by media quality is not executed; use default: the primary origin is asked first.",
			func(c *c) bool {
				return slices.ContainsFunc(c.OriginGroups.Items, func(g OriginGroup) bool {
					return deref(g.SelectionCriteria) == OriginGroupSelectionCriteriaMediaQualityBased
				})
			}),
		rule("DistributionConfig/Logging/Enabled", "InvalidArgument",
			"Log delivery to a bucket is not executed; read the edge's own access log.",
			func(c *c) bool { return *c.Logging.Enabled }),
		rule("DistributionConfig/ViewerCertificate/ACMCertificateArn", "InvalidViewerCertificate",
			"ACM certificates are not executed; use the default certificate: the local certificate authority signs every alias.",
			func(c *c) bool { return hasCertificate(c, CertificateSourceAcm) }),
		rule("DistributionConfig/ViewerCertificate/IAMCertificateId", "InvalidViewerCertificate",
			"IAM certificates are not executed; use the default certificate: the local certificate authority signs every alias.",
			func(c *c) bool { return hasCertificate(c, CertificateSourceIam) }),
		rule("DistributionConfig/Restrictions/GeoRestriction", "InvalidGeoRestrictionParameter",
			"Geographic restriction is not executed for want of a location database; use type none and restrict by signed URLs with an IpAddress condition.",
			func(c *c) bool { return c.Restrictions.GeoRestriction.RestrictionType != GeoRestrictionTypeNone }),
		rule("DistributionConfig/WebACLId", "InvalidWebACLId",
			"Web ACLs are not executed; leave WebACLId empty and filter in front of the edge.",
			func(c *c) bool { return *c.WebACLId != "" }),
		rule("DistributionConfig/ContinuousDeploymentPolicyId", "InvalidArgument",
			"Continuous deployment is not executed; use a second distribution.",
			func(c *c) bool { return *c.ContinuousDeploymentPolicyId != "" }),
		rule("DistributionConfig/Staging", "InvalidArgument",
			"Staging distributions are not executed; use a second distribution.",
			func(c *c) bool { return *c.Staging }),
		rule("DistributionConfig/AnycastIpListId", "InvalidArgument",
			"Anycast static IPs are not executed; leave AnycastIpListId out and announce the edge's own addresses.",
			func(c *c) bool { return deref(c.AnycastIpListId) != "" }),
		rule("DistributionConfig/TenantConfig", "InvalidArgument",
			"Distribution tenants are not executed; use one distribution per tenant.",
			func(c *c) bool { return c.TenantConfig != nil }),
		rule("DistributionConfig/ConnectionMode", "InvalidArgument",
			"Connection mode tenant-only is not executed; use direct.",
			func(c *c) bool { return deref(c.ConnectionMode) == ConnectionModeTenantOnly }),
		rule("DistributionConfig/ViewerMtlsConfig", "InvalidArgument",
			"Client certificates of viewers are not executed; restrict access by signed URLs or cookies.",
			func(c *c) bool { return c.ViewerMtlsConfig != nil }),
		rule("DistributionConfig/ConnectionFunctionAssociation", "InvalidArgument",
			"Connection functions are not executed; leave the association out.",
			func(c *c) bool { return c.ConnectionFunctionAssociation != nil }),
	}
}

func hasCertificate(c *DistributionConfig, s CertificateSource) bool {
	return slices.Contains(certificateSources(c.ViewerCertificate), s)
}

func originRules() []refusal[DistributionConfig] {
	const origin = "DistributionConfig/Origins/Origin/"
	return []refusal[DistributionConfig]{
		rule(origin+"VpcOriginConfig", "InvalidOrigin",
			"VPC origins are not executed; use a custom origin: the edge reaches any address its host reaches.",
			ofOrigins(func(o *Origin) bool { return o.VpcOriginConfig != nil })),
		rule(origin+"OriginShield/Enabled", "InvalidArgument",
			"Origin Shield is not executed; leave it disabled.",
			ofOrigins(func(o *Origin) bool { return o.OriginShield.Enabled })),
		rule(origin+"ResponseCompletionTimeout", "InvalidArgument",
			"A response completion timeout is not executed; leave it out and use OriginReadTimeout.",
			ofOrigins(func(o *Origin) bool { return o.ResponseCompletionTimeout != nil })),
		rule(origin+"CustomOriginConfig/OriginMtlsConfig", "InvalidArgument",
			"Client certificates towards origins are not executed; authenticate by a custom header.",
			ofOrigins(func(o *Origin) bool {
				return o.CustomOriginConfig != nil && o.CustomOriginConfig.OriginMtlsConfig != nil
			})),
		rule(origin+"CustomOriginConfig/IpAddressType", "InvalidArgument",
			"Origins over IPv6 alone are not executed; use dualstack, or an IPv6 address as DomainName.",
			ofOrigins(func(o *Origin) bool {
				return o.CustomOriginConfig != nil && deref(o.CustomOriginConfig.IpAddressType) == IpAddressTypeIpv6
			})),
		rule(origin+"CustomOriginConfig/OriginSslProtocols", "InvalidProtocolSettings",
			"Protocols before TLS 1.2 are not spoken to origins; include TLSv1.2.",
			ofOrigins(func(o *Origin) bool {
				return o.CustomOriginConfig != nil && !slices.Contains(o.CustomOriginConfig.OriginSslProtocols.Items, SslProtocolTLSv1_2)
			})),
	}
}

func behaviorRules() []refusal[DistributionConfig] {
	const behavior = "DistributionConfig/CacheBehavior/"
	return []refusal[DistributionConfig]{
		rule(behavior+"SmoothStreaming", "InvalidArgument",
			"Smooth Streaming is not executed; use HLS or DASH files.",
			ofBehaviors(func(b *CacheBehavior) bool { return *b.SmoothStreaming })),
		rule(behavior+"LambdaFunctionAssociations", "InvalidLambdaFunctionAssociation",
			"Lambda@Edge is not executed; do the work at the origin.",
			ofBehaviors(func(b *CacheBehavior) bool { return len(b.LambdaFunctionAssociations.Items) > 0 })),
		rule(behavior+"FunctionAssociations", "InvalidFunctionAssociation",
			"CloudFront Functions are not executed; do the work at the origin.",
			ofBehaviors(func(b *CacheBehavior) bool { return len(b.FunctionAssociations.Items) > 0 })),
		rule(behavior+"FieldLevelEncryptionId", "InvalidArgument",
			"Field-level encryption is not executed; leave FieldLevelEncryptionId empty.",
			ofBehaviors(func(b *CacheBehavior) bool { return *b.FieldLevelEncryptionId != "" })),
		rule(behavior+"RealtimeLogConfigArn", "InvalidArgument",
			"Real-time logs are not executed; read the edge's own access log.",
			ofBehaviors(func(b *CacheBehavior) bool { return b.RealtimeLogConfigArn != nil })),
		rule(behavior+"GrpcConfig/Enabled", "InvalidArgument",
			"gRPC is not executed; leave it disabled.",
			ofBehaviors(func(b *CacheBehavior) bool { return b.GrpcConfig.Enabled })),
	}
}

func originAccessControlRules() []refusal[OriginAccessControlConfig] {
	type c = OriginAccessControlConfig
	return []refusal[c]{
		rule("OriginAccessControlConfig/OriginAccessControlOriginType", "InvalidArgument",
			"Origin access controls sign for S3 alone; use type s3.",
			func(c *c) bool { return c.OriginAccessControlOriginType != OriginAccessControlOriginTypesS3 }),
	}
}

package cloudfront

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// failover is an origin group of the first two origins of c.
func failover(c *DistributionConfig) *OriginGroups {
	return &OriginGroups{Quantity: 1, Items: []OriginGroup{{
		Id:               "g",
		FailoverCriteria: OriginGroupFailoverCriteria{StatusCodes{Quantity: 1, Items: []int64{503}}},
		Members:          OriginGroupMembers{Quantity: 2, Items: []OriginGroupMember{{c.Origins.Items[0].Id}, {c.Origins.Items[1].Id}}},
	}}}
}

// asks makes a valid configuration ask for each thing that is refused.
func asks() map[string]func(*DistributionConfig) {
	type c = DistributionConfig
	const origin, behavior = "DistributionConfig/Origins/Origin/", "DistributionConfig/CacheBehavior/"
	custom := func(change func(*CustomOriginConfig)) func(*c) {
		return func(c *c) { change(c.Origins.Items[1].CustomOriginConfig) }
	}
	certificate := func(v ViewerCertificate) func(*c) {
		v.SSLSupportMethod = new(SSLSupportMethodSniOnly)
		return func(c *c) { c.ViewerCertificate = &v }
	}
	return map[string]func(*c){
		"DistributionConfig/OriginGroups/OriginGroup/SelectionCriteria": func(c *c) {
			c.OriginGroups = failover(c)
			c.OriginGroups.Items[0].SelectionCriteria = new(OriginGroupSelectionCriteriaMediaQualityBased)
		},
		"DistributionConfig/Logging/Enabled": func(c *c) { c.Logging = &LoggingConfig{Enabled: new(true), Bucket: new("b.s3.amazonaws.com")} },
		"DistributionConfig/ViewerCertificate/ACMCertificateArn": certificate(ViewerCertificate{
			ACMCertificateArn: new("arn:aws:acm:us-east-1:123456789012:certificate/0-1"),
		}),
		"DistributionConfig/ViewerCertificate/IAMCertificateId": certificate(ViewerCertificate{IAMCertificateId: new("ASCA")}),
		"DistributionConfig/Restrictions/GeoRestriction": func(c *c) {
			c.Restrictions = &Restrictions{GeoRestriction{RestrictionType: "blacklist", Quantity: 1, Items: []string{"DE"}}}
		},
		"DistributionConfig/WebACLId":                     func(c *c) { c.WebACLId = new("arn:aws:wafv2:x") },
		"DistributionConfig/ContinuousDeploymentPolicyId": func(c *c) { c.ContinuousDeploymentPolicyId = new("x") },
		"DistributionConfig/Staging":                      func(c *c) { c.Staging = new(true) },
		"DistributionConfig/AnycastIpListId":              func(c *c) { c.AnycastIpListId = new("aip_x") },
		"DistributionConfig/TenantConfig":                 func(c *c) { c.TenantConfig = &TenantConfig{} },
		"DistributionConfig/ConnectionMode":               func(c *c) { c.ConnectionMode = new(ConnectionModeTenantOnly) },
		"DistributionConfig/ViewerMtlsConfig":             func(c *c) { c.ViewerMtlsConfig = &ViewerMtlsConfig{} },
		"DistributionConfig/ConnectionFunctionAssociation": func(c *c) {
			c.ConnectionFunctionAssociation = &ConnectionFunctionAssociation{Id: "x"}
		},
		origin + "VpcOriginConfig": func(c *c) {
			c.Origins.Items[1].CustomOriginConfig, c.Origins.Items[1].VpcOriginConfig = nil, &VpcOriginConfig{VpcOriginId: "vo_x"}
		},
		origin + "OriginShield/Enabled": func(c *c) {
			c.Origins.Items[0].OriginShield = &OriginShield{Enabled: true, OriginShieldRegion: new("us-east-1")}
		},
		origin + "ResponseCompletionTimeout":             func(c *c) { c.Origins.Items[0].ResponseCompletionTimeout = new(int64(60)) },
		origin + "CustomOriginConfig/OriginMtlsConfig":   custom(func(o *CustomOriginConfig) { o.OriginMtlsConfig = &OriginMtlsConfig{} }),
		origin + "CustomOriginConfig/IpAddressType":      custom(func(o *CustomOriginConfig) { o.IpAddressType = new(IpAddressTypeIpv6) }),
		origin + "CustomOriginConfig/OriginSslProtocols": custom(func(o *CustomOriginConfig) { o.OriginSslProtocols.Items[1] = SslProtocolTLSv1 }),
		behavior + "SmoothStreaming":                     func(c *c) { c.DefaultCacheBehavior.SmoothStreaming = new(true) },
		behavior + "LambdaFunctionAssociations": func(c *c) {
			c.DefaultCacheBehavior.LambdaFunctionAssociations = &LambdaFunctionAssociations{Quantity: 1, Items: []LambdaFunctionAssociation{{LambdaFunctionARN: "a", EventType: EventTypeViewerRequest}}}
		},
		behavior + "FunctionAssociations": func(c *c) {
			c.CacheBehaviors.Items[0].FunctionAssociations = &FunctionAssociations{Quantity: 1, Items: []FunctionAssociation{{FunctionARN: "a", EventType: EventTypeViewerRequest}}}
		},
		behavior + "FieldLevelEncryptionId": func(c *c) { c.CacheBehaviors.Items[0].FieldLevelEncryptionId = new("x") },
		behavior + "RealtimeLogConfigArn":   func(c *c) { c.CacheBehaviors.Items[0].RealtimeLogConfigArn = new("x") },
		behavior + "GrpcConfig/Enabled":     func(c *c) { c.CacheBehaviors.Items[0].GrpcConfig = &GrpcConfig{Enabled: true} },
	}
}

func TestEveryRefusalIsTruthful(t *testing.T) {
	changes := asks()
	for _, r := range distributionRules() {
		change, ok := changes[r.Path]
		if !ok {
			t.Errorf("%s: the test does not ask for it", r.Path)
			continue
		}
		delete(changes, r.Path)
		c := sample(t)
		change(c)
		SetDefaults(c)
		if err := Validate(c, AWSQuotas()); err != nil {
			t.Errorf("%s: CloudFront would not accept it either: %v", r.Path, err)
		}
		err := Unsupported(c)
		if CodeOf(err) != r.Code || !strings.Contains(fmt.Sprint(err), r.Message) {
			t.Errorf("%s: got %v", r.Path, err)
		}
		if StatusOf(r.Code) != 400 {
			t.Errorf("%s: %s has status %d", r.Path, r.Code, StatusOf(r.Code))
		}
	}
	for path := range changes {
		t.Errorf("%s is asked for but not in the table", path)
	}
}

// executedMembers names the members of structures that are executed.
func executedMembers() map[reflect.Type]string {
	return map[reflect.Type]string{
		reflect.TypeFor[DistributionConfig](): "CallerReference Aliases DefaultRootObject Origins DefaultCacheBehavior CacheBehaviors " +
			"CustomErrorResponses Comment PriceClass Enabled HttpVersion IsIPV6Enabled CacheTagConfig",
		reflect.TypeFor[Origin]():             "Id DomainName OriginPath CustomHeaders S3OriginConfig ConnectionAttempts ConnectionTimeout OriginAccessControlId",
		reflect.TypeFor[CustomOriginConfig](): "HTTPPort HTTPSPort OriginProtocolPolicy OriginReadTimeout OriginKeepaliveTimeout",
		reflect.TypeFor[S3OriginConfig]():     "OriginAccessIdentity OriginReadTimeout",
		reflect.TypeFor[CacheBehavior](): "PathPattern TargetOriginId TrustedSigners TrustedKeyGroups ViewerProtocolPolicy AllowedMethods " +
			"Compress CachePolicyId OriginRequestPolicyId ResponseHeadersPolicyId ForwardedValues MinTTL DefaultTTL MaxTTL",
		reflect.TypeFor[OriginGroup](): "Id FailoverCriteria Members",

		reflect.TypeFor[CachePolicyConfig](): "Comment Name DefaultTTL MaxTTL MinTTL ParametersInCacheKeyAndForwardedToOrigin",
		reflect.TypeFor[ParametersInCacheKeyAndForwardedToOrigin](): "EnableAcceptEncodingGzip EnableAcceptEncodingBrotli HeadersConfig " +
			"CookiesConfig QueryStringsConfig",
		reflect.TypeFor[OriginRequestPolicyConfig](): "Comment Name HeadersConfig CookiesConfig QueryStringsConfig",
		reflect.TypeFor[ResponseHeadersPolicyConfig](): "Comment Name CorsConfig SecurityHeadersConfig ServerTimingHeadersConfig " +
			"CustomHeadersConfig RemoveHeadersConfig",
		reflect.TypeFor[ResponseHeadersPolicyCorsConfig](): "AccessControlAllowOrigins AccessControlAllowHeaders AccessControlAllowMethods " +
			"AccessControlAllowCredentials AccessControlExposeHeaders AccessControlMaxAgeSec OriginOverride",
		reflect.TypeFor[ResponseHeadersPolicySecurityHeadersConfig](): "XSSProtection FrameOptions ReferrerPolicy ContentSecurityPolicy " +
			"ContentTypeOptions StrictTransportSecurity",
		reflect.TypeFor[ResponseHeadersPolicyServerTimingHeadersConfig](): "Enabled SamplingRate",
		reflect.TypeFor[ResponseHeadersPolicyStrictTransportSecurity]():   "Override IncludeSubdomains Preload AccessControlMaxAgeSec",
		reflect.TypeFor[ResponseHeadersPolicyXSSProtection]():             "Override Protection ModeBlock ReportUri",
	}
}

// TestEveryMemberIsExecutedOrRefused fails when the service model grows a member nobody has
// thought about: it must be executed and listed here, or be refused.
func TestEveryMemberIsExecutedOrRefused(t *testing.T) {
	prefix := map[reflect.Type]string{
		reflect.TypeFor[DistributionConfig](): "DistributionConfig/",
		reflect.TypeFor[Origin]():             "DistributionConfig/Origins/Origin/",
		reflect.TypeFor[CustomOriginConfig](): "DistributionConfig/Origins/Origin/CustomOriginConfig/",
		reflect.TypeFor[S3OriginConfig]():     "DistributionConfig/Origins/Origin/S3OriginConfig/",
		reflect.TypeFor[CacheBehavior]():      "DistributionConfig/CacheBehavior/",
		reflect.TypeFor[OriginGroup]():        "DistributionConfig/OriginGroups/OriginGroup/",
	}
	for typ, names := range executedMembers() {
		for i := range typ.NumField() {
			path := prefix[typ] + typ.Field(i).Name
			refused := slices.ContainsFunc(Refusals(), func(r Refusal) bool {
				return r.Path == path || strings.HasPrefix(r.Path, path+"/")
			})
			if !refused && !slices.Contains(strings.Fields(names), typ.Field(i).Name) {
				t.Errorf("%s is neither executed nor refused", path)
			}
		}
	}
}

func TestDefaultBehaviorDiffersInThePatternAlone(t *testing.T) {
	def, other := reflect.TypeFor[DefaultCacheBehavior](), reflect.TypeFor[CacheBehavior]()
	if def.NumField()+1 != other.NumField() {
		t.Fatalf("%d and %d fields", def.NumField(), other.NumField())
	}
	for i := range def.NumField() {
		if f, ok := other.FieldByName(def.Field(i).Name); !ok || f.Type != def.Field(i).Type {
			t.Errorf("%s differs", def.Field(i).Name)
		}
	}
}

func TestRelaxations(t *testing.T) {
	c := sample(t)
	o := &c.Origins.Items[1]
	o.DomainName, o.CustomOriginConfig.HTTPPort, o.CustomOriginConfig.IpAddressType = "[::1]", 81, new(IpAddressTypeIpv4)
	c.Aliases = &Aliases{Quantity: 1, Items: []string{"media"}}
	c.ViewerCertificate = nil
	c.CacheBehaviors.Items[0].MinTTL = new(int64(5))
	SetDefaults(c)
	if err := Validate(c, AWSQuotas()); err != nil {
		t.Error(err)
	}
	if err := Unsupported(c); err != nil {
		t.Error(err)
	}
	if c.CacheBehaviors.Items[0].MinTTL != nil {
		t.Error("MinTTL was kept beside a cache policy")
	}
	if got, want := strings.Count(RelaxationsMarkdown(), "\n"), len(Relaxations())+2; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
}

func TestRefusalsMarkdown(t *testing.T) {
	text := RefusalsMarkdown()
	if got, want := strings.Count(text, "\n"), len(Refusals())+2; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	if !strings.Contains(text, "| `DistributionConfig/WebACLId` | `InvalidWebACLId` | Web ACLs are not executed") {
		t.Errorf("got\n%s", text)
	}
}

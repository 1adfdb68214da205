package cloudfront

// ManagedOriginRequestPolicy is the managed origin request policy of that id.
func ManagedOriginRequestPolicy(id string) (OriginRequestPolicy, bool) {
	for _, p := range ManagedOriginRequestPolicies() {
		if p.Id == id {
			return p, true
		}
	}
	return OriginRequestPolicy{}, false
}

// ManagedOriginRequestPolicies lists the managed origin request policies (Developer Guide, Use
// managed origin request policies), ordered by id. The caller owns the result.
func ManagedOriginRequestPolicies() []OriginRequestPolicy {
	cors := []string{"origin", "access-control-request-headers", "access-control-request-method"}
	return []OriginRequestPolicy{
		originRequestPolicy{
			id: "216adef6-5c7f-47e4-b989-5492eafa07d3", name: "AllViewer",
			comment: "Policy to forward all parameters in viewer requests",
			headers: OriginRequestPolicyHeaderBehaviorAllViewer, cookies: "all", queries: "all",
		}.build(),
		originRequestPolicy{
			id: "33f36d7e-f396-46d9-90e0-52428a34d9dc", name: "AllViewerAndCloudFrontHeaders-2022-06",
			comment: "Policy to forward all parameters in viewer requests and all CloudFront headers that were released through June 2022 (CloudFront headers released after June 2022 are not included)",
			headers: OriginRequestPolicyHeaderBehaviorAllViewerAndWhitelistCloudFront, names: cloudFrontHeaders2022(),
			cookies: "all", queries: "all",
		}.build(),
		originRequestPolicy{
			id: "59781a5b-3903-41f3-afcb-af62929ccde1", name: "CORS-CustomOrigin",
			comment: "Policy for CORS support on a custom origin",
			headers: OriginRequestPolicyHeaderBehaviorWhitelist, names: []string{"origin"},
		}.build(),
		originRequestPolicy{
			id: "775133bc-15f2-49f9-abea-afb2e0bf67d2", name: "Elemental-MediaTailor-PersonalizedManifests",
			comment: "Policy for Elemental MediaTailor Origin",
			headers: OriginRequestPolicyHeaderBehaviorWhitelist,
			names:   append(cors[:3:3], "user-agent", "x-forwarded-for"), queries: "all",
		}.build(),
		originRequestPolicy{
			id: "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", name: "CORS-S3Origin",
			comment: "Policy for S3 origin with CORS",
			headers: OriginRequestPolicyHeaderBehaviorWhitelist, names: cors,
		}.build(),
		originRequestPolicy{
			id: "acba4595-bd28-49b8-b9fe-13317c0390fa", name: "UserAgentRefererHeaders",
			comment: "Policy to forward user-agent and referer headers to origin",
			headers: OriginRequestPolicyHeaderBehaviorWhitelist, names: []string{"user-agent", "referer"},
		}.build(),
		originRequestPolicy{
			id: "b689b0a8-53d0-40ab-baf2-68738e2966ac", name: "AllViewerExceptHostHeader",
			comment: "Policy to forward all parameters in viewer requests except for the Host header",
			headers: OriginRequestPolicyHeaderBehaviorAllExcept, names: []string{"host"},
			cookies: "all", queries: "all",
		}.build(),
		originRequestPolicy{
			id: "bf0718e1-ba1e-49d1-88b1-f726733018ae", name: "HostHeaderOnly",
			comment: "Policy to forward only the Host header to origin",
			headers: OriginRequestPolicyHeaderBehaviorWhitelist, names: []string{"host"},
		}.build(),
	}
}

// originRequestPolicy is an origin request policy in short; cookies and queries are "all" or
// "" (none).
type originRequestPolicy struct {
	id, name, comment string
	headers           OriginRequestPolicyHeaderBehavior
	names             []string
	cookies, queries  string
}

func (p originRequestPolicy) build() OriginRequestPolicy {
	c := OriginRequestPolicyConfig{
		Name: "Managed-" + p.name, Comment: &p.comment,
		HeadersConfig:      OriginRequestPolicyHeadersConfig{HeaderBehavior: p.headers},
		CookiesConfig:      OriginRequestPolicyCookiesConfig{CookieBehavior: OriginRequestPolicyCookieBehaviorNone},
		QueryStringsConfig: OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: OriginRequestPolicyQueryStringBehaviorNone},
	}
	if len(p.names) > 0 {
		c.HeadersConfig.Headers = headerNames(p.names)
	}
	if p.cookies != "" {
		c.CookiesConfig.CookieBehavior = OriginRequestPolicyCookieBehavior(p.cookies)
	}
	if p.queries != "" {
		c.QueryStringsConfig.QueryStringBehavior = OriginRequestPolicyQueryStringBehavior(p.queries)
	}
	return OriginRequestPolicy{Id: p.id, LastModifiedTime: managedSince(), OriginRequestPolicyConfig: c}
}

// cloudFrontHeaders2022 are the request headers CloudFront could add in June 2022.
func cloudFrontHeaders2022() []string {
	return []string{
		"CloudFront-Forwarded-Proto",
		"CloudFront-Is-Android-Viewer", "CloudFront-Is-Desktop-Viewer", "CloudFront-Is-IOS-Viewer",
		"CloudFront-Is-Mobile-Viewer", "CloudFront-Is-SmartTV-Viewer", "CloudFront-Is-Tablet-Viewer",
		"CloudFront-Viewer-Address", "CloudFront-Viewer-ASN", "CloudFront-Viewer-City",
		"CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Name", "CloudFront-Viewer-Country-Region",
		"CloudFront-Viewer-Country-Region-Name", "CloudFront-Viewer-Http-Version", "CloudFront-Viewer-Latitude",
		"CloudFront-Viewer-Longitude", "CloudFront-Viewer-Metro-Code", "CloudFront-Viewer-Postal-Code",
		"CloudFront-Viewer-Time-Zone", "CloudFront-Viewer-TLS",
	}
}

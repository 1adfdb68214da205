package cloudfront

// ManagedResponseHeadersPolicy is the managed response headers policy of that id.
func ManagedResponseHeadersPolicy(id string) (ResponseHeadersPolicy, bool) {
	for _, p := range ManagedResponseHeadersPolicies() {
		if p.Id == id {
			return p, true
		}
	}
	return ResponseHeadersPolicy{}, false
}

// ManagedResponseHeadersPolicies lists the managed response headers policies (Developer Guide,
// Use managed response headers policies), ordered by id. The caller owns the result.
func ManagedResponseHeadersPolicies() []ResponseHeadersPolicy {
	return []ResponseHeadersPolicy{
		managedResponseHeaders("5cc3b908-e619-4b99-88e5-2cf7f45965bd", "CORS-With-Preflight",
			"Allows all origins for CORS requests, including preflight requests", preflightCORS(), nil),
		managedResponseHeaders("60669652-455b-4ae9-85a4-c4c02393f86c", "SimpleCORS",
			"Allows all origins for simple CORS requests", simpleCORS(), nil),
		managedResponseHeaders("67f7725c-6f97-4210-82d7-5512b31e9d03", "SecurityHeadersPolicy",
			"Adds a set of security headers to every response", nil, securityHeaders()),
		managedResponseHeaders("e61eb60c-9c35-4d20-a928-2b84e02af89c", "CORS-and-SecurityHeadersPolicy",
			"Allows all origins for simple CORS requests and adds security headers", simpleCORS(), securityHeaders()),
		managedResponseHeaders("eaab4381-ed33-4a86-88ca-d9558dc6cd63", "CORS-with-preflight-and-SecurityHeadersPolicy",
			"Allows all origins for CORS requests, including preflight requests, and adds security headers", preflightCORS(), securityHeaders()),
	}
}

func managedResponseHeaders(id, name, comment string, cors *ResponseHeadersPolicyCorsConfig, security *ResponseHeadersPolicySecurityHeadersConfig) ResponseHeadersPolicy {
	return ResponseHeadersPolicy{Id: id, LastModifiedTime: managedSince(), ResponseHeadersPolicyConfig: ResponseHeadersPolicyConfig{
		Name: "Managed-" + name, Comment: &comment, CorsConfig: cors, SecurityHeadersConfig: security,
	}}
}

// simpleCORS names no headers and methods: it is for requests that have no preflight.
func simpleCORS() *ResponseHeadersPolicyCorsConfig {
	return &ResponseHeadersPolicyCorsConfig{
		AccessControlAllowOrigins:  ResponseHeadersPolicyAccessControlAllowOrigins{Quantity: 1, Items: []string{"*"}},
		AccessControlAllowHeaders:  ResponseHeadersPolicyAccessControlAllowHeaders{Items: []string{}},
		AccessControlAllowMethods:  ResponseHeadersPolicyAccessControlAllowMethods{Items: []ResponseHeadersPolicyAccessControlAllowMethodsValues{}},
		AccessControlExposeHeaders: &ResponseHeadersPolicyAccessControlExposeHeaders{},
	}
}

func preflightCORS() *ResponseHeadersPolicyCorsConfig {
	c := simpleCORS()
	for _, m := range []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"} {
		c.AccessControlAllowMethods.Items = append(c.AccessControlAllowMethods.Items, ResponseHeadersPolicyAccessControlAllowMethodsValues(m))
	}
	c.AccessControlAllowMethods.Quantity = 7
	c.AccessControlExposeHeaders = &ResponseHeadersPolicyAccessControlExposeHeaders{Quantity: 1, Items: []string{"*"}}
	return c
}

func securityHeaders() *ResponseHeadersPolicySecurityHeadersConfig {
	return &ResponseHeadersPolicySecurityHeadersConfig{
		XSSProtection:           &ResponseHeadersPolicyXSSProtection{Protection: true, ModeBlock: new(true)},
		FrameOptions:            &ResponseHeadersPolicyFrameOptions{FrameOption: FrameOptionsListSAMEORIGIN},
		ReferrerPolicy:          &ResponseHeadersPolicyReferrerPolicy{ReferrerPolicy: ReferrerPolicyListStrictOriginWhenCrossOrigin},
		ContentTypeOptions:      &ResponseHeadersPolicyContentTypeOptions{Override: true},
		StrictTransportSecurity: &ResponseHeadersPolicyStrictTransportSecurity{AccessControlMaxAgeSec: 31536000, IncludeSubdomains: new(false), Preload: new(false)},
	}
}

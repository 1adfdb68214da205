package cloudfront

import (
	"strings"
	"testing"
)

func responseHeadersSample() *ResponseHeadersPolicyConfig {
	c := &ResponseHeadersPolicyConfig{
		Name: "mine",
		CorsConfig: &ResponseHeadersPolicyCorsConfig{
			AccessControlAllowOrigins: ResponseHeadersPolicyAccessControlAllowOrigins{1, []string{"https://example.com"}},
			AccessControlAllowHeaders: ResponseHeadersPolicyAccessControlAllowHeaders{1, []string{"Range"}},
			AccessControlAllowMethods: ResponseHeadersPolicyAccessControlAllowMethods{1, []ResponseHeadersPolicyAccessControlAllowMethodsValues{"GET"}},
		},
		SecurityHeadersConfig: &ResponseHeadersPolicySecurityHeadersConfig{
			ContentSecurityPolicy:   &ResponseHeadersPolicyContentSecurityPolicy{ContentSecurityPolicy: "default-src 'self'"},
			StrictTransportSecurity: &ResponseHeadersPolicyStrictTransportSecurity{AccessControlMaxAgeSec: 60},
			XSSProtection:           &ResponseHeadersPolicyXSSProtection{Protection: true},
			FrameOptions:            &ResponseHeadersPolicyFrameOptions{FrameOption: "DENY"},
			ReferrerPolicy:          &ResponseHeadersPolicyReferrerPolicy{ReferrerPolicy: "origin"},
		},
		ServerTimingHeadersConfig: &ResponseHeadersPolicyServerTimingHeadersConfig{Enabled: true, SamplingRate: new(12.5)},
		CustomHeadersConfig:       &ResponseHeadersPolicyCustomHeadersConfig{1, []ResponseHeadersPolicyCustomHeader{{Header: "X-A", Value: ""}}},
		RemoveHeadersConfig:       &ResponseHeadersPolicyRemoveHeadersConfig{1, []ResponseHeadersPolicyRemoveHeader{{Header: "Server"}}},
	}
	SetResponseHeadersPolicyDefaults(c)
	return c
}

// headersFault changes a good policy; code is "" when it stays good.
type headersFault struct {
	change func(*ResponseHeadersPolicyConfig)
	code   string
	text   string
}

func corsFaults() map[string]headersFault {
	type c = ResponseHeadersPolicyConfig
	origin := func(o string) func(*c) {
		return func(c *c) { c.CorsConfig.AccessControlAllowOrigins.Items[0] = o }
	}
	return map[string]headersFault{
		"good":                  {change: func(*c) {}},
		"nothing":               {func(c *c) { *c = ResponseHeadersPolicyConfig{Name: "n", Comment: new("")} }, "InvalidArgument", "at least one"},
		"no origin":             {func(c *c) { c.CorsConfig.AccessControlAllowOrigins = ResponseHeadersPolicyAccessControlAllowOrigins{} }, "InvalidArgument", "Origins"},
		"no header":             {func(c *c) { c.CorsConfig.AccessControlAllowHeaders = ResponseHeadersPolicyAccessControlAllowHeaders{} }, "InvalidArgument", "Headers"},
		"no method":             {func(c *c) { c.CorsConfig.AccessControlAllowMethods = ResponseHeadersPolicyAccessControlAllowMethods{} }, "InvalidArgument", "Methods"},
		"other method":          {func(c *c) { c.CorsConfig.AccessControlAllowMethods.Items[0] = "TRACE" }, "MalformedXML", "enum"},
		"any origin":            {change: origin("*")},
		"wildcard label":        {change: origin("http://*.example.org:8080")},
		"no scheme":             {change: origin("*.example.org")},
		"local":                 {change: origin("http://localhost:3000")},
		"address":               {change: origin("http://127.0.0.1:3000")},
		"wildcard at the end":   {origin("https://example.*"), "InvalidArgument", "invalid origin"},
		"wildcard in the midst": {origin("https://a.*.example.org"), "InvalidArgument", "invalid origin"},
		"wildcard in a label":   {origin("https://exa*mple.org"), "InvalidArgument", "invalid origin"},
		"path":                  {origin("https://example.org/"), "InvalidArgument", "invalid origin"},
		"other scheme":          {origin("ftp://example.org"), "InvalidArgument", "invalid origin"},
		"any port":              {change: origin("http://localhost:*")},
		"some ports":            {change: origin("*.example.org:1*3")},
		"two stars in a port":   {origin("example.org:*1*"), "InvalidArgument", "invalid origin"},
		"bad port":              {origin("https://example.org:0"), "InvalidArgument", "invalid origin"},
		"credentials":           {change: func(c *c) { c.CorsConfig.AccessControlAllowCredentials = true }},
		"credentials, any origin": {func(c *c) {
			c.CorsConfig.AccessControlAllowCredentials, c.CorsConfig.AccessControlAllowOrigins.Items[0] = true, "*"
		}, "InvalidArgument", "AccessControlAllowCredentials"},
		"credentials, any header": {func(c *c) {
			c.CorsConfig.AccessControlAllowCredentials, c.CorsConfig.AccessControlAllowHeaders.Items[0] = true, "*"
		}, "InvalidArgument", "AccessControlAllowCredentials"},
		"header pattern": {change: func(c *c) { c.CorsConfig.AccessControlAllowHeaders.Items[0] = "x-amz-*" }},
		"two wildcards":  {func(c *c) { c.CorsConfig.AccessControlAllowHeaders.Items[0] = "*-amz-*" }, "InvalidArgument", "header name"},
		"expose pattern": {func(c *c) {
			c.CorsConfig.AccessControlExposeHeaders = &ResponseHeadersPolicyAccessControlExposeHeaders{1, []string{"x-*"}}
		}, "InvalidArgument", "header name"},
		"negative age": {func(c *c) { c.CorsConfig.AccessControlMaxAgeSec = new(int64(-1)) }, "InvalidArgument", "MaxAge"},
	}
}

func otherHeaderFaults() map[string]headersFault {
	type c = ResponseHeadersPolicyConfig
	custom := func(name, value string) func(*c) {
		return func(c *c) {
			c.CustomHeadersConfig.Items = []ResponseHeadersPolicyCustomHeader{{Header: name, Value: value}}
		}
	}
	remove := func(names ...string) func(*c) {
		return func(c *c) {
			c.RemoveHeadersConfig = &ResponseHeadersPolicyRemoveHeadersConfig{Quantity: int64(len(names))}
			for _, n := range names {
				c.RemoveHeadersConfig.Items = append(c.RemoveHeadersConfig.Items, ResponseHeadersPolicyRemoveHeader{n})
			}
		}
	}
	return map[string]headersFault{
		"long CSP": {func(c *c) {
			c.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy = strings.Repeat("x", 1784)
		}, "TooLongCSPInResponseHeadersPolicy", ""},
		"CSP in two lines": {func(c *c) { c.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy = "a\r\nb" }, "InvalidArgument", "ContentSecurityPolicy"},
		"block and report": {func(c *c) {
			x := c.SecurityHeadersConfig.XSSProtection
			x.ModeBlock, x.ReportUri = new(true), new("/r")
		}, "InvalidArgument", "ReportUri"},
		"rate":              {func(c *c) { c.ServerTimingHeadersConfig.SamplingRate = new(100.1) }, "InvalidArgument", "SamplingRate"},
		"fine rate":         {change: func(c *c) { c.ServerTimingHeadersConfig.SamplingRate = new(0.0001) }},
		"too fine rate":     {func(c *c) { c.ServerTimingHeadersConfig.SamplingRate = new(0.00001) }, "InvalidArgument", "SamplingRate"},
		"security as extra": {custom("X-Frame-Options", "DENY"), "InvalidArgument", "security header and cannot be set"},
		"protected":         {custom("Via", "x"), "InvalidArgument", "not allowed"},
		"bad name":          {custom("X A", "x"), "InvalidArgument", "invalid name"},
		"bad value":         {custom("X-A", "x\ny"), "InvalidArgument", "Value"},
		"long value":        {custom("X-A", strings.Repeat("x", 1784)), "InvalidArgument", "Value"},
		"our setting":       {change: custom("x-warmfront-sign-manifests", "true")},
		"our setting, off":  {custom("X-Warmfront-Sign-Manifests", "false"), "InvalidArgument", "must have the value true"},
		"remove ours":       {remove("x-amz-cf-id"), "InvalidArgument", "cannot be removed"},
		"remove twice":      {remove("Vary", "vary"), "InvalidArgument", "duplicate"},
		"remove 11":         {remove(many(11)...), "TooManyRemoveHeadersInResponseHeadersPolicy", ""},
		"11 extras": {func(c *c) {
			c.CustomHeadersConfig = &ResponseHeadersPolicyCustomHeadersConfig{Quantity: 11}
			for _, n := range many(11) {
				c.CustomHeadersConfig.Items = append(c.CustomHeadersConfig.Items, ResponseHeadersPolicyCustomHeader{Header: n})
			}
		}, "TooManyCustomHeadersInResponseHeadersPolicy", ""},
		"quantity": {func(c *c) { c.CustomHeadersConfig.Quantity = 2 }, "InconsistentQuantities", ""},
	}
}

func TestResponseHeadersPolicyFaults(t *testing.T) {
	t.Parallel()
	for _, faults := range []map[string]headersFault{corsFaults(), otherHeaderFaults()} {
		for name, tc := range faults {
			c := responseHeadersSample()
			tc.change(c)
			t.Run(name, func(t *testing.T) { checkFault(t, ValidateResponseHeadersPolicy(c, AWSQuotas()), tc.code, tc.text) })
		}
	}
}

func TestManagedResponseHeadersPolicies(t *testing.T) {
	t.Parallel()
	last := ""
	for _, p := range ManagedResponseHeadersPolicies() {
		c := p.ResponseHeadersPolicyConfig
		if p.Id <= last || !strings.HasPrefix(c.Name, "Managed-") || checkQuantities(&p) != nil {
			t.Errorf("%+v", p)
		}
		last = p.Id
	}
	if _, ok := ManagedResponseHeadersPolicy("x"); ok {
		t.Error("an unknown policy was found")
	}
}

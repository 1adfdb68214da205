package cloudfront

import (
	"strings"
	"testing"
)

func cachePolicySample() *CachePolicyConfig {
	return &CachePolicyConfig{Name: "mine", MinTTL: 1, ParametersInCacheKeyAndForwardedToOrigin: &ParametersInCacheKeyAndForwardedToOrigin{
		EnableAcceptEncodingGzip: true,
		HeadersConfig:            CachePolicyHeadersConfig{HeaderBehavior: "whitelist", Headers: headerNames([]string{"X-Tenant"})},
		CookiesConfig:            CachePolicyCookiesConfig{CookieBehavior: "allExcept", Cookies: &CookieNames{1, []string{"ga"}}},
		QueryStringsConfig:       CachePolicyQueryStringsConfig{QueryStringBehavior: "whitelist", QueryStrings: &QueryStringNames{1, []string{"page"}}},
	}}
}

// many makes n distinct names.
func many(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "n" + itoa(int64(i))
	}
	return out
}

func TestCachePolicyFaults(t *testing.T) {
	t.Parallel()
	type c = CachePolicyConfig
	headers := func(names ...string) func(*c) {
		return func(c *c) { c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers = headerNames(names) }
	}
	off := func(change func(*ParametersInCacheKeyAndForwardedToOrigin)) func(*c) {
		return func(c *c) {
			c.MinTTL, c.DefaultTTL, c.MaxTTL, c.ParametersInCacheKeyAndForwardedToOrigin = 0, new(int64(0)), new(int64(0)), nil
			SetCachePolicyDefaults(c)
			change(c.ParametersInCacheKeyAndForwardedToOrigin)
		}
	}
	for name, tc := range map[string]struct {
		change func(*c)
		code   string
		text   string
	}{
		"good":              {change: func(*c) {}},
		"caching disabled":  {change: off(func(*ParametersInCacheKeyAndForwardedToOrigin) {})},
		"disabled, gzip":    {off(func(p *ParametersInCacheKeyAndForwardedToOrigin) { p.EnableAcceptEncodingGzip = true }), "InvalidArgument", "EnableAcceptEncodingGzip is invalid for policy with caching disabled"},
		"disabled, headers": {off(func(p *ParametersInCacheKeyAndForwardedToOrigin) { p.HeadersConfig.HeaderBehavior = "whitelist" }), "InvalidArgument", "HeaderBehavior is invalid for policy with caching disabled"},
		"disabled, cookies": {off(func(p *ParametersInCacheKeyAndForwardedToOrigin) { p.CookiesConfig.CookieBehavior = "all" }), "InvalidArgument", "CookieBehavior is invalid"},
		"disabled, queries": {off(func(p *ParametersInCacheKeyAndForwardedToOrigin) { p.QueryStringsConfig.QueryStringBehavior = "all" }), "InvalidArgument", "QueryStringBehavior is invalid"},

		"no name":             {func(c *c) { c.Name = "" }, "InvalidArgument", "Name"},
		"name with a blank":   {func(c *c) { c.Name = "a b" }, "InvalidArgument", "Name"},
		"long name":           {func(c *c) { c.Name = strings.Repeat("n", 129) }, "InvalidArgument", "Name"},
		"long comment":        {func(c *c) { c.Comment = new(strings.Repeat("n", 129)) }, "InvalidArgument", "Comment"},
		"min above default":   {func(c *c) { c.MinTTL, c.DefaultTTL = 10, new(int64(5)) }, "InvalidArgument", "order"},
		"default above max":   {func(c *c) { c.MaxTTL = new(int64(5)) }, "InvalidArgument", "order"},
		"negative":            {func(c *c) { c.MinTTL = -1 }, "InvalidArgument", "from 0"},
		"beyond 100 years":    {func(c *c) { c.MaxTTL = new(int64(maxTTL + 1)) }, "InvalidArgument", "from 0"},
		"unknown behavior":    {func(c *c) { c.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.CookieBehavior = "some" }, "MalformedXML", "enum"},
		"header wildcard":     {headers("*"), "InvalidArgument", "not allowed"},
		"connection":          {headers("Connection"), "InvalidArgument", "Connection that is not allowed"},
		"encoding with gzip":  {headers("Accept-Encoding"), "InvalidArgument", "not allowed"},
		"viewer address":      {headers("CloudFront-Viewer-Address"), "InvalidArgument", "not allowed"},
		"no token":            {headers("a b"), "InvalidArgument", "invalid name"},
		"header twice":        {headers("a", "A"), "InvalidArgument", "duplicate"},
		"no header":           {func(c *c) { c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers = nil }, "InvalidArgument", "Headers"},
		"header without need": {func(c *c) { c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.HeaderBehavior = "none" }, "InvalidArgument", "Headers"},
		"cookie wildcards":    {change: func(c *c) { c.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.Cookies.Items[0] = "wp_*-?" }},
		"cookies with all":    {func(c *c) { c.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.CookieBehavior = "all" }, "InvalidArgument", "Cookies"},
		"ampersand": {func(c *c) {
			c.ParametersInCacheKeyAndForwardedToOrigin.QueryStringsConfig.QueryStrings.Items[0] = "a&b"
		}, "InvalidArgument", "invalid name"},
		"quantity": {func(c *c) { c.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.Cookies.Quantity = 2 }, "InconsistentQuantities", ""},

		"11 headers": {headers(many(11)...), "TooManyHeadersInCachePolicy", ""},
		"11 cookies": {func(c *c) {
			c.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.Cookies = &CookieNames{11, many(11)}
		}, "TooManyCookiesInCachePolicy", ""},
		"11 queries": {func(c *c) {
			c.ParametersInCacheKeyAndForwardedToOrigin.QueryStringsConfig.QueryStrings = &QueryStringNames{11, many(11)}
		}, "TooManyQueryStringsInCachePolicy", ""},
		"long names": {headers(strings.Repeat("n", 600), strings.Repeat("m", 600)), "InvalidArgument", "characters of header"},
	} {
		t.Run(name, func(t *testing.T) {
			c := cachePolicySample()
			SetCachePolicyDefaults(c)
			tc.change(c)
			checkFault(t, ValidateCachePolicy(c, AWSQuotas()), tc.code, tc.text)
			if strings.HasPrefix(tc.code, "TooMany") {
				checkFault(t, ValidateCachePolicy(c, Limits{}), "", "")
			}
		})
	}
}

func checkFault(t *testing.T, err error, code, text string) {
	t.Helper()
	if CodeOf(err) != code || code != "" && !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %s %q", err, code, text)
	}
}

func TestCachePolicyDefaults(t *testing.T) {
	t.Parallel()
	c := &CachePolicyConfig{Name: "n", MinTTL: 90000}
	SetCachePolicyDefaults(c)
	if *c.DefaultTTL != 90000 || *c.MaxTTL != 31536000 || c.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.HeaderBehavior != "none" {
		t.Errorf("got %+v", c)
	}
	c = cachePolicySample()
	c.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig = CachePolicyCookiesConfig{CookieBehavior: "none", Cookies: &CookieNames{}}
	SetCachePolicyDefaults(c)
	if c.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.Cookies != nil {
		t.Error("an empty list was kept")
	}
}

func TestOriginRequestPolicyFaults(t *testing.T) {
	t.Parallel()
	config := func(behavior string, headers ...string) *OriginRequestPolicyConfig {
		c := &OriginRequestPolicyConfig{
			Name:               "mine",
			HeadersConfig:      OriginRequestPolicyHeadersConfig{HeaderBehavior: OriginRequestPolicyHeaderBehavior(behavior)},
			CookiesConfig:      OriginRequestPolicyCookiesConfig{CookieBehavior: "all"},
			QueryStringsConfig: OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: "none"},
		}
		if len(headers) > 0 {
			c.HeadersConfig.Headers = headerNames(headers)
		}
		SetOriginRequestPolicyDefaults(c)
		return c
	}
	queries := config("none")
	queries.QueryStringsConfig = OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: "allExcept", QueryStrings: &QueryStringNames{11, many(11)}}
	cookies := config("none")
	cookies.CookiesConfig = OriginRequestPolicyCookiesConfig{CookieBehavior: "whitelist", Cookies: &CookieNames{11, many(11)}}
	for name, tc := range map[string]struct {
		config *OriginRequestPolicyConfig
		code   string
	}{
		"none":                     {config("none"), ""},
		"all":                      {config("allViewer"), ""},
		"all and CloudFront's":     {config("allViewerAndWhitelistCloudFront", "CloudFront-Viewer-TLS"), ""},
		"all and others":           {config("allViewerAndWhitelistCloudFront", "X-A"), "InvalidArgument"},
		"all with names":           {config("allViewer", "X-A"), "InvalidArgument"},
		"all except host":          {config("allExcept", "Host"), ""},
		"all except nothing":       {config("allExcept"), "InvalidArgument"},
		"listed encoding":          {config("whitelist", "Accept-Encoding"), ""},
		"listed authorization":     {config("whitelist", "authorization"), "InvalidArgument"},
		"listed wildcard":          {config("whitelist", "*"), "InvalidArgument"},
		"too many headers":         {config("whitelist", many(11)...), "TooManyHeadersInOriginRequestPolicy"},
		"too many query strings":   {queries, "TooManyQueryStringsInOriginRequestPolicy"},
		"too many cookies":         {cookies, "TooManyCookiesInOriginRequestPolicy"},
		"whitelist without a list": {config("whitelist"), "InvalidArgument"},
	} {
		if err := ValidateOriginRequestPolicy(tc.config, AWSQuotas()); CodeOf(err) != tc.code {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestOriginGroups(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*DistributionConfig, *OriginGroup)
		code   string
	}{
		"good":           {func(*DistributionConfig, *OriginGroup) {}, ""},
		"one member":     {func(_ *DistributionConfig, g *OriginGroup) { g.Members = OriginGroupMembers{1, g.Members.Items[:1]} }, "InvalidArgument"},
		"same member":    {func(_ *DistributionConfig, g *OriginGroup) { g.Members.Items[1] = g.Members.Items[0] }, "InvalidArgument"},
		"unknown member": {func(_ *DistributionConfig, g *OriginGroup) { g.Members.Items[1].OriginId = "x" }, "NoSuchOrigin"},
		"no status":      {func(_ *DistributionConfig, g *OriginGroup) { g.FailoverCriteria.StatusCodes = StatusCodes{} }, "InvalidArgument"},
		"other status":   {func(_ *DistributionConfig, g *OriginGroup) { g.FailoverCriteria.StatusCodes.Items[0] = 401 }, "InvalidArgument"},
		"an origin's id": {func(c *DistributionConfig, g *OriginGroup) { g.Id = c.Origins.Items[0].Id }, "InvalidArgument"},
		"quantity":       {func(_ *DistributionConfig, g *OriginGroup) { g.Members.Quantity = 3 }, "InconsistentQuantities"},
		"as a target":    {func(c *DistributionConfig, g *OriginGroup) { c.DefaultCacheBehavior.TargetOriginId = g.Id }, ""},
		"written to": {func(c *DistributionConfig, g *OriginGroup) {
			c.DefaultCacheBehavior.TargetOriginId = g.Id
			c.DefaultCacheBehavior.AllowedMethods.Items, c.DefaultCacheBehavior.AllowedMethods.Quantity = methodSets()[2], 7
		}, "InvalidArgument"},
	} {
		c := sample(t)
		c.OriginGroups = failover(c)
		SetDefaults(c)
		tc.change(c, &c.OriginGroups.Items[0])
		if err := Validate(c, AWSQuotas()); CodeOf(err) != tc.code {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

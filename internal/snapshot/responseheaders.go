package snapshot

import (
	"slices"
	"strconv"
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// ResponseHeaders is a response headers policy as a list of things to do to an answer, in this
// order (Developer Guide, "Understand response headers policies").
type ResponseHeaders struct {
	Remove []string // names of fields to take away
	CORS   *CORS    // nil for none
	Add    []AddedHeader
	// Timing adds Server-Timing to SamplingRate percent of the answers, and to every one that
	// is asked for with Pragma: server-timing.
	Timing       bool
	SamplingRate float64
}

// AddedHeader is a field to add, or with Override to replace, where the origin sent one.
type AddedHeader struct {
	httpcache.Field
	Override bool
}

// CORS is what answers to requests with an Origin field get.
type CORS struct {
	Override  bool              // the origin's own CORS fields give way
	Always    []httpcache.Field // beside Access-Control-Allow-Origin
	Preflight []httpcache.Field // for preflight requests besides
	// Varies is set when the answer depends on the origin that asks.
	Varies  bool
	origins []allowedOrigin
}

// allowedOrigin is one entry of a list of origins.
type allowedOrigin struct {
	scheme string // "" for any
	host   string // with the port if one is given; ".example.org" for a wildcard
}

// AllowOrigin returns the value of Access-Control-Allow-Origin for a request from origin; ok is
// false when the policy does not allow it.
func (c *CORS) AllowOrigin(origin string) (value string, ok bool) {
	if !c.Varies {
		return "*", true
	}
	scheme, host, found := strings.Cut(origin, "://")
	if !found {
		scheme, host = "", origin
	}
	for _, a := range c.origins {
		if (a.scheme == "" || a.scheme == scheme) && a.covers(host) {
			return origin, true
		}
	}
	return "", false
}

func (a *allowedOrigin) covers(host string) bool {
	if a.host[0] == '.' {
		return len(host) > len(a.host) && strings.HasSuffix(host, a.host)
	}
	return host == a.host
}

// IsCORSHeader holds for the names of the CORS protocol's response fields (Fetch, "HTTP
// responses"), in any case.
func IsCORSHeader(name string) bool {
	const prefix = "Access-Control-"
	if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return false
	}
	switch strings.ToLower(name[len(prefix):]) {
	case "allow-origin", "allow-credentials", "allow-headers", "allow-methods", "expose-headers", "max-age":
		return true
	}
	return false
}

func responseHeaders(c *cloudfront.ResponseHeadersPolicyConfig) *ResponseHeaders {
	out := &ResponseHeaders{}
	if r := c.RemoveHeadersConfig; r != nil {
		for _, h := range r.Items {
			out.Remove = append(out.Remove, h.Header)
		}
	}
	if c.CorsConfig != nil {
		out.CORS = cors(c.CorsConfig)
	}
	if c.SecurityHeadersConfig != nil {
		out.security(c.SecurityHeadersConfig)
	}
	if h := c.CustomHeadersConfig; h != nil {
		for _, h := range h.Items {
			out.add(h.Header, h.Value, h.Override)
		}
	}
	if t := c.ServerTimingHeadersConfig; t != nil && t.Enabled {
		out.Timing, out.SamplingRate = true, deref(t.SamplingRate)
	}
	return out
}

func (r *ResponseHeaders) add(name, value string, override bool) {
	r.Add = append(r.Add, AddedHeader{httpcache.Field{Name: name, Value: value}, override})
}

func (r *ResponseHeaders) security(s *cloudfront.ResponseHeadersPolicySecurityHeadersConfig) {
	if h := s.StrictTransportSecurity; h != nil {
		value := "max-age=" + strconv.FormatInt(h.AccessControlMaxAgeSec, 10)
		if deref(h.IncludeSubdomains) {
			value += "; includeSubDomains"
		}
		if deref(h.Preload) {
			value += "; preload"
		}
		r.add("Strict-Transport-Security", value, h.Override)
	}
	if h := s.ContentTypeOptions; h != nil {
		r.add("X-Content-Type-Options", "nosniff", h.Override)
	}
	if h := s.FrameOptions; h != nil {
		r.add("X-Frame-Options", string(h.FrameOption), h.Override)
	}
	if h := s.XSSProtection; h != nil {
		value := "0"
		switch {
		case h.Protection && deref(h.ModeBlock):
			value = "1; mode=block"
		case h.Protection && deref(h.ReportUri) != "":
			value = "1; report=" + *h.ReportUri
		case h.Protection:
			value = "1"
		}
		r.add("X-XSS-Protection", value, h.Override)
	}
	if h := s.ReferrerPolicy; h != nil {
		r.add("Referrer-Policy", string(h.ReferrerPolicy), h.Override)
	}
	if h := s.ContentSecurityPolicy; h != nil {
		r.add("Content-Security-Policy", h.ContentSecurityPolicy, h.Override)
	}
}

func cors(c *cloudfront.ResponseHeadersPolicyCorsConfig) *CORS {
	out := &CORS{Override: c.OriginOverride}
	if !slices.Contains(c.AccessControlAllowOrigins.Items, "*") {
		out.Varies = true
		for _, o := range c.AccessControlAllowOrigins.Items {
			scheme, host, ok := strings.Cut(strings.ToLower(o), "://")
			if !ok {
				scheme, host = "", strings.ToLower(o)
			}
			out.origins = append(out.origins, allowedOrigin{scheme, strings.TrimPrefix(host, "*")})
		}
	}
	field := func(name, value string) []httpcache.Field { return []httpcache.Field{{Name: name, Value: value}} }
	if c.AccessControlAllowCredentials {
		out.Always = append(out.Always, field("Access-Control-Allow-Credentials", "true")...)
	}
	if e := c.AccessControlExposeHeaders; e != nil && len(e.Items) > 0 {
		out.Always = append(out.Always, field("Access-Control-Expose-Headers", strings.Join(e.Items, ","))...)
	}
	if m := methods(c.AccessControlAllowMethods.Items); m != "" {
		out.Preflight = append(out.Preflight, field("Access-Control-Allow-Methods", m)...)
	}
	if h := c.AccessControlAllowHeaders.Items; len(h) > 0 {
		out.Preflight = append(out.Preflight, field("Access-Control-Allow-Headers", strings.Join(h, ","))...)
	}
	if c.AccessControlMaxAgeSec != nil {
		out.Preflight = append(out.Preflight, field("Access-Control-Max-Age", strconv.FormatInt(*c.AccessControlMaxAgeSec, 10))...)
	}
	return out
}

// methods lists methods as Access-Control-Allow-Methods does; ALL stands for each of them.
func methods(list []cloudfront.ResponseHeadersPolicyAccessControlAllowMethodsValues) string {
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = string(m)
	}
	if slices.Contains(names, "ALL") {
		return "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"
	}
	return strings.Join(names, ",")
}

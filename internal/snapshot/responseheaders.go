package snapshot

import (
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
	// SignManifests gives the URLs in HLS and DASH manifests the signature that the viewer sent
	// with the request for the manifest. It is no header: CloudFront's policies have no other
	// place for a setting of a behavior's own.
	SignManifests bool
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
			if strings.EqualFold(h.Header, cloudfront.SignManifestsHeader) {
				out.SignManifests = true
			} else {
				out.add(h.Header, h.Value, h.Override)
			}
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

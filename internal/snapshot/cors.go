package snapshot

import (
	"slices"
	"strconv"
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// CORS is what answers to requests with an Origin field get (Developer Guide, "Understand
// response headers policies", CORS headers).
type CORS struct {
	Override  bool              // the origin's own CORS fields give way
	Always    []httpcache.Field // beside Access-Control-Allow-Origin
	Preflight []httpcache.Field // for preflight requests besides
	// Varies is set when the answer depends on the origin that asks.
	Varies bool

	origins []allowedOrigin
	headers []wildcard // names allowed, where some are patterns; else they are in Preflight
}

// allowedOrigin is one entry of a list of origins.
type allowedOrigin struct {
	scheme string // "" for any
	host   string // ".example.org" for a wildcard
	port   wildcard
}

// wildcard is a text in which a star stands for any run of characters.
type wildcard struct {
	prefix, suffix string
	star           bool
}

func newWildcard(s string) wildcard {
	prefix, suffix, star := strings.Cut(s, "*")
	return wildcard{prefix, suffix, star}
}

func (w *wildcard) match(s string) bool {
	if !w.star {
		return s == w.prefix
	}
	return len(s) >= len(w.prefix)+len(w.suffix) && strings.HasPrefix(s, w.prefix) && strings.HasSuffix(s, w.suffix)
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
	host, port, _ := strings.Cut(host, ":")
	for i := range c.origins {
		a := &c.origins[i]
		if (a.scheme == "" || a.scheme == scheme) && a.covers(host) && a.port.match(port) {
			return origin, true
		}
	}
	return "", false
}

func (a *allowedOrigin) covers(host string) bool {
	if a.host[0] == '.' {
		return len(host) > len(a.host) && strings.HasSuffix(host, a.host) && !strings.ContainsAny(host, "/\\@?# ")
	}
	return host == a.host
}

// AllowHeaders returns the value of Access-Control-Allow-Headers for the names a preflight
// request asks for, where the policy allows patterns; "" when it allows none of them or has no
// patterns, which leaves it to Preflight.
func (c *CORS) AllowHeaders(requested string) string {
	if len(c.headers) == 0 {
		return ""
	}
	var allowed []string
	for name := range strings.SplitSeq(requested, ",") {
		name = strings.ToLower(strings.Trim(name, " \t"))
		if isFieldName(name) && slices.ContainsFunc(c.headers, func(w wildcard) bool { return w.match(name) }) {
			allowed = append(allowed, name)
		}
	}
	return strings.Join(allowed, ",")
}

// isFieldName holds for lower-case letters, digits, - and _: names are echoed to browsers.
func isFieldName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

func cors(c *cloudfront.ResponseHeadersPolicyCorsConfig) *CORS {
	out := &CORS{Override: c.OriginOverride}
	if !slices.Contains(c.AccessControlAllowOrigins.Items, "*") {
		out.Varies = true
		for _, o := range c.AccessControlAllowOrigins.Items {
			out.origins = append(out.origins, newAllowedOrigin(strings.ToLower(o)))
		}
	}
	if c.AccessControlAllowCredentials {
		out.always("Access-Control-Allow-Credentials", "true")
	}
	if e := c.AccessControlExposeHeaders; e != nil && len(e.Items) > 0 {
		out.always("Access-Control-Expose-Headers", strings.Join(e.Items, ","))
	}
	if m := methods(c.AccessControlAllowMethods.Items); m != "" {
		out.preflight("Access-Control-Allow-Methods", m)
	}
	out.allowHeaders(c.AccessControlAllowHeaders.Items)
	if c.AccessControlMaxAgeSec != nil {
		out.preflight("Access-Control-Max-Age", strconv.FormatInt(*c.AccessControlMaxAgeSec, 10))
	}
	return out
}

func newAllowedOrigin(o string) allowedOrigin {
	scheme, host, ok := strings.Cut(o, "://")
	if !ok {
		scheme, host = "", o
	}
	host, port, _ := strings.Cut(host, ":")
	return allowedOrigin{scheme, strings.TrimPrefix(host, "*"), newWildcard(port)}
}

func (c *CORS) always(name, value string) {
	c.Always = append(c.Always, httpcache.Field{Name: name, Value: value})
}

func (c *CORS) preflight(name, value string) {
	c.Preflight = append(c.Preflight, httpcache.Field{Name: name, Value: value})
}

// allowHeaders keeps a list without patterns as it is; "*" alone is what browsers understand.
func (c *CORS) allowHeaders(names []string) {
	switch {
	case len(names) == 0:
	case slices.Contains(names, "*"):
		c.preflight("Access-Control-Allow-Headers", "*")
	case slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, "*") }):
		for _, n := range names {
			c.headers = append(c.headers, newWildcard(strings.ToLower(n)))
		}
	default:
		c.preflight("Access-Control-Allow-Headers", strings.Join(names, ","))
	}
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

package edge

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// requestTo makes the request to send to an origin for x: the raw path and the selected query,
// and the fields that the recipe and CloudFront's table of defaults let through (Developer
// Guide, "HTTP request headers and CloudFront behavior").
func (x *exchange) requestTo(to *origin.Origin, fill bool) *origin.Request {
	recipe := &x.behavior.Recipe
	target := strings.Clone(x.target)
	if q := pickQuery(x.query, &recipe.SendQuery); q != "" {
		target += "?" + q
	}
	r := &origin.Request{
		Method:    strings.Clone(x.req.Method),
		Target:    target,
		ViewerTLS: x.req.TLS != nil,
		Header:    make(http.Header, 16),
	}
	if recipe.SendHeaders.Has("host") && !to.S3 {
		r.Host = strings.Clone(x.req.Host)
	}
	x.req.Header.All(func(name, value string) bool {
		lower := strings.ToLower(name)
		if x.forwards(lower, to, fill) && !x.nominated(lower) {
			name = textproto.CanonicalMIMEHeaderKey(lower)
			r.Header[name] = append(r.Header[name], strings.Clone(value))
		}
		return true
	})
	x.setFields(r.Header)
	if x.e.strict() && !to.S3 {
		r.Header["Surrogate-Capability"] = []string{httpcache.SurrogateCapability}
	}
	return r
}

// forwards reports whether the viewer's field name (lower case) is passed on to an origin as it
// is. Fields that the edge writes itself are not.
func (x *exchange) forwards(name string, to *origin.Origin, fill bool) bool {
	recipe := &x.behavior.Recipe
	switch {
	case isHop(name) || isOurs(name):
		return false
	case name == "range" || name == "if-range":
		return !fill && x.wantsRange // what is no single range means the whole
	case isConditional(name):
		return !fill // the viewer's own exchange with the origin, or nobody's
	case name == "accept-encoding":
		return !recipe.NormalizesEncoding() && x.listed(name)
	case name == "authorization":
		return x.forwardsAuthorization(to)
	case to.S3 && strings.HasPrefix(name, "x-amz-"):
		return x.forwardsAmz(name, to)
	case fill && misleads(name):
		return slices.Contains(recipe.SendHeaders.Listed(), name) // asked for by name, not by "all"
	case recipe.SendHeaders.Has(name):
		return true
	case strings.HasPrefix(name, "content-"):
		return x.req.Body != nil
	}
	return recipe.Legacy && !(isRemoved(name) && !(x.e.strict() && strings.HasPrefix(name, "accept")))
}

// nominated reports whether the viewer's Connection field says of the named field (lower case)
// that it goes no further.
func (x *exchange) nominated(name string) bool {
	return x.headers.connection != "" && hasToken(x.headers.connection, name)
}

// hasToken reports whether a comma-separated list names a field.
func hasToken(list, name string) bool {
	for t := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.Trim(t, " \t"), name) {
			return true
		}
	}
	return false
}

func (x *exchange) listed(name string) bool { return x.behavior.Recipe.SendHeaders.Has(name) }

// forwardsAuthorization: GET and HEAD only where the recipe says so, OPTIONS where it is not
// cached, other methods always. Legacy settings drop it because answers would be shared; strict
// rules do not share them (RFC 9111, 3.5) and pass it on, but to nothing that the edge signs for.
func (x *exchange) forwardsAuthorization(to *origin.Origin) bool {
	if x.e.strict() && x.behavior.Recipe.Legacy && !to.S3 {
		return true
	}
	switch x.method {
	case snapshot.GET, snapshot.HEAD:
		return x.listed("authorization")
	case snapshot.OPTIONS:
		return !x.behavior.Cached.Has(snapshot.OPTIONS) || x.listed("authorization")
	}
	return true
}

// forwardsAmz decides on S3's own fields, which an identity's signature would lend authority
// to: reads take only what is listed, writes no part of a signature and no copying.
func (x *exchange) forwardsAmz(name string, to *origin.Origin) bool {
	if x.method&(snapshot.GET|snapshot.HEAD|snapshot.OPTIONS) != 0 {
		return x.listed(name) && !x.behavior.Recipe.SendHeaders.AllViewer
	}
	switch {
	case strings.HasPrefix(name, "x-amz-copy-source"):
		return false
	case name == "x-amz-date", name == "x-amz-security-token", name == "x-amz-content-sha256":
		return to.Signing == origin.NoSigning
	}
	return true
}

// setFields writes the fields that are the edge's own.
func (x *exchange) setFields(h http.Header) {
	recipe := &x.behavior.Recipe
	peer := x.req.Peer.Addr().Unmap().String()
	if old, ok := x.header("x-forwarded-for"); ok && old != "" {
		peer = old + ", " + peer
	}
	h["X-Forwarded-For"] = []string{peer}
	via := strings.TrimPrefix(x.req.Proto.String(), "HTTP/") + " " + x.dist.Via + " (CloudFront)"
	if x.headers.via != "" {
		via = x.headers.via + ", " + via
	}
	h["Via"] = []string{via}
	h["X-Amz-Cf-Id"] = []string{strings.Clone(x.id)}
	if !x.listed("user-agent") {
		h["User-Agent"] = []string{"Amazon CloudFront"}
	}
	if recipe.NormalizesEncoding() || !x.listed("accept-encoding") {
		h["Accept-Encoding"] = []string{x.accepted.ForOrigin()}
	}
	if cookies := pickCookies(x.headers.cookie, &recipe.SendCookies); len(cookies) > 0 {
		h["Cookie"] = []string{strings.Join(cookies, "; ")}
	}
	for _, name := range recipe.SendHeaders.Listed() {
		if strings.HasPrefix(name, "cloudfront-") {
			if value, ok := x.generatedHeader(name); ok {
				h[textproto.CanonicalMIMEHeaderKey(name)] = []string{value}
			}
		}
	}
}

// unkeyed reports whether credentials go to the origin that are not in the cache key: the
// response then is for this viewer alone.
func (x *exchange) unkeyed() bool {
	if x.e.strict() {
		return false // the response says what it depends on
	}
	recipe := &x.behavior.Recipe
	if !recipe.KeysHeader("authorization") && x.forwardsAuthorization(x.behavior.Origin) {
		if value, ok := x.header("authorization"); ok && value != "" {
			return true
		}
	}
	found := false
	eachCookie(x.headers.cookie, func(name, _ string) {
		found = found || recipe.SendCookies.Has(name) && !recipe.KeyCookies.Has(name) && !isSigningCookie(name)
	})
	return found
}

// isHop names fields of one connection, and those edges drop outright.
func isHop(name string) bool {
	switch name {
	case "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host", "content-length", "expect", "x-real-ip", "x-forwarded-proto", "http2-settings":
		return true
	}
	return strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "x-edge-")
}

// isOurs names fields that the edge writes or that only it may write.
func isOurs(name string) bool {
	switch name {
	case "via", "x-forwarded-for", "cookie":
		return true
	}
	return strings.HasPrefix(name, "cloudfront-") || strings.HasPrefix(name, "x-amz-cf-")
}

func isConditional(name string) bool {
	switch name {
	case "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "request-range":
		return true
	}
	return false
}

// isRemoved names fields that legacy settings remove unless they are listed.
func isRemoved(name string) bool {
	switch name {
	case "accept", "accept-charset", "accept-language", "referer", "x-http-method-override", "user-agent":
		return true
	}
	return false
}

// misleads names fields by which a viewer could make an origin answer for another URL, host or
// method. In a fetch that others share they would poison the cache.
func misleads(name string) bool {
	switch name {
	case "forwarded", "x-forwarded", "x-original-url", "x-original-host", "x-rewrite-url", "x-host",
		"x-http-method", "x-http-method-override", "x-method-override":
		return true
	}
	return strings.HasPrefix(name, "x-forwarded-")
}

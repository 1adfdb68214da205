package edge

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// fromOrigin flattens the header of an origin's response, ordered by name.
func fromOrigin(h http.Header) httpcache.Header {
	out := make(httpcache.Header, 0, len(h)+8)
	for _, name := range slices.Sorted(maps.Keys(h)) {
		values := h[name]
		if name == "Etag" {
			name = "ETag" // as everybody else writes it
		}
		for _, v := range values {
			out = append(out, httpcache.Field{Name: name, Value: v})
		}
	}
	return out
}

// toViewer is what of an origin's header goes to viewers and into the cache (Developer Guide,
// "HTTP response headers"): end-to-end fields, Set-Cookie only where cookies are forwarded,
// Vary without names that are not, and nothing that the edge says of itself.
// Strict rules leave Set-Cookie and Vary alone (RFC 9111, 3.1).
func (e *Edge) toViewer(h httpcache.Header, b *snapshot.Behavior, drop []string, received time.Time) httpcache.Header {
	out := httpcache.EndToEnd(h, drop)
	kept := out[:0]
	dropCookies := b.Recipe.SendCookies.None() && !e.strict()
	for _, f := range out {
		if !saysTheEdge(f.Name) && !(dropCookies && strings.EqualFold(f.Name, "Set-Cookie")) {
			kept = append(kept, f)
		}
	}
	if out = kept; !e.strict() {
		out = httpcache.FilterVary(out, varyPolicy(&b.Recipe))
	}
	if !out.Has("Date") {
		out = out.Add("Date", httpcache.FormatTime(received))
	}
	return out
}

func varyPolicy(r *snapshot.Recipe) httpcache.VaryPolicy {
	p := httpcache.VaryPolicy{Forwarded: r.SendHeaders.Listed()} // the key's are among them
	for _, name := range p.Forwarded {
		p.ForwardsDevices = p.ForwardsDevices || strings.HasPrefix(name, "cloudfront-is-")
	}
	return p
}

// saysTheEdge names fields of a response that only the edge sends. Content-Length is the
// body's own.
func saysTheEdge(name string) bool {
	switch len(name) {
	case 7:
		return strings.EqualFold(name, "X-Cache") || strings.EqualFold(name, "Alt-Svc")
	case 14:
		return strings.EqualFold(name, "Content-Length")
	}
	return len(name) > 8 && strings.EqualFold(name[:9], "X-Amz-Cf-")
}

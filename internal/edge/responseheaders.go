package edge

import (
	"math/rand/v2"
	"strings"

	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// responseHeaders does to an answer's header what the behavior's response headers policy says:
// it removes first, then adds. What the edge says of itself comes later and is not touched.
// Redirects to HTTPS are not answers to the request and stay as they are.
func (e *Edge) responseHeaders(x *exchange) {
	if x.behavior == nil || x.behavior.Headers == nil || x.result == Redirect {
		return
	}
	p := x.behavior.Headers
	for _, name := range p.Remove {
		x.removeHeader(name)
	}
	if p.CORS != nil {
		x.cors(p.CORS)
	}
	for i := range p.Add {
		h := &p.Add[i]
		if h.Override {
			x.drop(h.Name)
		} else if httpcache.Header(x.fields).Has(h.Name) {
			continue
		}
		x.fields = append(x.fields, h.Field)
	}
	if p.Timing && x.sampled(p.SamplingRate) {
		e.serverTiming(x)
	}
}

// drop takes away every field of a name.
func (x *exchange) drop(name string) { x.fields = httpcache.Header(x.fields).Del(name) }

// removeHeader takes a field away. Of Server and Date, which every answer has, the edge's own
// takes the place (Developer Guide, "Remove headers").
func (x *exchange) removeHeader(name string) {
	x.drop(name)
	switch {
	case strings.EqualFold(name, "Server"):
		x.add("Server", "CloudFront")
	case strings.EqualFold(name, "Date"):
		x.add("Date", httpcache.FormatTime(x.begin))
	}
}

// cors adds the CORS fields to an answer to a request with an Origin. Any such field of the
// origin's own keeps all of the policy's away, unless the policy overrides them.
func (x *exchange) cors(c *snapshot.CORS) {
	if c.Varies {
		x.vary("Origin")
	}
	origin, ok := x.header("origin")
	if !ok {
		return
	}
	if c.Override {
		x.dropCORS()
	} else if x.hasCORS() {
		return
	}
	allowed, ok := c.AllowOrigin(origin)
	if !ok {
		return
	}
	if c.Varies {
		allowed = strings.Clone(allowed) // of the request
	}
	x.add("Access-Control-Allow-Origin", allowed)
	x.fields = append(x.fields, c.Always...)
	if x.method != snapshot.OPTIONS {
		return
	}
	if _, preflight := x.header("access-control-request-method"); preflight {
		x.fields = append(x.fields, c.Preflight...)
		requested, _ := x.header("access-control-request-headers")
		if names := c.AllowHeaders(requested); names != "" {
			x.add("Access-Control-Allow-Headers", names)
		}
	}
}

func (x *exchange) hasCORS() bool {
	for i := range x.fields {
		if snapshot.IsCORSHeader(x.fields[i].Name) {
			return true
		}
	}
	return false
}

func (x *exchange) dropCORS() {
	kept := x.fields[:0]
	for _, f := range x.fields {
		if !snapshot.IsCORSHeader(f.Name) {
			kept = append(kept, f)
		}
	}
	x.fields = kept
}

// vary adds a name to Vary, for the caches of viewers.
func (x *exchange) vary(name string) {
	for i := range x.fields {
		if f := &x.fields[i]; strings.EqualFold(f.Name, "Vary") {
			if f.Value != "*" && !hasToken(f.Value, name) {
				f.Value += ", " + name
			}
			return
		}
	}
	x.add("Vary", name)
}

// sampled decides whether an answer gets Server-Timing: rate percent of all, and whoever asks
// for it.
func (x *exchange) sampled(rate float64) bool {
	if rate >= 100 || rate > 0 && rand.Float64()*100 < rate {
		return true
	}
	pragma, ok := x.header("pragma")
	return ok && hasToken(pragma, "server-timing")
}

package edge

import (
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/signedurl"
)

// Inquiry is a request to be explained rather than served.
type Inquiry struct {
	// Request is as a listener would hand it over. A zero Peer means that the viewer's
	// address is not known.
	Request *Request
	At      time.Time // when it is made; zero is now
	// Known are all keys of the account, Hosts names that may have been signed by mistake.
	Known []signedurl.KnownKey
	Hosts []string
	// SetCookies and SetFrom are as in signedurl.Question.
	SetCookies []string
	SetFrom    string
}

// Outcomes of an Explanation beside those of signedurl.
const (
	Public   signedurl.Verdict = "public"   // the behavior asks for no signature
	Rejected signedurl.Verdict = "rejected" // refused before any signature is looked at
)

// Explanation is what an edge makes of a request. Its JSON form is documented in
// docs/formats/ops-api.md.
type Explanation struct {
	Verdict  signedurl.Verdict `json:"verdict"`
	Revision int64             `json:"revision"` // of the configuration
	// Redirect is where a request in clear text is sent first; the rest is about that URL.
	Redirect     string              `json:"redirect,omitempty"`
	Distribution *ExplainedSite      `json:"distribution,omitempty"`
	Behavior     *ExplainedBehavior  `json:"behavior,omitempty"`
	Also         []ExplainedBehavior `json:"also,omitempty"` // further ones that have to admit it
	Origin       *ExplainedOrigin    `json:"origin,omitempty"`
	Cache        *ExplainedCache     `json:"cache,omitempty"`
	// Status is the edge's own answer; 0 when the request goes on to cache and origin.
	Status int               `json:"status,omitempty"`
	Detail string            `json:"detail"`
	Report *signedurl.Report `json:"report,omitempty"` // of signed access
}

// ExplainedSite names a distribution.
type ExplainedSite struct {
	ID     string `json:"id"`
	Domain string `json:"domain"`
}

// ExplainedBehavior is a cache behavior.
type ExplainedBehavior struct {
	Pattern    string   `json:"pattern"`
	Restricted bool     `json:"restricted"`
	Keys       []string `json:"keys,omitempty"` // ids of the keys that may sign
}

// ExplainedOrigin is where a miss would be fetched.
type ExplainedOrigin struct {
	ID     string `json:"id"`
	Domain string `json:"domain"`
	Target string `json:"target"` // path and origin path, without the query
	// Failover names the origin that is asked when this one fails.
	Failover string `json:"failover,omitempty"`
}

// ExplainedCache is how the answer would be stored.
type ExplainedCache struct {
	Cached bool   `json:"cached"`        // whether answers to this request are stored at all
	Key    string `json:"key,omitempty"` // the cache key: equal keys share a stored response
}

// Explain takes the phases of Serve up to the cache key, for a request that need not exist, and
// fetches nothing.
func (e *Edge) Explain(q *Inquiry) *Explanation {
	now := e.o.Now()
	x := newExchange(e)
	x.start(q.Request, nil)
	x.inquiry = true
	out := &Explanation{Revision: x.snap.Revision}
	if f := e.match(x); f != nil {
		out.site(x)
		return out.reject(f, x)
	}
	out.site(x)
	if f := e.protocol(x); f != nil {
		return out.reject(f, x)
	}
	if x.answered() {
		return e.explainRedirect(q, x)
	}
	if f := e.method(x); f != nil {
		return out.reject(f, x)
	}
	if !q.At.IsZero() {
		x.begin = q.At
	}
	if !e.explainAccess(q, x, out, now) {
		return out
	}
	x.prepare()
	out.Origin = &ExplainedOrigin{ID: x.behavior.Origin.ID, Domain: x.behavior.Origin.Domain, Target: x.behavior.Origin.Path + x.target}
	if f := x.behavior.Failover; f != nil {
		out.Origin.Failover = f.Origin.ID
	}
	out.Cache = &ExplainedCache{Cached: x.cached()}
	if out.Cache.Cached {
		x.buildKey()
		out.Cache.Key = string(x.key)
	}
	return out
}

// explainRedirect explains the request that follows a redirect to HTTPS.
func (e *Edge) explainRedirect(q *Inquiry, x *exchange) *Explanation {
	i := slices.IndexFunc(x.fields, func(f Field) bool { return f.Name == "Location" })
	location := x.fields[i].Value
	next, req := *q, *q.Request
	req.Host, _, _ = strings.Cut(strings.TrimPrefix(location, "https://"), "/")
	if host, port, err := net.SplitHostPort(req.Host); err == nil && port == "443" {
		req.Host = host
	}
	req.TLS = &TLS{ServerName: snapshot.CanonicalHost(req.Host)}
	next.Request = &req
	out := e.Explain(&next)
	out.Redirect = location
	return out
}

// site says which distribution and behavior a request belongs to.
func (out *Explanation) site(x *exchange) {
	if x.dist != nil {
		out.Distribution = &ExplainedSite{ID: x.dist.ID, Domain: x.dist.Domain}
	}
	if x.behavior != nil {
		b := explainBehavior(x.behavior)
		out.Behavior = &b
	}
	for _, b := range x.also {
		out.Also = append(out.Also, explainBehavior(b))
	}
}

func explainBehavior(b *snapshot.Behavior) ExplainedBehavior {
	return ExplainedBehavior{Pattern: b.Pattern, Restricted: b.Restricted, Keys: slices.Sorted(maps.Keys(b.Keys))}
}

// reject is an answer given before any signature is looked at.
func (out *Explanation) reject(f *failure, x *exchange) *Explanation {
	out.Verdict, out.Status, out.Detail = Rejected, f.status, f.cause
	if x.dist == nil {
		out.Detail = "No enabled distribution answers for the host " + strconv.Quote(x.req.Host) + ", or the URL holds a character that no request may have."
	}
	return out
}

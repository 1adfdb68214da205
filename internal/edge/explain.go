package edge

import (
	"errors"
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

// explainAccess reports whether the request goes on behind authorization.
func (e *Edge) explainAccess(q *Inquiry, x *exchange, out *Explanation, now time.Time) bool {
	if !x.behavior.Restricted && len(x.also) == 0 {
		out.Verdict, out.Detail = Public, "The behavior asks for no signature: everybody may have this."
		if _, signed := signedurl.StripQuery(x.query); signed {
			out.Detail += " The signing parameters are not looked at, and are part of the query like any others."
		}
		return true
	}
	begin := x.begin
	x.begin = now
	f := e.outdated(x)
	x.begin = begin
	if f != nil {
		out.reject(f, x)
		return false
	}
	r := signedurl.Request{Scheme: x.scheme(), Host: x.req.Host, Path: x.path, RawQuery: x.query, Cookie: x.headers.cookie, OwnPorts: e.o.OwnPorts}
	c, err := signedurl.Parse(&r)
	x.query, x.keyID = c.URL.Query, c.KeyPairID
	if err == nil {
		err = e.admit(x, &c)
	}
	out.Report = signedurl.Explain(&signedurl.Question{
		Request: r, Keys: x.keyFor, Viewer: x.req.Peer.Addr(), Now: x.begin,
		Known: knownKeys(x, q.Known), Hosts: e.signedHosts(q, x), SetCookies: q.SetCookies, SetFrom: q.SetFrom,
	})
	if refusal, ok := errors.AsType[*signedurl.Refusal](err); ok && out.Report.Verdict == signedurl.Admitted {
		out.Report.Overrule(refusal, signedurl.Finding{
			ID:    signedurl.CausePathReadings,
			Cause: "The policy covers the path as written, but not what it becomes once dot segments are resolved.",
			Fix:   "Ask for the path without dot segments.",
		})
	}
	out.Verdict, out.Detail = out.Report.Verdict, "The signature admits the request."
	switch out.Verdict {
	case signedurl.Refused:
		out.Status, out.Detail = 403, out.Report.Refusal.Text
		return false
	case signedurl.Undecided:
		out.Detail = "Whether the request is admitted depends on the viewer's address."
	}
	return true
}

// keyFor finds a key that every behavior concerned trusts.
func (x *exchange) keyFor(id string) *signedurl.PublicKey {
	var key *signedurl.PublicKey
	if x.behavior.Restricted {
		if key = x.behavior.Keys[id]; key == nil {
			return nil
		}
	}
	for _, b := range x.also {
		if b.Keys[id] == nil {
			return nil
		}
		key = b.Keys[id]
	}
	return key
}

// knownKeys lists the keys that a signature may be of: those that are trusted here, those that
// other behaviors trust, and those that nobody does.
func knownKeys(x *exchange, all []signedurl.KnownKey) []signedurl.KnownKey {
	var out []signedurl.KnownKey
	seen := map[string]bool{}
	for id := range x.behavior.Keys {
		if key := x.keyFor(id); key != nil {
			seen[id] = true
			out = append(out, signedurl.KnownKey{ID: id, Key: key, Where: "trusted here"})
		}
	}
	for d := range x.snap.Distributions {
		for _, b := range d.Behaviors {
			for id, key := range b.Keys {
				if !seen[id] {
					seen[id] = true
					out = append(out, signedurl.KnownKey{ID: id, Key: key, Where: "trusted by behavior " + b.Pattern + " of distribution " + d.ID})
				}
			}
		}
	}
	for _, k := range all {
		if !seen[k.ID] {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b signedurl.KnownKey) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// signedHosts are the hosts that people sign by mistake: the distribution's other names and its
// origins.
func (e *Edge) signedHosts(q *Inquiry, x *exchange) []string {
	hosts := []string{x.dist.Domain}
	for _, b := range x.dist.Behaviors {
		hosts = append(hosts, b.Origin.Domain)
	}
	if e.o.PublicHTTPSPort != 443 {
		hosts = append(hosts, net.JoinHostPort(snapshot.CanonicalHost(x.req.Host), strconv.Itoa(e.o.PublicHTTPSPort)))
	}
	return slices.Compact(append(hosts, q.Hosts...))
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

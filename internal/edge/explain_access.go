package edge

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/signedurl"
)

// explainAccess reports whether the request goes on behind authorization.
func (e *Edge) explainAccess(q *Inquiry, x *exchange, out *Explanation, now time.Time) bool {
	if !x.behavior.Restricted && len(x.also) == 0 {
		if r := x.snap.RevokedPath(x.dist, x.path, x.begin, false); r != nil {
			out.reject(&failure{status: 403, cause: revocationFinding(r).Cause}, x)
			return false
		}
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
	refusal, ok := errors.AsType[*signedurl.Refusal](err)
	revocation := x.explainRevoked(&c)
	switch {
	case ok && e.noIPv6(refusal, out.Report):
		out.Report.Overrule(refusal, signedurl.Finding{
			ID:    signedurl.CausePolicyAddress,
			Cause: "AWS:SourceIp is an IPv6 network, which this server refuses as CloudFront does.",
			Fix:   "Name an IPv4 network or none; or let the server run with --ipv6-policies.",
		})
	case revocation != nil && out.Report.Verdict != signedurl.Refused:
		out.Report.Overrule(&signedurl.Refusal{Reason: snapshot.RevocationReason(revocation)}, revocationFinding(revocation))
	case ok && out.Report.Verdict == signedurl.Admitted:
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

// noIPv6 reports whether a refusal is one of the edge's own, of a policy that is otherwise sound.
func (e *Edge) noIPv6(refusal *signedurl.Refusal, r *signedurl.Report) bool {
	return e.o.NoIPv6Policies && refusal.Reason == signedurl.MalformedPolicyAddress &&
		(r.Refusal == nil || r.Refusal.Reason != refusal.Reason.String())
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

// signedHosts are the hosts that people sign by mistake, the likeliest first: the distribution's
// other names, its origins, and other distributions.
func (e *Edge) signedHosts(q *Inquiry, x *exchange) []string {
	hosts := []string{x.dist.Domain}
	if e.o.PublicHTTPSPort != 443 {
		hosts = append(hosts, net.JoinHostPort(snapshot.CanonicalHost(x.req.Host), strconv.Itoa(e.o.PublicHTTPSPort)))
	}
	var others []string
	for _, host := range q.Hosts {
		if x.snap.Host(host) == x.dist {
			hosts = append(hosts, host)
		} else {
			others = append(others, host)
		}
	}
	for _, b := range x.dist.Behaviors {
		hosts = append(hosts, b.Origin.Domain)
		if b.Failover != nil {
			hosts = append(hosts, b.Failover.Origin.Domain)
		}
	}
	return append(hosts, others...)
}

// explainRevoked looks for a revocation of credentials that are good as far as is known: who
// asks may not have told the viewer's address.
func (x *exchange) explainRevoked(c *signedurl.Credentials) *snapshot.Revocation {
	m, err := c.Decode(nil)
	if err != nil {
		return nil
	}
	policy, err := m.ParsePolicy()
	if err != nil {
		return nil
	}
	for _, b := range append([]*snapshot.Behavior{x.behavior}, x.also...) {
		key := b.Keys[c.KeyPairID]
		if key == nil {
			continue
		}
		signed := snapshot.Signed{Key: key, Policy: m.Policy, AltPolicy: m.AltPolicy, Expires: policy.Expires}
		if r := x.snap.RevokedSignature(&signed, x.begin, false); r != nil {
			return r
		}
	}
	return x.snap.RevokedPath(x.dist, x.path, x.begin, false)
}

// revocationFinding tells of a revocation.
func revocationFinding(r *snapshot.Revocation) signedurl.Finding {
	f := signedurl.Finding{Fix: snapshot.RevocationReason(r).Hint()}
	until := r.Until.UTC().Format(time.RFC3339)
	switch {
	case r.OfPolicy != nil:
		f.ID, f.Cause = signedurl.CauseRevokedPolicy, "Revocation "+r.ID+" takes this policy back, until it expires at "+until+"."
	case r.OfKey != nil && r.OfKey.ExpiringBy != nil:
		f.ID, f.Cause = signedurl.CauseRevokedKey, "Until "+until+", revocation "+r.ID+" takes back what key "+r.OfKey.KeyID+" has signed to expire by "+r.OfKey.ExpiringBy.UTC().Format(time.RFC3339)+"."
	case r.OfKey != nil:
		f.ID, f.Cause = signedurl.CauseRevokedKey, "Until "+until+", revocation "+r.ID+" takes back everything that key "+r.OfKey.KeyID+" has signed."
	default:
		f.ID, f.Cause = signedurl.CauseRevokedPath, "Until "+until+", revocation "+r.ID+" takes back the path "+r.OfResource.Path+"."
	}
	if r.Comment != "" {
		f.Cause += " It says: " + r.Comment
	}
	return f
}

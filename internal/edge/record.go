package edge

import (
	"crypto/tls"
	"strings"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/signedurl"
)

// note writes what is known before the answer goes out into the exchange's record: the
// request's strings may be gone when the answer has been sent.
func (e *Edge) note(x *exchange) {
	if e.deps.Access == nil && e.deps.Metrics == nil {
		return
	}
	wait := e.o.Now().Sub(x.begin)
	x.count(wait)
	if e.deps.Access == nil {
		return
	}
	r := e.deps.Access.Get()
	if r == nil {
		return
	}
	x.record = r
	req := x.req
	r.Begin, r.TimeToFirstByte = x.begin, wait
	r.Status, r.OriginStatus = x.out.Status, x.originStatus
	r.BytesReceived = x.received()
	if x.left {
		r.Status = 0
	}
	r.ClientPort = req.Peer.Port()
	r.Set(accesslog.RequestID, x.id)
	r.Set(accesslog.EdgeLocation, e.o.POP)
	var addr [64]byte
	r.SetBytes(accesslog.ClientIP, req.Peer.Addr().Unmap().AppendTo(addr[:0]))
	r.Set(accesslog.Method, req.Method)
	r.Set(accesslog.URIStem, x.path)
	query, _ := signedurl.StripQuery(x.query)
	r.Set(accesslog.Query, query)
	r.Set(accesslog.Referer, withoutSignature(x.headers.referer))
	r.Set(accesslog.UserAgent, x.headers.userAgent)
	r.Set(accesslog.ViewerHost, req.Host)
	r.Set(accesslog.ProtocolVersion, req.Proto.String())
	r.Set(accesslog.Protocol, x.scheme())
	if req.TLS != nil {
		r.Set(accesslog.TLSProtocol, tls.VersionName(req.TLS.Version))
		r.Set(accesslog.TLSCipher, e.ciphers[req.TLS.Cipher])
	}
	r.Set(accesslog.ResultType, string(x.result))
	r.Set(accesslog.DetailedResultType, string(x.detail))
	r.Set(accesslog.RefusalReason, x.reason)
	r.Set(accesslog.KeyID, x.keyID)
	if x.dist != nil {
		r.Set(accesslog.DistributionID, x.dist.ID)
		r.Set(accesslog.DistributionDomain, x.dist.Domain)
	}
	if x.behavior != nil {
		r.Set(accesslog.CachePattern, x.behavior.Pattern)
		x.noteKey(r)
		x.noteStatus(r)
		r.Set(accesslog.OriginID, x.originID)
	}
}

// noteKey lists what the cache key was made of besides the path.
func (x *exchange) noteKey(r *accesslog.Record) {
	recipe := &x.behavior.Recipe
	if x.accepted != "" {
		r.Append(accesslog.CacheInputs, "encoding=")
		r.Append(accesslog.CacheInputs, string(x.accepted))
	}
	if x.keyQuery != "" {
		r.Append(accesslog.CacheInputs, " query")
	}
	for _, name := range recipe.KeyHeaders {
		r.Append(accesslog.CacheInputs, " ")
		r.Append(accesslog.CacheInputs, name)
	}
	if !recipe.KeyCookies.None() {
		r.Append(accesslog.CacheInputs, " cookies")
	}
}

// record completes the record once the answer has been sent.
// cut is the revocation that ended it early, if any.
func (e *Edge) record(x *exchange, sent int64, err error, cut *snapshot.Revocation) {
	if cut != nil && err != nil {
		x.counted.Refusal = snapshot.RevocationReason(cut).String()
	}
	if e.deps.Metrics != nil {
		x.counted.Sent = sent
		e.deps.Metrics.Record(&x.counted)
	}
	r := x.record
	if r == nil {
		return
	}
	x.record = nil
	r.BytesSent, r.TimeTaken = sent, e.o.Now().Sub(x.begin)
	if cut != nil && err != nil {
		r.Set(accesslog.RefusalReason, snapshot.RevocationReason(cut).String())
	}
	if err != nil && x.result != Error {
		r.Set(accesslog.DetailedResultType, string(AbortedOrigin))
	}
	e.deps.Access.Write(r)
}

// withoutSignature takes signing parameters off a Referer: pages behind signed URLs name
// themselves there.
func withoutSignature(referer string) string {
	base, query, ok := strings.Cut(referer, "?")
	if !ok {
		return referer
	}
	rest, signed := signedurl.StripQuery(query)
	switch {
	case !signed:
		return referer
	case rest == "":
		return base
	}
	return base + "?" + rest
}

// cipherNames names all cipher suites. tls.CipherSuiteName builds its list anew each time.
func cipherNames() map[uint16]string {
	names := map[uint16]string{}
	for _, c := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		names[c.ID] = c.Name
	}
	return names
}

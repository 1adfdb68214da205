package edge

import (
	"net/http"
	"slices"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// renewed renews the stored response after a 304 (RFC 9111, 4.3.4).
func (l *fill) renewed(resp *http.Response, now time.Time) outcome {
	header := fromOrigin(resp.Header)
	old := l.base.Head()
	head := *old
	head.Fields = httpcache.MergeNotModified(old.Fields, l.e.toViewer(header, l.behavior, nil, now))
	describe(&head)
	if v := httpcache.ValidatorsOf(header); v.Any() {
		head.Validators = v
	}
	if header.Has(l.dist.TagHeader) {
		head.Tags = cacheTags(header, l.dist.TagHeader)
	}
	judged := head.Fields.Clone().Del("Age")
	if age := header.Get("Age"); age != "" {
		judged = judged.Add("Age", age)
	}
	d := httpcache.Decide(l.policy(old.Status), httpcache.Response{Status: old.Status, Header: judged, RequestTime: l.sent, ResponseTime: now})
	head.Freshness = d.Freshness
	o := l.to.Refresh(&head)
	return outcome{object: o, result: RefreshHit}
}

// stale lets the stored response stand in for a failed refresh where that is allowed, and
// returns it; nil where it is not.
func (l *fill) stale(now time.Time, f httpcache.Failure) *cachestore.Object {
	if l.base == nil || !l.useful || l.doubtful {
		return nil
	}
	old := l.base.Head()
	if old.Status >= 400 {
		return nil
	}
	renewed, ok, _ := old.Freshness.OnError(now, f, errorTTL(l.dist, max(f.Status, http.StatusBadGateway)))
	if !ok {
		return nil
	}
	head := *old
	head.Fields = slices.Clone(old.Fields)
	head.Freshness = renewed
	return l.to.Refresh(&head)
}

// failed ends a fill whose origin gave no answer: with what is stored, where it may be used
// stale; else the failure is kept for the error caching time, so that a dead origin is not
// asked by everyone, unless something older is stored that may yet be renewed.
func (l *fill) failed(err error) outcome {
	now := l.e.o.Now()
	if o := l.stale(now, httpcache.Failure{Unreachable: true}); o != nil {
		return outcome{object: o, result: Hit}
	}
	f := failureOf(err)
	ttl := errorTTL(l.dist, f.status)
	renewable := l.base != nil && l.base.Head().Status < 400 // nil too when it proved outdated
	if renewable || ttl <= 0 || f.gone || f.status < 500 || l.burdened() {
		l.to.Fail(err)
		return outcome{failure: f}
	}
	head := &cachestore.Head{Status: f.status, Prepared: f, Freshness: httpcache.Freshness{RequestTime: l.sent, ResponseTime: now, FreshFor: ttl}}
	l.to.Start(head)
	if err := l.to.Close(); err != nil {
		l.to.Abort(err)
	}
	return outcome{failure: f}
}

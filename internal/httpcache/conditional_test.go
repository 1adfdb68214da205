package httpcache

import (
	"testing"
	"time"
)

// RFC 9110, 13.2.2: precedence; 13.1: each condition; RFC 9111, 4.3.2.
func TestEvaluateConditions(t *testing.T) {
	const (
		before = "Fri, 01 May 2026 10:00:00 GMT"
		mod    = "Fri, 01 May 2026 11:00:00 GMT"
		after  = "Fri, 01 May 2026 11:30:00 GMT"
	)
	full := Representation{Status: 200, ETag: `"a"`, LastModified: mod, Date: dateT0}
	weak := Representation{Status: 200, ETag: `W/"a"`}
	bare := Representation{Status: 200, Date: mod}
	for _, c := range []struct {
		name string
		c    Conditions
		rep  Representation
		want Precondition
	}{
		{"none", Conditions{}, full, Proceed},
		{"INM match", Conditions{IfNoneMatch: `"a"`}, full, NotModified},
		{"INM weak against strong", Conditions{IfNoneMatch: `W/"a"`}, full, NotModified},
		{"INM strong against weak", Conditions{IfNoneMatch: `"a"`}, weak, NotModified},
		{"INM list", Conditions{IfNoneMatch: `"x,y", "b" , "a"`}, full, NotModified},
		{"INM star", Conditions{IfNoneMatch: ` * `}, full, NotModified},
		{"INM other", Conditions{IfNoneMatch: `"b"`}, full, Proceed},
		{"INM unquoted", Conditions{IfNoneMatch: `a`}, full, Proceed},
		{"INM without ETag", Conditions{IfNoneMatch: `"a"`}, bare, Proceed},
		{"INM empty against no ETag", Conditions{IfNoneMatch: `,`}, bare, Proceed},
		{"INM beats IMS", Conditions{IfNoneMatch: `"b"`, IfModifiedSince: after}, full, Proceed},
		{"INM match beats IMS", Conditions{IfNoneMatch: `"a"`, IfModifiedSince: before}, full, NotModified},
		{"IMS same", Conditions{IfModifiedSince: mod}, full, NotModified},
		{"IMS later", Conditions{IfModifiedSince: after}, full, NotModified},
		{"IMS earlier", Conditions{IfModifiedSince: before}, full, Proceed},
		{"IMS rfc850", Conditions{IfModifiedSince: "Friday, 01-May-26 11:00:00 GMT"}, full, NotModified},
		{"IMS asctime", Conditions{IfModifiedSince: "Fri May  1 11:00:00 2026"}, full, NotModified},
		{"IMS garbage", Conditions{IfModifiedSince: "yesterday"}, full, Proceed},
		{"IMS by Date", Conditions{IfModifiedSince: after}, bare, NotModified},
		{"IMS by Date, earlier", Conditions{IfModifiedSince: before}, bare, Proceed},
		{"IMS by time of arrival", Conditions{IfModifiedSince: after}, Representation{Status: 200, Received: t0.Add(-time.Hour)}, NotModified},
		{"IMS with nothing known", Conditions{IfModifiedSince: after}, Representation{Status: 200}, Proceed},
		{"IM match", Conditions{IfMatch: `"b", "a"`}, full, Proceed},
		{"IM other", Conditions{IfMatch: `"b"`}, full, PreconditionFailed},
		{"IM star", Conditions{IfMatch: "*"}, full, Proceed},
		{"IM weak never", Conditions{IfMatch: `W/"a"`}, weak, PreconditionFailed},
		{"IM then INM", Conditions{IfMatch: `"a"`, IfNoneMatch: `"a"`}, full, NotModified},
		{"IM fails first", Conditions{IfMatch: `"b"`, IfNoneMatch: `"a"`}, full, PreconditionFailed},
		{"IUS same", Conditions{IfUnmodifiedSince: mod}, full, Proceed},
		{"IUS earlier", Conditions{IfUnmodifiedSince: before}, full, PreconditionFailed},
		{"IUS later", Conditions{IfUnmodifiedSince: after}, full, Proceed},
		{"IUS without Last-Modified", Conditions{IfUnmodifiedSince: before}, bare, Proceed},
		{"IUS garbage", Conditions{IfUnmodifiedSince: "x"}, full, Proceed},
		{"IM beats IUS", Conditions{IfMatch: `"a"`, IfUnmodifiedSince: before}, full, Proceed},
		{"not for errors", Conditions{IfNoneMatch: `*`, IfMatch: `"b"`}, Representation{Status: 404, ETag: `"a"`}, Proceed},
		{"not for redirects", Conditions{IfNoneMatch: `*`}, Representation{Status: 301}, Proceed},
	} {
		if got := EvaluateConditions(&c.c, &c.rep); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// RFC 9110, 13.1.5.
func TestRangeApplies(t *testing.T) {
	const mod = "Fri, 01 May 2026 11:00:00 GMT"
	full := Representation{Status: 200, ETag: `"a"`, LastModified: mod, Date: dateT0}
	for _, c := range []struct {
		ifRange string
		rep     Representation
		want    bool
	}{
		{"", full, true},
		{`"a"`, full, true},
		{`"b"`, full, false},
		{`W/"a"`, full, false},
		{`W/"a"`, Representation{ETag: `W/"a"`}, false},
		{`"a"`, Representation{ETag: `W/"a"`}, false},
		{`"a`, Representation{ETag: `"a`}, false},
		{mod, full, true},
		{"Fri May  1 11:00:00 2026", full, true},
		{"Fri, 01 May 2026 11:00:01 GMT", full, false},
		{"Fri, 01 May 2026 10:59:59 GMT", full, false},
		{mod, Representation{LastModified: mod, Date: mod}, false}, // may have changed within that second
		{mod, Representation{LastModified: mod}, false},
		{mod, Representation{}, false},
		{"garbage", full, false},
	} {
		if got := RangeApplies(c.ifRange, &c.rep); got != c.want {
			t.Errorf("If-Range %q on %+v: %v", c.ifRange, c.rep, got)
		}
	}
}

package httpcache

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

var (
	t0       = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	dateT0   = FormatTime(t0)
	day      = 24 * time.Hour
	typical  = Policy{DefaultTTL: day, MaxTTL: 365 * day, ErrorTTL: DefaultErrorTTL, Method: "GET"}
	withMin  = Policy{MinTTL: time.Minute, DefaultTTL: day, MaxTTL: 365 * day, ErrorTTL: DefaultErrorTTL, Method: "GET"}
	disabled = Policy{ErrorTTL: DefaultErrorTTL, Method: "GET"}
)

// response is a response at t0 with header lines "Name: value".
func response(status int, lines ...Field) Response {
	return Response{Status: status, Header: lines, RequestTime: t0, ResponseTime: t0}
}

// cc is a Cache-Control line.
func cc(v string) Field { return Field{"Cache-Control", v} }

// CloudFront, "Manage how long content stays in the cache": the TTL matrix.
func TestDecideTTLMatrix(t *testing.T) {
	capped := Policy{MinTTL: time.Minute, DefaultTTL: time.Hour, MaxTTL: 2 * time.Hour, ErrorTTL: DefaultErrorTTL, Method: "GET"}
	expires := func(d time.Duration) []Field {
		return []Field{{"Date", dateT0}, {"Expires", FormatTime(t0.Add(d))}}
	}
	for i, c := range []struct {
		policy Policy
		lines  []Field
		store  bool
		share  bool
		fresh  time.Duration
		reason Reason
	}{
		// MinTTL 0
		{typical, []Field{cc("max-age=60")}, true, true, time.Minute, ReasonStorable},
		{typical, []Field{cc("max-age=60, s-maxage=120")}, true, true, 2 * time.Minute, ReasonStorable},
		{typical, []Field{cc("s-maxage=1, max-age=60")}, true, true, time.Second, ReasonStorable},
		{typical, append(expires(time.Hour), cc("max-age=60")), true, true, time.Minute, ReasonStorable},
		{typical, expires(time.Hour), true, true, time.Hour, ReasonStorable},
		{typical, expires(-time.Hour), true, false, 0, ReasonZeroLifetime},
		{typical, []Field{{"Expires", "0"}}, true, false, 0, ReasonZeroLifetime},
		{typical, []Field{{"Expires", FormatTime(t0.Add(time.Hour))}}, true, true, time.Hour, ReasonStorable},
		{typical, append(expires(time.Hour), Field{"Expires", "garbage"}), true, false, 0, ReasonZeroLifetime},
		{typical, nil, true, true, day, ReasonStorable},
		{typical, []Field{cc("max-age=999999999999")}, true, true, 365 * day, ReasonStorable},
		{typical, []Field{cc("max-age=0")}, true, false, 0, ReasonZeroLifetime},
		{typical, []Field{cc("max-age=60, s-maxage=0")}, true, false, 0, ReasonZeroLifetime},
		{typical, []Field{cc("no-store, max-age=60")}, false, false, 0, ReasonNoStore},
		{typical, []Field{cc("no-cache")}, false, false, 0, ReasonNoCache},
		{typical, []Field{cc("private, max-age=60")}, false, false, 0, ReasonPrivate},
		{typical, []Field{{"Vary", "Origin, *"}, cc("max-age=60")}, false, false, 0, ReasonVaryStar},
		{typical, []Field{cc(`no-cache="Set-Cookie", max-age=60`)}, true, true, time.Minute, ReasonStorable},
		{typical, []Field{cc("no-store, must-understand, max-age=60")}, true, true, time.Minute, ReasonStorable},
		// MinTTL above 0
		{capped, []Field{cc("max-age=10")}, true, true, time.Minute, ReasonStorable},
		{capped, []Field{cc("max-age=600")}, true, true, 10 * time.Minute, ReasonStorable},
		{capped, []Field{cc("max-age=86400")}, true, true, 2 * time.Hour, ReasonStorable},
		{capped, []Field{cc("max-age=0")}, true, true, time.Minute, ReasonStorable},
		{capped, nil, true, true, time.Hour, ReasonStorable},
		{capped, []Field{cc("no-store")}, true, true, time.Minute, ReasonMinTTL},
		{capped, []Field{cc("no-cache, max-age=600")}, true, true, time.Minute, ReasonMinTTL},
		{capped, []Field{cc("private")}, true, true, time.Minute, ReasonMinTTL},
		{Policy{MinTTL: time.Hour, DefaultTTL: time.Second, MaxTTL: day, Method: "GET"}, nil, true, true, time.Hour, ReasonStorable},
		// nothing at all
		{disabled, []Field{cc("max-age=60")}, false, false, 0, ReasonCachingDisabled},
	} {
		d := Decide(c.policy, response(200, c.lines...))
		if d.Store != c.store || d.Share != c.share || d.Reason != c.reason || (c.store && d.Freshness.FreshFor != c.fresh) {
			t.Errorf("%d %v: store %v share %v fresh %v (%s), want %v %v %v (%s)", i, c.lines,
				d.Store, d.Share, d.Freshness.FreshFor, d.Reason, c.store, c.share, c.fresh, c.reason)
		}
	}
}

// CloudFront, "How CloudFront caches HTTP 4xx and 5xx status codes".
func TestDecideStatuses(t *testing.T) {
	maxAge := []Field{cc("max-age=3600")}
	short := []Field{cc("max-age=1")}
	for _, c := range []struct {
		status int
		policy Policy
		lines  []Field
		fresh  time.Duration // -1: not stored
		reason Reason
	}{
		{404, typical, nil, 10 * time.Second, ReasonErrorTTL},
		{404, typical, maxAge, time.Hour, ReasonErrorTTL},
		{404, typical, short, 10 * time.Second, ReasonErrorTTL},
		{404, typical, []Field{cc("no-store")}, 10 * time.Second, ReasonErrorTTL},
		{404, typical, []Field{{"Date", dateT0}, {"Expires", FormatTime(t0.Add(time.Minute))}}, time.Minute, ReasonErrorTTL},
		{404, Policy{MaxTTL: 5 * time.Second, ErrorTTL: DefaultErrorTTL, Method: "GET"}, nil, 5 * time.Second, ReasonErrorTTL},
		{404, withMin, nil, 10 * time.Second, ReasonErrorTTL},
		{404, disabled, nil, -1, ReasonCachingDisabled},
		{414, typical, nil, 10 * time.Second, ReasonErrorTTL},
		{500, typical, nil, 10 * time.Second, ReasonErrorTTL},
		{501, typical, nil, 10 * time.Second, ReasonErrorTTL},
		{502, typical, nil, 10 * time.Second, ReasonErrorTTL},
		{503, typical, nil, 10 * time.Second, ReasonErrorTTL},
		{504, typical, nil, 10 * time.Second, ReasonErrorTTL},
		{400, typical, nil, -1, ReasonStatusNeedsMaxAge},
		{400, typical, maxAge, time.Hour, ReasonErrorTTL},
		{403, typical, nil, -1, ReasonStatusNeedsMaxAge},
		{403, typical, []Field{{"Expires", FormatTime(t0.Add(time.Minute))}}, -1, ReasonStatusNeedsMaxAge},
		{403, typical, []Field{cc("s-maxage=3600")}, time.Hour, ReasonErrorTTL},
		{403, typical, []Field{cc("max-age=3600, private")}, -1, ReasonPrivate},
		{405, typical, nil, -1, ReasonStatusNeedsMaxAge},
		{412, typical, nil, -1, ReasonStatusNeedsMaxAge},
		{415, typical, maxAge, time.Hour, ReasonErrorTTL},
		{416, typical, maxAge, -1, ReasonStatus},
		{401, typical, maxAge, -1, ReasonStatus},
		{429, typical, maxAge, -1, ReasonStatus},
		{505, typical, maxAge, -1, ReasonStatus},
		{201, typical, maxAge, -1, ReasonStatus},
		{304, typical, maxAge, -1, ReasonStatus},
		{100, typical, maxAge, -1, ReasonStatus},
		{204, typical, maxAge, time.Hour, ReasonStorable},
		{301, typical, nil, day, ReasonStorable},
		{302, typical, nil, day, ReasonStorable},
		{307, typical, nil, -1, ReasonStatusNeedsMaxAge},
		{307, typical, maxAge, time.Hour, ReasonStorable},
		{308, typical, []Field{{"Expires", FormatTime(t0.Add(time.Minute))}}, -1, ReasonStatusNeedsMaxAge},
		{308, typical, []Field{cc("public")}, day, ReasonStorable},
		{206, typical, []Field{{"Content-Range", "bytes 0-9/100"}, {"ETag", `"a"`}}, day, ReasonStorable},
		{206, typical, []Field{{"Content-Range", "bytes 0-9/100"}, {"ETag", `W/"a"`}}, -1, ReasonPartial},
		{206, typical, []Field{{"Content-Range", "bytes 0-9/*"}, {"ETag", `"a"`}}, -1, ReasonPartial},
		{206, typical, []Field{{"ETag", `"a"`}}, -1, ReasonPartial},
	} {
		d := Decide(c.policy, response(c.status, c.lines...))
		if d.Store != (c.fresh >= 0) || d.Reason != c.reason || (d.Store && d.Freshness.FreshFor != c.fresh) {
			t.Errorf("%d %v: %v for %v (%s), want %v (%s)", c.status, c.lines, d.Store, d.Freshness.FreshFor, d.Reason, c.fresh, c.reason)
		}
	}
}

// RFC 9111, 3: the request's side.
func TestDecideRequest(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Policy)
		lines  []Field
		store  bool
		share  bool
		reason Reason
	}{
		{"HEAD", func(p *Policy) { p.Method = "HEAD" }, nil, true, true, ReasonStorable},
		{"POST", func(p *Policy) { p.Method = "POST" }, nil, false, false, ReasonMethod},
		{"OPTIONS", func(p *Policy) { p.Method = "OPTIONS" }, nil, false, false, ReasonMethod},
		{"cached OPTIONS", func(p *Policy) { p.Method, p.CacheOptions = "OPTIONS", true }, nil, true, true, ReasonStorable},
		{"unkeyed credentials", func(p *Policy) { p.UnkeyedCredentials = true }, nil, false, false, ReasonUnkeyedCredentials},
		{"Set-Cookie dropped", func(*Policy) {}, []Field{{"Set-Cookie", "a=b"}}, true, true, ReasonStorable},
		{"Set-Cookie kept", func(p *Policy) { p.KeepSetCookie = true }, []Field{{"Set-Cookie", "a=b"}}, true, false, ReasonSetCookie},
		{"Set-Cookie barred", func(p *Policy) { p.KeepSetCookie = true }, []Field{{"Set-Cookie", "a=b"}, cc(`no-cache="Set-Cookie"`)}, true, false, ReasonSetCookie},
	} {
		p := typical
		c.change(&p)
		d := Decide(p, response(200, c.lines...))
		if d.Store != c.store || d.Share != c.share || d.Reason != c.reason {
			t.Errorf("%s: %v %v (%s), want %v %v (%s)", c.name, d.Store, d.Share, d.Reason, c.store, c.share, c.reason)
		}
	}
	d := Decide(typical, response(200, cc(`no-cache="a, b", private="c"`)))
	if !slices.Equal(d.DropFields, []string{"a", "b", "c"}) {
		t.Errorf("DropFields %v", d.DropFields)
	}
}

// RFC 9111, 4.2.3: an origin's Age and the time the request took count against
// what headers promise, never against MinTTL or DefaultTTL.
func TestDecideAge(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		age    string
		took   time.Duration
		lines  []Field
		fresh  time.Duration
		start  time.Duration
	}{
		{typical, "", 0, []Field{cc("max-age=60")}, 60 * time.Second, 0},
		{typical, "50", 0, []Field{cc("max-age=60")}, 10 * time.Second, 50 * time.Second},
		{typical, "50", 4 * time.Second, []Field{cc("max-age=60")}, 6 * time.Second, 54 * time.Second},
		{typical, "90", 0, []Field{cc("max-age=60")}, 0, 90 * time.Second},
		{typical, "50, 0", 0, []Field{cc("max-age=60")}, 10 * time.Second, 50 * time.Second},
		{typical, "50;q=1", 0, []Field{cc("max-age=60")}, 10 * time.Second, 50 * time.Second},
		{typical, "abc", 0, []Field{cc("max-age=60")}, 60 * time.Second, 0},
		{typical, "-5", 0, []Field{cc("max-age=60")}, 60 * time.Second, 0},
		{typical, "50", 0, nil, day, 50 * time.Second},
		{withMin, "50", 0, []Field{cc("max-age=60")}, time.Minute, 50 * time.Second},
		{typical, "999999999999999", 0, []Field{cc("max-age=60")}, 0, maxSeconds * time.Second},
	} {
		r := response(200, c.lines...)
		if c.age != "" {
			r.Header = r.Header.Clone().Add("Age", c.age)
		}
		r.RequestTime = t0.Add(-c.took)
		f := Decide(c.policy, r).Freshness
		if f.FreshFor != c.fresh || f.InitialAge != c.start {
			t.Errorf("Age %q %v: fresh %v age %v, want %v %v", c.age, c.lines, f.FreshFor, f.InitialAge, c.fresh, c.start)
		}
		if got, want := f.Age(t0.Add(3*time.Second)), int64(c.start/time.Second)+3; got != want {
			t.Errorf("Age after 3 s: %d, want %d", got, want)
		}
	}
}

// RFC 9111, 4.2 and 4.2.4; RFC 5861, 3 and 4; CloudFront's rule for failing origins.
func TestStale(t *testing.T) {
	down, busy, gone := Failure{Unreachable: true}, Failure{Status: 503}, Failure{Status: 404}
	capped := Policy{DefaultTTL: day, MaxTTL: 90 * time.Second, Method: "GET"}
	for _, c := range []struct {
		policy  Policy
		cc      string
		after   time.Duration // from arrival
		state   State
		failure Failure
		served  bool
		reason  Reason
		grace   time.Duration // how long the origin is then left alone
	}{
		{typical, "max-age=60", 59 * time.Second, Fresh, down, true, ReasonStaleOnError, 10 * time.Second},
		{typical, "max-age=60", 60 * time.Second, Stale, down, true, ReasonStaleOnError, 10 * time.Second},
		{typical, "max-age=60", time.Hour, Stale, busy, true, ReasonStaleOnError, 10 * time.Second},
		{typical, "max-age=60", time.Hour, Stale, gone, false, ReasonOriginAnswered, 0},
		{typical, "max-age=60", time.Hour, Stale, Failure{Status: 600}, false, ReasonOriginAnswered, 0},
		{typical, "max-age=60, stale-while-revalidate=30", 89 * time.Second, StaleRevalidate, down, true, ReasonStaleOnError, 10 * time.Second},
		{typical, "max-age=60, stale-while-revalidate=30", 90 * time.Second, Stale, down, true, ReasonStaleOnError, 10 * time.Second},
		{typical, "max-age=60, stale-if-error=30", 65 * time.Second, Stale, busy, true, ReasonStaleIfError, 10 * time.Second},
		{typical, "max-age=60, stale-if-error=30", 85 * time.Second, Stale, busy, true, ReasonStaleIfError, 5 * time.Second},
		{typical, "max-age=60, stale-if-error=30", 90 * time.Second, Stale, busy, false, ReasonStaleIfErrorOver, 0},
		{typical, "max-age=60, stale-if-error=30", 65 * time.Second, Stale, gone, false, ReasonOriginAnswered, 0},
		{typical, "max-age=60, stale-if-error=0", 65 * time.Second, Stale, down, false, ReasonStaleIfErrorOver, 0},
		{typical, "max-age=60, must-revalidate", 65 * time.Second, Stale, down, false, ReasonStaleForbidden, 0},
		{typical, "max-age=60, proxy-revalidate", 65 * time.Second, Stale, down, false, ReasonStaleForbidden, 0},
		{typical, "s-maxage=60", 65 * time.Second, Stale, down, false, ReasonStaleForbidden, 0},
		{typical, "s-maxage=60, stale-if-error=30", 65 * time.Second, Stale, down, true, ReasonStaleIfError, 10 * time.Second},
		{typical, "s-maxage=60, stale-while-revalidate=30", 65 * time.Second, StaleRevalidate, down, false, ReasonStaleForbidden, 0},
		{typical, "max-age=60, must-revalidate, stale-if-error=30, stale-while-revalidate=30", 65 * time.Second, Stale, down, false, ReasonStaleForbidden, 0},
		{capped, "max-age=60, stale-while-revalidate=900, stale-if-error=900", 149 * time.Second, StaleRevalidate, busy, true, ReasonStaleIfError, time.Second},
		{capped, "max-age=60, stale-while-revalidate=900, stale-if-error=900", 150 * time.Second, Stale, busy, false, ReasonStaleIfErrorOver, 0},
		{withMin, "no-store", time.Hour, Stale, down, true, ReasonStaleOnError, 10 * time.Second},
		{withMin, "no-store, stale-if-error=0", time.Hour, Stale, down, false, ReasonStaleIfErrorOver, 0},
	} {
		t.Run(fmt.Sprintf("%s/%v", c.cc, c.after), func(t *testing.T) {
			f := Decide(c.policy, response(200, cc(c.cc))).Freshness
			now := t0.Add(c.after)
			v := f.Evaluate(now)
			if v.State != c.state || v.Age != c.after {
				t.Errorf("state %d (%s) age %v, want %d", v.State, v.Reason, v.Age, c.state)
			}
			renewed, ok, reason := f.OnError(now, c.failure, DefaultErrorTTL)
			if ok != c.served || reason != c.reason {
				t.Fatalf("on error: %v (%s), want %v (%s)", ok, reason, c.served, c.reason)
			}
			if !ok {
				return
			}
			if got := renewed.GraceUntil.Sub(now); got != c.grace {
				t.Errorf("grace %v, want %v", got, c.grace)
			}
			if c.state == Stale {
				if v := renewed.Evaluate(now.Add(c.grace - 1)); v.State != StaleGrace || v.Reason != c.reason {
					t.Errorf("within the grace: %d (%s)", v.State, v.Reason)
				}
				if v := renewed.Evaluate(now.Add(c.grace)); v.State == StaleGrace {
					t.Error("grace goes on")
				}
			}
		})
	}
}

func TestEvaluateDoesNotAllocate(t *testing.T) {
	f := Decide(typical, response(200, cc("max-age=60"))).Freshness
	if n := testing.AllocsPerRun(100, func() { f.Evaluate(t0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	clockStepped := f
	if v := clockStepped.Evaluate(t0.Add(-time.Hour)); v.State != Fresh || v.Age != 0 {
		t.Errorf("clock set back: %+v", v)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	f := Decide(typical, response(200, cc("max-age=60"))).Freshness
	for b.Loop() {
		if v := f.Evaluate(t0); v.State != Fresh {
			b.Fatal()
		}
	}
}

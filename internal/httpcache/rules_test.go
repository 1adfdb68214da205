package httpcache

import (
	"testing"
	"time"
)

var strict = Policy{Rules: Strict, MinTTL: time.Hour, DefaultTTL: day, MaxTTL: 365 * day, ErrorTTL: DefaultErrorTTL, Method: "GET"}

// RFC 9111, section 3: what is stored, for how long it is fresh, and why. MinTTL, DefaultTTL
// and the error caching time of the policy never count.
func TestStrict(t *testing.T) {
	etag := Field{"ETag", `"a"`}
	modified := func(ago time.Duration) Field { return Field{"Last-Modified", FormatTime(t0.Add(-ago))} }
	authorized := strict
	authorized.Authorized = true
	post, uncached := strict, strict
	post.Method, uncached.MaxTTL = "POST", 0
	capped := strict
	capped.MaxTTL = time.Minute
	for _, c := range []struct {
		name   string
		policy Policy
		status int
		lines  []Field
		store  bool
		fresh  time.Duration
		reason Reason
	}{
		{"RFC 9111 3: explicit", strict, 200, []Field{cc("max-age=60")}, true, time.Minute, ReasonStorable},
		{"RFC 9111 3: nothing to keep it by", strict, 200, nil, false, 0, ReasonZeroLifetime},
		{"RFC 9111 3: a validator alone", strict, 200, []Field{etag}, true, 0, ReasonZeroLifetime},
		{"RFC 9111 3: method", post, 200, []Field{cc("max-age=60")}, false, 0, ReasonMethod},
		{"RFC 9111 3: not final", strict, 103, []Field{cc("max-age=60")}, false, 0, ReasonStatus},
		{"RFC 9111 3: no-store", strict, 200, []Field{cc("no-store, max-age=60"), etag}, false, 0, ReasonNoStore},
		{"RFC 9111 3: private", strict, 200, []Field{cc("private, max-age=60"), etag}, false, 0, ReasonPrivate},
		{"RFC 9111 3: any status", strict, 299, []Field{cc("max-age=60")}, true, time.Minute, ReasonStorable},
		{"RFC 9111 3: status unasked", strict, 299, []Field{modified(10 * day)}, false, 0, ReasonStatusNeedsMaxAge},
		{"RFC 9111 3: an error unasked", strict, 500, nil, false, 0, ReasonStatusNeedsMaxAge},
		{"RFC 9111 3.3: a part", strict, 206, []Field{cc("max-age=60"), etag, {"Content-Range", "bytes 0-1/9"}}, true, time.Minute, ReasonStorable},
		{"RFC 9111 3.3: a part of nobody knows what", strict, 206, []Field{cc("max-age=60"), {"Content-Range", "bytes 0-1/9"}}, false, 0, ReasonPartial},
		{"RFC 9110 15.5.17: out of range", strict, 416, []Field{cc("max-age=60")}, false, 0, ReasonStatus},
		{"RFC 9111 3.5: Authorization", authorized, 200, []Field{cc("max-age=60"), etag}, false, 0, ReasonAuthorization},
		{"RFC 9111 3.5: public", authorized, 200, []Field{cc("max-age=60, public")}, true, time.Minute, ReasonStorable},
		{"RFC 9111 3.5: must-revalidate", authorized, 200, []Field{cc("max-age=60, must-revalidate")}, true, time.Minute, ReasonStorable},
		{"RFC 9111 3.5: proxy-revalidate is not enough", authorized, 200, []Field{cc("max-age=60, proxy-revalidate")}, false, 0, ReasonAuthorization},
		{"RFC 9111 3.5: s-maxage", authorized, 200, []Field{cc("s-maxage=60")}, true, time.Minute, ReasonStorable},
		{"RFC 9111 4.1: star", strict, 200, []Field{cc("max-age=60"), {"Vary", "A, *"}}, false, 0, ReasonVaryStar},
		{"RFC 9111 4.2.1: Expires", strict, 200, []Field{{"Expires", FormatTime(t0.Add(time.Hour))}}, true, time.Hour, ReasonStorable},
		{"RFC 9111 4.2.2: heuristic", strict, 200, []Field{modified(10 * time.Hour)}, true, time.Hour, ReasonStorable},
		{"RFC 9111 4.2.2: a day at most", strict, 200, []Field{modified(100 * day)}, true, day, ReasonStorable},
		{"RFC 9111 4.2.2: from Date", strict, 200, []Field{{"Date", FormatTime(t0.Add(10 * time.Hour))}, modified(10 * time.Hour)}, true, 2 * time.Hour, ReasonStorable},
		{"RFC 9111 4.2.2: changed in the future", strict, 200, []Field{modified(-time.Hour), etag}, true, 0, ReasonZeroLifetime},
		{"RFC 9111 4.2.3: Date", strict, 200, []Field{cc("max-age=60"), {"Date", FormatTime(t0.Add(-20 * time.Second))}}, true, 40 * time.Second, ReasonStorable},
		{"RFC 9111 4.2.3: Age wins where it is more", strict, 200, []Field{cc("max-age=60"), {"Age", "30"}, {"Date", FormatTime(t0.Add(-20 * time.Second))}}, true, 30 * time.Second, ReasonStorable},
		{"RFC 9111 5.2.2.3: understood", strict, 200, []Field{cc("max-age=60, no-store, must-understand")}, true, time.Minute, ReasonStorable},
		{"RFC 9111 5.2.2.3: not understood", strict, 299, []Field{cc("max-age=60, must-understand")}, false, 0, ReasonStatus},
		{"RFC 9111 5.2.2.4: no-cache", strict, 200, []Field{cc("no-cache, max-age=60"), etag}, true, 0, ReasonZeroLifetime},
		{"RFC 9111 5.2.2.4: no-cache without a validator", strict, 200, []Field{cc("no-cache, max-age=60")}, false, 0, ReasonNoCache},
		{"RFC 9111 5.2.2.9: public", strict, 599, []Field{cc("public"), modified(10 * time.Hour)}, true, time.Hour, ReasonStorable},
		{"RFC 5861 3: stale at once", strict, 200, []Field{cc("max-age=0, stale-while-revalidate=60")}, true, 0, ReasonZeroLifetime},
		{"RFC 5861 4: for errors only", strict, 200, []Field{cc("max-age=0, stale-if-error=60")}, true, 0, ReasonZeroLifetime},
		{"RFC 9213 2.2: targeted", strict, 200, []Field{cc("no-store"), {"CDN-Cache-Control", "max-age=60"}}, true, time.Minute, ReasonStorable},
		{"RFC 9213 2.2: targeted voids Expires", strict, 200, []Field{{"Expires", FormatTime(t0.Add(time.Hour))}, {"CDN-Cache-Control", "public"}, etag}, true, 0, ReasonZeroLifetime},
		{"surrogate: targeted", strict, 200, []Field{cc("no-store"), {"Surrogate-Control", "max-age=60"}}, true, time.Minute, ReasonStorable},
		{"surrogate: no-store", strict, 200, []Field{cc("max-age=60"), {"Surrogate-Control", "no-store"}}, false, 0, ReasonNoStore},
		{"surrogate: for another", strict, 200, []Field{cc("max-age=60"), {"Surrogate-Control", "no-store;other"}}, true, time.Minute, ReasonStorable},
		{"surrogate: CDN-Cache-Control comes first", strict, 200, []Field{{"Surrogate-Control", "no-store"}, {"CDN-Cache-Control", "max-age=60"}}, true, time.Minute, ReasonStorable},
		{"policy: MaxTTL is the longest", capped, 200, []Field{cc("max-age=3600")}, true, time.Minute, ReasonStorable},
		{"policy: caching disabled", uncached, 200, []Field{cc("max-age=3600")}, false, 0, ReasonCachingDisabled},
	} {
		d := Decide(c.policy, response(c.status, c.lines...))
		if d.Store != c.store || d.Reason != c.reason || (c.store && d.Freshness.FreshFor != c.fresh) {
			t.Errorf("%s: store %v fresh %v (%s), want %v %v (%s)", c.name, d.Store, d.Freshness.FreshFor, d.Reason, c.store, c.fresh, c.reason)
		}
	}
}

// RFC 9111, 5.2.2.4: what needs validation is not used stale, whatever else it says.
func TestNoCacheIsNeverStale(t *testing.T) {
	d := Decide(strict, response(200, cc("no-cache, stale-while-revalidate=60, stale-if-error=60"), Field{"ETag", `"a"`}))
	if v := d.Freshness.Evaluate(t0); v.State != Stale {
		t.Errorf("%+v", v)
	}
	if _, ok, reason := d.Freshness.OnError(t0, Failure{Unreachable: true}, time.Minute); ok {
		t.Error(reason)
	}
}

// Whatever an origin says, restrictions hold, no lifetime is longer than allowed and no age
// negative.
func FuzzStrict(f *testing.F) {
	f.Add(200, "max-age=60", "", "", "", "", "", "no-store")
	f.Add(200, `no-cache="a", public`, "max-age=1;x", "Thu, 18 Aug 2050 02:01:18 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "99999999999", "Foo, *", "max-age=5;warmfront")
	f.Add(599, "no-store, must-understand", "&", "0", "foo", "-1", "", "max-age=60+9;other")
	f.Fuzz(func(t *testing.T, status int, control, targeted, expires, date, age, vary, surrogate string) {
		var h Header
		for _, line := range []Field{{"Cache-Control", control}, {"CDN-Cache-Control", targeted}, {"Expires", expires}, {"Date", date}, {"Age", age}, {"Vary", vary}, {"ETag", `"a"`}, {"Surrogate-Control", surrogate}} {
			if line.Value != "" {
				h = append(h, line)
			}
		}
		d := Decide(strict, Response{Status: status, Header: h, RequestTime: t0, ResponseTime: t0.Add(time.Second)})
		cc, _ := Controls(h)
		switch {
		case d.Share && !d.Store:
			t.Error("shared but not stored")
		case d.Store && (cc.Private || cc.NoStore && !cc.MustUnderstand || variesOnEverything(h)):
			t.Errorf("stored against %+v", cc)
		case d.Store && cc.NoCache && d.Freshness.FreshFor > 0:
			t.Error("used without validation")
		case d.Freshness.FreshFor > strict.MaxTTL:
			t.Errorf("fresh for %v", d.Freshness.FreshFor)
		}
		for _, later := range []time.Duration{0, time.Second, 50 * 365 * day} {
			now := t0.Add(time.Second + later)
			if v := d.Freshness.Evaluate(now); v.Age < 0 || (v.State == Fresh) != (v.TTL > 0) || d.Freshness.Age(now) < 0 {
				t.Errorf("after %v: %+v", later, v)
			}
		}
	})
}

package httpcache

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// sec is a set directive argument.
func sec(n int64) Seconds { return Seconds{Value: time.Duration(n) * time.Second, Set: true} }

// RFC 9111, 5.2 and 4.2.1; RFC 5861.
func TestParseCacheControl(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  CacheControl
	}{
		{nil, CacheControl{}},
		{[]string{""}, CacheControl{}},
		{[]string{"max-age=60"}, CacheControl{MaxAge: sec(60)}},
		{[]string{"MaX-aGe=60, Public"}, CacheControl{MaxAge: sec(60), Public: true}},
		{[]string{`max-age="60"`}, CacheControl{MaxAge: sec(60)}},
		{[]string{"max-age=003600"}, CacheControl{MaxAge: sec(3600)}},
		{[]string{"max-age='60'"}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age"}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age="}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age=-1"}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age=+1"}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age=1.5"}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age=60a"}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age =60"}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age= 60"}, CacheControl{MaxAge: sec(0)}},
		{[]string{"max-age=2147483648"}, CacheControl{MaxAge: sec(2147483648)}},
		{[]string{"max-age=99999999999999999999999"}, CacheControl{MaxAge: sec(maxSeconds)}},
		{[]string{"max-age=60, max-age=10"}, CacheControl{MaxAge: sec(10)}},
		{[]string{"max-age=10", "max-age=60"}, CacheControl{MaxAge: sec(10)}},
		{[]string{"max-age=60, max-age=x"}, CacheControl{MaxAge: sec(0)}},
		{[]string{`ext="max-age=100", max-age=1`}, CacheControl{MaxAge: sec(1)}},
		{[]string{`ext="a\", no-store", max-age=1`}, CacheControl{MaxAge: sec(1)}},
		{[]string{`max-age=9, ext="open, no-store`}, CacheControl{MaxAge: sec(0), NoStore: true}},
		{[]string{"no-store, no-cache, private"}, CacheControl{NoStore: true, NoCache: true, Private: true}},
		{[]string{"no-store=x"}, CacheControl{NoStore: true}},
		{[]string{`no-cache="Set-Cookie"`}, CacheControl{NoCacheFields: []string{"Set-Cookie"}}},
		{[]string{`no-cache="a, b", private=c`}, CacheControl{NoCacheFields: []string{"a", "b"}, PrivateFields: []string{"c"}}},
		{[]string{`no-cache=""`}, CacheControl{NoCache: true}},
		{[]string{`no-cache="a b"`}, CacheControl{NoCache: true}},
		{[]string{`no-cache="a", no-cache`}, CacheControl{NoCache: true, NoCacheFields: []string{"a"}}},
		{[]string{"s-maxage=5,stale-while-revalidate=6,stale-if-error=0"}, CacheControl{SMaxAge: sec(5), StaleWhileRevalidate: sec(6), StaleIfError: sec(0)}},
		{[]string{"must-revalidate;proxy-revalidate"}, CacheControl{}},
		{[]string{"must-revalidate , ,proxy-revalidate,must-understand,no-transform"}, CacheControl{MustRevalidate: true, ProxyRevalidate: true, MustUnderstand: true, NoTransform: true}},
	} {
		c.want.Present = c.lines != nil
		if got := ParseCacheControl(c.lines); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q:\n got %+v\nwant %+v", c.lines, got, c.want)
		}
	}
}

// However the header is broken, adding a restriction never makes it cache more.
func FuzzCacheControl(f *testing.F) {
	for _, s := range []string{
		"max-age=60, public", `no-cache="a, b`, `ext="max-age=1\"", s-maxage=3`, "max-age =5,,=", "stale-if-error=\"9\"", "\x00=,\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cc := ParseCacheControl([]string{s})
		for _, d := range []Seconds{cc.MaxAge, cc.SMaxAge, cc.StaleIfError, cc.StaleWhileRevalidate} {
			if d.Value < 0 || d.Value > maxSeconds*time.Second || (!d.Set && d.Value != 0) {
				t.Fatalf("%q: %+v", s, d)
			}
		}
		for _, name := range slices.Concat(cc.NoCacheFields, cc.PrivateFields) {
			if !isToken(name) {
				t.Fatalf("%q: field name %q", s, name)
			}
		}
		more := ParseCacheControl([]string{s, "no-store, max-age=0"})
		if !more.NoStore || !more.MaxAge.Set || more.MaxAge.Value != 0 {
			t.Fatalf("%q hides a later line: %+v", s, more)
		}
		front := ParseCacheControl([]string{"no-store," + s})
		if !front.NoStore {
			t.Fatalf("%q hides an earlier directive", s)
		}
		if !strings.Contains(s, `"`) {
			if back := ParseCacheControl([]string{s + ",no-store"}); !back.NoStore {
				t.Fatalf("%q hides a later directive", s)
			}
		}
		now := time.Unix(1e9, 0)
		d := Decide(Policy{MaxTTL: time.Hour, DefaultTTL: time.Minute, Method: "GET"}, Response{
			Status: 200, Header: Header{{"Cache-Control", s}}, RequestTime: now, ResponseTime: now,
		})
		if d.Freshness.FreshFor < 0 || d.Freshness.FreshFor > time.Hour || (d.Share && !d.Store) {
			t.Fatalf("%q: %+v", s, d)
		}
	})
}

package snapshot

import (
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

func TestSelectionUnion(t *testing.T) {
	t.Parallel()
	none, a := Selection{}, Selection{names: []string{"a"}}
	b, all := Selection{names: []string{"b"}}, Selection{All: true}
	notA, notAB := Selection{All: true, names: []string{"a"}}, Selection{All: true, names: []string{"a", "b"}}
	for i, c := range []struct {
		x, y    Selection
		a, b, c bool
	}{
		{none, none, false, false, false},
		{none, a, true, false, false},
		{a, b, true, true, false},
		{all, a, true, true, true},
		{notA, none, false, true, true},
		{notA, a, true, true, true},
		{notAB, b, false, true, true},
		{b, notAB, false, true, true},
		{notA, notAB, false, true, true},
	} {
		u := c.x.union(c.y)
		if u.Has("a") != c.a || u.Has("b") != c.b || u.Has("c") != c.c {
			t.Errorf("%d: %+v", i, u)
		}
	}
}

func TestCookieWildcards(t *testing.T) {
	t.Parallel()
	list, except := cookieSelection("whitelist", []string{"wp_*", "a?", "plain"}), cookieSelection("allExcept", []string{"ga*"})
	union := list.union(cookieSelection("whitelist", []string{"other"}))
	both := except.union(cookieSelection("whitelist", []string{"gab"}))
	for name, want := range map[string][4]bool{
		"wp_": {true, true, true, true}, "wp_x": {true, true, true, true}, "wp": {false, true, false, true},
		"ab": {true, true, true, true}, "abc": {false, true, false, true}, "plain": {true, true, true, true},
		"other": {false, true, true, true}, "ga": {false, false, false, false}, "gab": {false, false, false, true},
	} {
		if got := [4]bool{list.Has(name), except.Has(name), union.Has(name), both.Has(name)}; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if s := cookieSelection("none", []string{"a"}); !s.None() {
		t.Errorf("%+v", s)
	}
	if s := cookieSelection("all", nil); !s.Everything() || list.None() || except.Everything() {
		t.Errorf("%+v", s)
	}
}

func TestLegacyRecipe(t *testing.T) {
	t.Parallel()
	r, nocache := legacyRecipe(&cloudfront.ForwardedValues{
		QueryString:          true,
		QueryStringCacheKeys: &cloudfront.QueryStringCacheKeys{Items: []string{"v"}},
		Cookies:              cloudfront.CookiePreference{Forward: "whitelist", WhitelistedNames: &cloudfront.CookieNames{Items: []string{"s"}}},
		Headers:              &cloudfront.Headers{Items: []string{"Origin", "Accept-Encoding", "Accept"}},
	})
	if nocache || !r.SendQuery.Has("w") || r.KeyQuery.Has("w") || !r.KeyQuery.Has("v") || !r.KeyCookies.Has("s") || r.SendCookies.Has("t") {
		t.Errorf("%+v", r)
	}
	if len(r.KeyHeaders) != 2 || r.KeyHeaders[0] != "accept" || r.KeyHeaders[1] != "origin" || !r.SendHeaders.Has("accept") {
		t.Errorf("%+v", r)
	}
	if _, nocache := legacyRecipe(&cloudfront.ForwardedValues{Headers: &cloudfront.Headers{Items: []string{"*"}}}); !nocache {
		t.Error("all headers forwarded and still cached")
	}
}

func TestPolicyRecipe(t *testing.T) {
	t.Parallel()
	cache, _ := cloudfront.ManagedCachePolicy("83da9c7e-98b4-4e11-a168-04f0df8e2c65")
	orp, _ := cloudfront.ManagedOriginRequestPolicy("b689b0a8-53d0-40ab-baf2-68738e2966ac") // all but Host
	r := policyRecipe(&cache.CachePolicyConfig, &orp.OriginRequestPolicyConfig)
	if !r.KeysHeader("host") || !r.SendHeaders.Has("host") || !r.SendHeaders.Has("x-anything") || !r.SendQuery.Has("q") || r.KeyQuery.Has("q") || !r.KeyCookies.Has("c") {
		t.Errorf("%+v", r)
	}
	optimized, _ := cloudfront.ManagedCachePolicy("658327ea-f89d-4fab-a63d-7e88639e58f6")
	r = policyRecipe(&optimized.CachePolicyConfig, &orp.OriginRequestPolicyConfig)
	if r.SendHeaders.Has("host") || !r.SendHeaders.Has("cookie2") || !r.Gzip || !r.Brotli || !r.KeyQuery.None() {
		t.Errorf("%+v", r)
	}
}

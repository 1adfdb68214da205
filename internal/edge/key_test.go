package edge

import (
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

func TestCacheKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, func(w *world) {
		f := w.config.DefaultCacheBehavior.ForwardedValues
		f.QueryString, f.QueryStringCacheKeys = true, &cloudfront.QueryStringCacheKeys{Items: []string{"v"}}
		f.Headers = &cloudfront.Headers{Items: []string{"Origin"}}
		f.Cookies = cloudfront.CookiePreference{Forward: "whitelist", WhitelistedNames: &cloudfront.CookieNames{Items: []string{"s"}}}
		w.config.Aliases = &cloudfront.Aliases{Items: []string{"www.example.com"}}
	})
	w.origin.says(always(200, "x"))
	alias := get("/a?v=1")
	alias.Host = "www.example.com"
	for i, c := range []struct {
		v    *viewer
		want string
	}{
		{get("/a?v=1"), "Miss"},
		{get("/a?v=1&w=2"), "Hit"},
		{get("/a?w=3&v=1"), "Hit"},
		{get("/a?v=2"), "Miss"},
		{get("/a?V=1"), "Miss"},
		{get("/a"), "Hit"},
		{alias, "Hit"},
		{get("/a?v=1", "Origin", "x"), "Miss"},
		{get("/a?v=1", "origin", "x"), "Hit"},
		{get("/a?v=1", "Origin", "X"), "Miss"},
		{get("/a?v=1", "Origin", "x", "Origin", "y"), "Miss"},
		{get("/a?v=1", "Cookie", "s=1"), "Miss"},
		{get("/a?v=1", "Cookie", "t=1; s=1"), "Hit"},
		{get("/a?v=1", "Cookie", "s=2"), "Miss"},
		{get("//a?v=1"), "Miss"},
		{get("/%61?v=1"), "Miss"},
		{get("/a?v=1", "Origin", "x cookie:3:s=1"), "Miss"},
	} {
		w.do(c.v)
		if got := c.v.got.Get("X-Cache"); got != c.want+" from cloudfront" {
			t.Errorf("%d: %s %v: %s", i, c.v.Target, c.v.header, got)
		}
		w.settle()
	}
}

package edge

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/httpcache"
)

func TestCacheTags(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprintf("t%d", i))
	}
	for value, want := range map[string][]string{
		"":                              nil,
		"a":                             {"a"},
		"a,b, c\t, d ":                  {"a", "b", "c", "d"},
		"Product:1,PRODUCT:1,,":         {"product:1"},
		"two words,ok":                  {"ok"},
		"sch\xc3\xb6n,del\x7f,!~#*\"":   {"!~#*\""},
		strings.Repeat("x", 256) + ",y": {strings.Repeat("x", 256), "y"},
		strings.Repeat("x", 257) + ",y": {"y"},
		strings.Join(many, ", "):        many[:50],
	} {
		h := httpcache.Header{{Name: "Other", Value: "no"}, {Name: "cache-TAG", Value: value}}
		if got := cacheTags(h, "Cache-Tag"); !slices.Equal(got, want) {
			t.Errorf("%.40q: %q, want %q", value, got, want)
		}
	}
	h := httpcache.Header{{Name: "T", Value: "a"}, {Name: "t", Value: "b"}}
	if got := cacheTags(h, "T"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("two lines: %q", got)
	}
	if cacheTags(h, "") != nil {
		t.Error("tags without a field")
	}
}

func FuzzCacheTags(f *testing.F) {
	f.Add("a, b,c d")
	f.Add(strings.Repeat("Aa,", 70))
	f.Fuzz(func(t *testing.T, value string) {
		tags := cacheTags(httpcache.Header{{Name: "T", Value: value}}, "T")
		if len(tags) > maxTags {
			t.Errorf("%d tags", len(tags))
		}
		for _, tag := range tags {
			if len(tag) == 0 || len(tag) > maxTagBytes || strings.ContainsAny(tag, ", \t\r\n\x00") || strings.ToLower(tag) != tag {
				t.Errorf("%q", tag)
			}
		}
	})
}

// tagged is a world whose distribution reads tags from Cache-Tag.
func tagged(t *testing.T, o Options) *world {
	return newWorld(t, o, func(w *world) { w.config.CacheTagConfig = &cloudfront.CacheTagConfig{HeaderName: "Cache-Tag"} })
}

func TestInvalidationByTag(t *testing.T) {
	t.Parallel()
	w := tagged(t, Options{})
	w.origin.says(always(200, "one", "Cache-Tag", "Product:1, all"))
	w.do(get("/a")).expect(t, 200, "Miss", "one")
	w.do(get("/dir/b?x=1")).expect(t, 200, "Miss", "one")
	w.origin.says(always(404, "none", "Cache-Tag", "product:2,all"))
	w.do(get("/gone")).expect(t, 404, "Error", "none")
	w.origin.says(always(200, "untagged"))
	w.do(get("/c")).expect(t, 200, "Miss", "untagged")
	w.settle()

	w.origin.says(always(200, "two", "Cache-Tag", "product:1"))
	w.invalidate("/nothing", "#PRODUCT:1")
	w.do(get("/a")).expect(t, 200, "Miss", "two")
	w.do(get("/dir/b?x=1")).expect(t, 200, "Miss", "two")
	w.do(get("/c")).expect(t, 200, "Hit", "untagged")
	w.do(get("/gone")).expect(t, 404, "Error", "none")
	w.settle()
	w.invalidate("#all", "#unknown")
	w.do(get("/gone")).expect(t, 200, "Miss", "two")
	w.do(get("/a")).expect(t, 200, "Hit", "two")
	if v := w.do(get("/a")); v.got.Get("Cache-Tag") != "product:1" {
		t.Errorf("the viewer gets tags %q", v.got.Get("Cache-Tag"))
	}
}

// Tags are of the response as it came: a change of the configuration leaves what is stored alone.
func TestTagHeaderChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	configure := func(header *cloudfront.CacheTagConfig) {
		w.config.CacheTagConfig = header
		w.cfg.Revision++
		w.cfg.Distributions["E1"].Revision = w.cfg.Revision
		w.publish()
	}
	w.origin.says(always(200, "before", "Cache-Tag", "t"))
	w.do(get("/before"))
	w.settle()
	configure(&cloudfront.CacheTagConfig{HeaderName: "cache-tag"})
	w.origin.says(always(200, "during", "Cache-Tag", "t"))
	w.do(get("/during"))
	w.settle()
	configure(nil)
	w.origin.says(always(200, "after", "Cache-Tag", "t"))
	w.do(get("/after"))
	w.settle()
	w.invalidate("#t")
	w.do(get("/before")).expect(t, 200, "Hit", "before")
	w.do(get("/during")).expect(t, 200, "Miss", "after")
	w.do(get("/after")).expect(t, 200, "Hit", "after")
}

// A 304 that names tags names them anew; one that does not leaves them.
func TestRenewedTags(t *testing.T) {
	t.Parallel()
	for fields, void := range map[string]string{"": "old", "Cache-Tag": "new"} {
		w := tagged(t, Options{})
		w.origin.says(always(200, "one", "ETag", `"1"`, "Cache-Control", "max-age=10", "Cache-Tag", "old"))
		w.do(get("/x"))
		w.advance(time.Minute)
		named := []string{"ETag", `"1"`, "Cache-Control", "max-age=10"}
		if fields != "" {
			named = append(named, fields, "new")
		}
		w.origin.says(always(304, "", named...))
		w.do(get("/x")).expect(t, 200, "RefreshHit", "one")
		w.settle()
		w.origin.says(always(200, "two"))
		other := map[string]string{"old": "new", "new": "old"}[void]
		w.invalidate("#" + other)
		w.do(get("/x")).expect(t, 200, "Hit", "one")
		w.invalidate("#" + void)
		w.do(get("/x")).expect(t, 200, "Miss", "two")
	}
}

// Whether a fetch under way will carry the tag is not known before it has answered: nobody who
// comes after the invalidation joins it, and what it brings is judged when it comes.
func TestTagInvalidationOvertakesAFill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tags, then string
	}{{"t", "new"}, {"other", "old"}} {
		w := tagged(t, Options{})
		g := newGate()
		w.origin.says(g.wrap(always(200, "old", "Cache-Tag", c.tags)))
		var wg sync.WaitGroup
		early := get("/x")
		wg.Go(func() { w.do(early) })
		<-g.reached
		w.invalidate("#t")
		close(g.open)
		wg.Wait()
		early.expect(t, 200, "Miss", "old")
		w.settle()
		w.origin.says(always(200, "new", "Cache-Tag", c.tags))
		got := w.do(get("/x"))
		if got.body != c.then {
			t.Errorf("tags %q: %q, want %q", c.tags, got.body, c.then)
		}
	}
}

// Under strict rules the place of a response that varies is known only when it has come. It is as
// old as its request all the same.
func TestInvalidationOvertakesAVariant(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{"/x", "/*", "#t"} {
		w := tagged(t, Options{Rules: httpcache.Strict})
		g := newGate()
		w.origin.says(g.wrap(always(200, "old", "Vary", "Accept-Language", "Cache-Control", "max-age=60", "Cache-Tag", "t")))
		var wg sync.WaitGroup
		wg.Go(func() { w.do(get("/x", "Accept-Language", "de")) })
		<-g.reached
		w.invalidate(rule)
		close(g.open)
		wg.Wait()
		w.settle()
		w.origin.says(always(200, "new", "Vary", "Accept-Language", "Cache-Control", "max-age=60", "Cache-Tag", "t"))
		w.do(get("/x", "Accept-Language", "de")).expect(t, 200, "Miss", "new")
	}
}

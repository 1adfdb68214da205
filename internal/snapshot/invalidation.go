package snapshot

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/state"
)

// invalidations turns every invalidation record into rules, in the order of revisions.
func (c *compiler) invalidations() []cachestore.Rule {
	records := slices.SortedFunc(maps.Values(c.cfg.Invalidations), func(a, b *state.Invalidation) int {
		return cmp.Compare(a.Revision, b.Revision)
	})
	var rules []cachestore.Rule
	for _, r := range records {
		for _, p := range r.Batch.Paths.Items {
			rule := cachestore.Rule{Revision: r.Revision, DistributionID: r.DistributionID}
			if tag, ok := strings.CutPrefix(p, "#"); ok {
				rule.Tag = tag
				rules = append(rules, rule)
				continue
			}
			rule.Path = rulePath(p)
			rules = append(rules, rule)
			if d := c.out.distributions[r.DistributionID]; p == "/" && d != nil && d.DefaultRootObject != "" {
				rule.Path = InvalidationPath("/" + d.DefaultRootObject)
				rules = append(rules, rule)
			}
		}
	}
	return rules
}

// rulePath is InvalidationPath for a path of an invalidation, which may have a query and end
// in a star.
func rulePath(p string) string {
	prefix, star := strings.CutSuffix(p, "*")
	path, query, hasQuery := strings.Cut(prefix, "?")
	if star && !hasQuery {
		// An escape cut in two would match nothing: widen the prefix instead.
		if i := strings.LastIndexByte(path, '%'); i >= 0 && i > len(path)-3 {
			path = path[:i]
		}
	}
	path = InvalidationPath(path)
	if hasQuery {
		path += "?" + query
	}
	if star {
		path += "*"
	}
	return path
}

// InvalidationPath is the form in which the paths of invalidations and of cached responses are
// compared: spellings that differ only in needless escapes, repeated slashes or dot segments
// are one path. It takes a raw path without a query.
func InvalidationPath(path string) string {
	if !strings.Contains(path, "%") {
		return clean(path)
	}
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			if c, ok := unhex(path[i+1], path[i+2]); ok {
				if strings.IndexByte("?*#%", c) < 0 {
					out = append(out, c)
				} else {
					out = append(out, '%', upper(path[i+1]), upper(path[i+2]))
				}
				i += 2
				continue
			}
		}
		out = append(out, path[i])
	}
	return clean(string(out))
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

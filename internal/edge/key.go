package edge

import (
	"slices"
	"strconv"
	"strings"

	"github.com/warmfront/warmfront/internal/compress"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// prepare works out what the look-up and the origin request have in common: the path to ask
// for, the codings the viewer takes and the range it wants.
func (x *exchange) prepare() {
	x.target = x.path
	if x.path == "/" && x.dist.DefaultRootObject != "" {
		x.target = "/" + x.dist.DefaultRootObject
	}
	if x.method == snapshot.GET && x.headers.rng != "" {
		x.rng, x.wantsRange = httpcache.ParseRange(x.headers.rng)
	}
	if !x.wantsRange {
		// A range is cut from the identity representation.
		x.accepted = x.codings()
	}
	recipe := &x.behavior.Recipe
	if x.grant != nil {
		x.wholeManifest()
	}
	x.keyQuery = pickQuery(x.query, &recipe.KeyQuery)
	if x.e.strict() {
		x.keyQuery = x.query // the whole target is the key (RFC 9111, 2)
	}
}

// codings are those that the viewer takes and the recipe provides for.
func (x *exchange) codings() compress.Accepted {
	recipe := &x.behavior.Recipe
	if x.req.Proto == HTTP10 {
		return ""
	}
	return compress.Normalize(x.headers.acceptEncoding, compress.Flags{
		Gzip: recipe.Gzip, Brotli: recipe.Brotli, Zstd: x.e.o.Zstd && (recipe.Gzip || recipe.Brotli),
	})
}

// cached reports whether answers to the request's method may come from the cache at all.
func (x *exchange) cached() bool {
	return x.behavior.MaxTTL > 0 && x.behavior.Cached.Has(x.method)
}

// buildKey writes the cache key: the distribution, the method where OPTIONS is kept, exactly
// the path that is sent to the origin, and what the recipe selects. Targets are free of blanks
// and control characters, and everything else carries its length, so no two requests that
// differ in a part share a key.
func (x *exchange) buildKey() {
	recipe := &x.behavior.Recipe
	k := append(x.key[:0], x.dist.ID...)
	if x.method == snapshot.OPTIONS {
		k = append(k, " OPTIONS"...)
	}
	k = append(append(k, ' '), x.target...)
	k = append(append(k, ' '), x.keyQuery...)
	k = append(append(k, ' '), x.accepted...)
	if x.e.strict() {
		k = appendPair(k, x.scheme(), x.req.Host)
	}
	for _, name := range recipe.KeyHeaders {
		if value, ok := x.header(name); ok {
			k = appendPair(k, name, value)
		}
	}
	for _, pair := range pickCookies(x.headers.cookie, &recipe.KeyCookies) {
		k = appendPair(k, "cookie", pair)
	}
	x.key, x.primary = k, len(k)
}

func appendPair(k []byte, name, value string) []byte {
	k = append(append(k, ' '), name...)
	k = strconv.AppendInt(append(k, ':'), int64(len(value)), 10)
	return append(append(k, ':'), value...)
}

// header returns the value of a field of the origin request that comes from the viewer or is
// generated about it; name is lower case. Several lines are joined.
func (x *exchange) header(name string) (value string, ok bool) {
	switch {
	case name == "host":
		return x.req.Host, true
	case strings.HasPrefix(name, "cloudfront-"):
		return x.generatedHeader(name)
	}
	if x.nominated(name) {
		return "", false // it will not be sent, so it must not be in the key either
	}
	x.req.Header.All(func(n, v string) bool {
		switch {
		case !strings.EqualFold(n, name):
		case !ok:
			value, ok = v, true
		default:
			value += ", " + v
		}
		return true
	})
	return value, ok
}

// pickQuery keeps the selected parameters of a raw query, byte for byte and in their order.
func pickQuery(raw string, s *snapshot.Selection) string {
	switch {
	case raw == "" || s.None():
		return ""
	case s.Everything():
		return raw
	}
	var kept []string
	for part := range strings.SplitSeq(raw, "&") {
		if name, _, _ := strings.Cut(part, "="); s.Has(name) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// eachCookie calls yield with the name and the whole of each cookie of a Cookie field
// (RFC 6265, 4.2.1).
func eachCookie(header string, yield func(name, pair string)) {
	for header != "" {
		var pair string
		pair, header, _ = strings.Cut(header, ";")
		pair = strings.Trim(pair, " \t")
		if name, _, _ := strings.Cut(pair, "="); pair != "" {
			yield(name, pair)
		}
	}
}

// pickCookies lists the selected cookies by name, so that their order in a request makes no
// difference (Developer Guide, "Cache content based on cookies"). Those of signed access never
// are among them.
func pickCookies(header string, s *snapshot.Selection) []string {
	if header == "" || s.None() {
		return nil
	}
	var kept []string
	eachCookie(header, func(name, pair string) {
		if s.Has(name) && !isSigningCookie(name) {
			kept = append(kept, pair)
		}
	})
	name := func(pair string) string { n, _, _ := strings.Cut(pair, "="); return n }
	slices.SortStableFunc(kept, func(a, b string) int { return strings.Compare(name(a), name(b)) })
	return kept
}

// isSigningCookie names the cookies of signed access: they are for the edge alone.
func isSigningCookie(name string) bool {
	rest, ok := strings.CutPrefix(name, "CloudFront-")
	return ok && slices.Contains([]string{"Policy", "Signature", "Key-Pair-Id", "Expires", "Hash-Algorithm"}, rest)
}

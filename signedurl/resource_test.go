package signedurl_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

func match(pattern, url string) bool {
	r := requestFor(url, "")
	return signedurl.MatchResource(pattern, r.Scheme, r.Host, r.Path, r.RawQuery)
}

func TestMatchResource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern string
		yes, no []string
	}{
		{"*", []string{"http://h/", "https://h:8443/a/b?c=d"}, nil},
		{"**", []string{"https://h/a?b"}, nil},
		{"https://*", []string{"https://h/", "https://a.b/c/d?e=f"}, []string{"http://h/"}},
		{"*://*", []string{"https://h/", "http://h/a?b"}, nil},
		{"http*://h/a", []string{"https://h/a", "http://h/a"}, []string{"http://h/b"}},
		{"*://h/a", []string{"https://h/a", "http://h/a"}, []string{"http://hh/a"}},
		{"ftp://h/a", nil, []string{"http://h/a"}},
		{"HTTP://h/a", nil, []string{"http://h/a"}},
		{"http?://h/a", nil, []string{"https://h/a"}},
		{"images/image.jpg", nil, []string{"http://h/images/image.jpg"}},
		{"", nil, []string{"http://h/"}},
		{"http://", nil, []string{"http://h/"}},
		{
			"https://www.example.com/hello*world",
			[]string{"https://www.example.com/helloworld", "https://www.example.com/hello-world", "https://www.example.com/hello/a/world"},
			[]string{"https://www.example.net/hello?world", "https://www.example.com/hello?world", "https://www.example.com/helloworld?a"},
		},
		{
			"https://d1.cloudfront.net/*game_download.zip*",
			[]string{
				"https://d1.cloudfront.net/game_download.zip", "https://d1.cloudfront.net/example_game_download.zip?license=yes",
				"https://d1.cloudfront.net/a/b/game_download.zip.sig?x?y",
			},
			[]string{"https://d1.cloudfront.net/?game_download.zip", "https://d2.cloudfront.net/game_download.zip"},
		},
		{"http://h/hello*", []string{"http://h/hello", "http://h/hello/x", "http://h/hello?a=b"}, []string{"http://h/hell"}},
		{`http://h/hello*\?*`, []string{"http://h/hello", "http://h/hello/x", "http://h/hello?a=b"}, []string{"http://h/hell?o"}},
		{"http://h*", []string{"http://h/", "http://host.example/a?b", "http://h:8080/"}, []string{"http://g/"}},
		{`http://h*/*\?*`, []string{"http://h/", "http://host.example/a?b"}, []string{"http://g/"}},
		{"http://h", []string{"http://h/"}, []string{"http://h/a", "http://h/?a"}},
		{"*example.com", []string{"http://example.com/", "https://www.example.com/"}, []string{"http://example.com/a", "http://example.com.evil/"}},
		{"*example.com/*", []string{"http://www.example.com/a?b=c"}, []string{"http://h/example.com/"}},
		{"*example*", []string{"http://www.example.com/a?b=c"}, []string{"http://h/example"}},
		{"*.example.com/a?u=http://x", []string{"http://w.example.com/a?u=http://x"}, []string{"http://example.com/a?u=http://x"}},
		{"https://*/a", []string{"https://h/a", "https://h.i:8443/a"}, []string{"https://h/b/a"}},
		{"https://h?.example/", []string{"https://h1.example/"}, []string{"https://h.example/", "https://h12.example/", "https://h/.example/"}},
		{"https://EXAMPLE.com/Path", []string{"https://example.COM/Path"}, []string{"https://example.com/path"}},
		{"https://h/horizon.jpg?size=large", []string{"https://h/horizon.jpg?size=large", "https://h/horizon.jpg_size=large"}, []string{"https://h/horizon.jpg", "https://h/horizon.jpg?size=small"}},
		{`https://h/horizon.jpg\?size=large`, []string{"https://h/horizon.jpg?size=large"}, []string{"https://h/horizon.jpg_size=large", "https://h/horizon.jpg"}},
		{"https://h/horizon.jpg?size=*", []string{"https://h/horizon.jpg?size=", "https://h/horizon.jpg?size=a?b&c"}, []string{"https://h/horizon.jpg?siz"}},
		{"https://h/a?b", []string{"https://h/a?b", "https://h/a-b", "https://h/a/b"}, []string{"https://h/ab", "https://h/a-b?c"}},
		{"https://h/a??b", []string{"https://h/a??b", "https://h/a?xb", "https://h/ax?b", "https://h/axyb"}, []string{"https://h/a?b"}},
		{"https://h/*a?b*c", []string{"https://h/axb/a?bzc", "https://h/a?b?c"}, []string{"https://h/axb?c", "https://h/x?a-bc"}},
		{`https://h/?a\?b`, []string{"https://h/?a?b", "https://h/xa?b"}, []string{"https://h/?a-b", "https://h/xa"}},
		{`https://h\?x=*`, []string{"https://h/?x=1"}, []string{"https://h/a?x=1", "https://h/"}},
		{`https://h*\?x=*`, []string{"https://h/a?x=1"}, []string{"https://h/a?y=1"}},
		{`https://h/a\b`, []string{`https://h/a\b`}, []string{"https://h/ab"}},
		{"https://h/%7Eé*", []string{"https://h/%7Eé"}, []string{"https://h/~é"}},
	}
	for _, tt := range tests {
		for _, url := range tt.yes {
			if !match(tt.pattern, url) {
				t.Errorf("%s should cover %s", tt.pattern, url)
			}
		}
		for _, url := range tt.no {
			if match(tt.pattern, url) {
				t.Errorf("%s should not cover %s", tt.pattern, url)
			}
		}
	}
}

// refMatch is the rule written a second time, for comparison: every reading of the pattern
// becomes four regular expressions.
func refMatch(pattern, scheme, host, path, query string) bool {
	if pattern == "*" {
		return true
	}
	protocol := regexp.MustCompile(`^(https?|\*|http\*)://`).FindString(pattern)
	if protocol == "" {
		if pattern == "" || pattern[0] != '*' {
			return false
		}
		protocol, pattern = "*://", "*://"+pattern
	}
	rest := regexp.MustCompile(`^(?s)((?:[^/\\]|\\[^?/]|\\$|\\/?)*?)((?:/|\\\?).*)?$`).FindStringSubmatch(pattern[len(protocol):])
	domain, tail := rest[1], rest[2]
	if tail == "" || tail[0] != '/' {
		missing := "/"
		if strings.HasSuffix(domain, "*") {
			if missing = "/*"; tail == "" {
				tail = `\?*`
			}
		}
		tail = missing + tail
	}
	if !full("", strings.TrimSuffix(protocol, "://"), scheme) || !full("(?i)", domain, host) {
		return false
	}
	covers := func(p, q string) bool { return full("", p, path) && full("", q, query) }
	for i := 0; i < len(tail); i++ {
		switch {
		case strings.HasPrefix(tail[i:], `\?`):
			return covers(tail[:i], tail[i+2:])
		case tail[i] == '?' && query != "" && covers(tail[:i], tail[i+1:]):
			return true
		}
	}
	if strings.HasSuffix(tail, "*") {
		return covers(tail, "*")
	}
	return covers(tail, "")
}

func full(flags, glob, s string) bool {
	var b strings.Builder
	for len(glob) > 0 {
		n := 1
		switch {
		case glob[0] == '*':
			b.WriteString("(?s:.*)")
		case glob[0] == '?':
			b.WriteString("(?s:.)")
		case strings.HasPrefix(glob, `\?`):
			b.WriteString(`\?`)
			n = 2
		default:
			b.WriteString(regexp.QuoteMeta(glob[:1]))
		}
		glob = glob[n:]
	}
	return regexp.MustCompile(flags + "^(?:" + b.String() + ")$").MatchString(s)
}

// TestMatchResourceReference compares both on short random texts over few letters, where
// coincidences are frequent.
func TestMatchResourceReference(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	text := func(alphabet []string, n int) string {
		var b strings.Builder
		for range rnd.IntN(n + 1) {
			b.WriteString(alphabet[rnd.IntN(len(alphabet))])
		}
		return b.String()
	}
	letters := []string{"a", "b", "A", "*", "*", "?", "?", `\?`, "/", `\`}
	starts := []string{"http://h", "https://h", "*://h", "http*://", "*", "http://", "http://h/", "*://*/", "x"}
	admitted := 0
	for range 12000 {
		pattern := starts[rnd.IntN(len(starts))] + text(letters, 7)
		host := "h" + text([]string{"a", "b", "A"}, 2)
		path, query := "/"+text([]string{"a", "b", "A", "/"}, 5), text([]string{"a", "b", "?", "/", "A"}, 3)
		want := refMatch(pattern, "http", host, path, query)
		if got := signedurl.MatchResource(pattern, "http", host, path, query); got != want {
			t.Fatalf("%q over http://%s%s ? %q: got %v, reference says %v", pattern, host, path, query, got, want)
		}
		if want {
			admitted++
		}
	}
	if admitted < 600 {
		t.Errorf("only %d of the random cases match: the comparison says little", admitted)
	}
}

// TestMatchResourceTime: patterns that make a naive matcher take exponential time.
func TestMatchResourceTime(t *testing.T) {
	t.Parallel()
	start := time.Now()
	path := "/" + strings.Repeat("a", 2000)
	for _, pattern := range []string{strings.Repeat("*a", 500) + "b", strings.Repeat("*?", 500) + "b", strings.Repeat("?*", 500) + `\?b`} {
		if signedurl.MatchResource("http://h/"+pattern, "http", "h", path, strings.Repeat("a", 2000)) {
			t.Errorf("%.10s… matches", pattern)
		}
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

func FuzzMatchResource(f *testing.F) {
	f.Add("http://h/*a?b*c", "h", "/axb/a", "bzc")
	f.Add(`*example.com\?x=*`, "www.example.com", "/", "x=1")
	f.Add("http*://h?/**", "hh", "/", "")
	f.Fuzz(func(t *testing.T, pattern, host, path, query string) {
		if len(pattern) > 200 {
			return
		}
		for _, s := range []string{pattern, host, path, query} {
			for _, c := range []byte(s) {
				if c < ' ' || c >= 0x7f { // the reference counts runes, the matcher bytes
					return
				}
			}
		}
		if path == "" || path[0] != '/' || strings.Contains(path, "?") || strings.Contains(host, "/") {
			return // no request looks like that
		}
		want := refMatch(pattern, "https", host, path, query)
		if got := signedurl.MatchResource(pattern, "https", host, path, query); got != want {
			t.Fatalf("got %v, reference says %v", got, want)
		}
	})
}

package snapshot

import (
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern string
		yes, no string // space-separated paths
	}{
		{"*", "/ /a /a/b /*", ""},
		{"/images/*.jpg", "/images/.jpg /images/a.jpg /images/product1/x.jpg /images/a.jpg.jpg", "/images/a.JPG /images/a.jpgx /image/a.jpg /x/images/a.jpg /images.jpg"},
		{"images/*.jpg", "/images/a.jpg", "images/a.jpg /x/images/a.jpg"},
		{"*.jpg", "/a.jpg /a/b.jpg /.jpg", "/LOGO.JPG /a.jpg/ /a.jpeg"},
		{"/a??", "/abc /a?? /a//", "/ab /abcd /bcd"},
		{"a?c", "/abc /a/c", "/ac /abbc"},
		{"?a", "/a", "/ba a"},
		{"/private/*", "/private/ /private/x /private/x/y", "/private /Private/x /privatex"},
		{"/private*", "/private /private/x /privatex", "/privat"},
		{"/a*b*c", "/abc /axbxc /abbc /abcabc", "/acb /ab /abca"},
		{"/*/b?d/*", "/a/bcd/ /a/x/bbd/bcd/y", "/bcd/x /a/bd/x"},
		{"/a*a", "/aa /aba", "/a"},
		{"/exact", "/exact", "/exact/ /exac /exactx"},
		{"**a**", "/a /xay a", "/"},
		{"/$x~y\"z'@:+&", "/$x~y\"z'@:+&", "/"},
	} {
		p := compilePattern(c.pattern)
		for _, path := range strings.Fields(c.yes) {
			if !p.match(path) {
				t.Errorf("%q does not match %q", c.pattern, path)
			}
		}
		for _, path := range strings.Fields(c.no) {
			if p.match(path) {
				t.Errorf("%q matches %q", c.pattern, path)
			}
		}
	}
}

// slowMatch is the definition of a pattern, by recursion.
func slowMatch(p, s string) bool {
	switch {
	case p == "":
		return s == ""
	case p[0] == '*':
		return slowMatch(p[1:], s) || s != "" && slowMatch(p, s[1:])
	}
	return s != "" && (p[0] == '?' || p[0] == s[0]) && slowMatch(p[1:], s[1:])
}

func FuzzPattern(f *testing.F) {
	f.Add("/a*b?c*", "/axxbyczz")
	f.Add("*?*?", "/ab")
	f.Fuzz(func(t *testing.T, pat, path string) {
		if len(pat) > 12 || len(path) > 16 {
			return
		}
		full := pat
		if !strings.HasPrefix(pat, "/") && !strings.HasPrefix(pat, "*") && !strings.HasPrefix(pat, "?") {
			full = "/" + pat
		}
		p := compilePattern(pat)
		if got, want := p.match(path), slowMatch(full, path); got != want {
			t.Errorf("%q against %q: %v, want %v", pat, path, got, want)
		}
	})
}

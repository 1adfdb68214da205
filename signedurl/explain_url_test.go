package signedurl_test

import (
	"strings"
	"testing"

	"github.com/warmfront/warmfront/signedurl"
)

func TestNewRequest(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]signedurl.Request{
		"https://h.example":                   {Scheme: "https", Host: "h.example", Path: "/"},
		" HTTPS://H.Example:443/A%2f?b=%7e#c": {Scheme: "https", Host: "h.example", Path: "/A%2f", RawQuery: "b=%7e"},
		"http://h:80?x":                       {Scheme: "http", Host: "h", Path: "/", RawQuery: "x"},
		"http://h:443/":                       {Scheme: "http", Host: "h:443", Path: "/"},
		`https://h\a b/é?"<'>&c=` + "\n":      {Scheme: "https", Host: "h", Path: "/a%20b/%C3%A9", RawQuery: "%22%3C'%3E&c="},
		"https://[::1]:8443/a?b?c":            {Scheme: "https", Host: "[::1]:8443", Path: "/a", RawQuery: "b?c"},
	} {
		want.Cookie = "x=y"
		got, err := signedurl.NewRequest(raw, "x=y")
		if err != nil || got.Scheme != want.Scheme || got.Host != want.Host || got.Path != want.Path || got.RawQuery != want.RawQuery || got.Cookie != want.Cookie {
			t.Errorf("%q: got %+v, %v", raw, got, err)
		}
	}
	for _, raw := range []string{"", "h.example/a", "ftp://h/", "https://", "https:///a", "https://user@h/", "https://a b/", "https://\x00/"} {
		if got, err := signedurl.NewRequest(raw, ""); err == nil {
			t.Errorf("%q is taken: %+v", raw, got)
		}
	}
}

// FuzzNewRequest: what it takes can stand in a request, and stays as it is from then on.
func FuzzNewRequest(f *testing.F) {
	f.Add("https://h.example/a b?c=d#e")
	f.Add(`http://h:80\x?"`)
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := signedurl.NewRequest(raw, "")
		if err != nil {
			return
		}
		url := r.Scheme + "://" + r.Host + r.Path
		if r.RawQuery != "" {
			url += "?" + r.RawQuery
		}
		if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(url, " \t\r\n\"<>#") {
			t.Fatalf("%q becomes %+v", raw, r)
		}
		again, err := signedurl.NewRequest(url, "")
		if err != nil || again.Host != r.Host || again.Path != r.Path || again.RawQuery != r.RawQuery {
			t.Fatalf("%q becomes %+v, then %+v (%v)", raw, r, again, err)
		}
	})
}

// TestSetCookies goes through what browsers do with the attributes of cookies.
func TestSetCookies(t *testing.T) {
	t.Parallel()
	const page = "https://app.example.com/shop/login"
	for _, tt := range []struct {
		url, from, attributes string
		want                  signedurl.Cause
	}{
		{"https://media.example.com/a", page, "Domain=example.com; Path=/; Secure; HttpOnly", ""},
		{"https://media.example.com/a", page, "domain=.Example.com; path=/", ""},
		{"https://app.example.com/shop/a", page, "", ""},
		{"https://app.example.com/a", page, "", signedurl.CauseCookiePath},
		{"https://media.example.com/a", page, "Path=/", signedurl.CauseCookieDomain},
		{"https://media.example.com/a", page, "Domain=other.example; Path=/", signedurl.CauseCookieDomain},
		{"https://media.example.com/a", page, "Domain=https://example.com; Path=/", signedurl.CauseCookieDomain},
		{"https://media.example.com/a", page, "Domain=com; Path=/", signedurl.CauseCookieDomain},
		{"https://media.example.com/a", "", "Domain=app.example.com; Path=/", signedurl.CauseCookieDomain},
		{"https://media.example.com/films", page, "Domain=example.com; Path=/film", signedurl.CauseCookiePath},
		{"https://media.example.com/film/a", page, "Domain=example.com; Path=/film", ""},
		{"http://media.example.com/a", page, "Domain=example.com; Path=/; Secure", signedurl.CauseCookieSecure},
		{"http://d1.cloudfront.localhost/a", "http://d1.cloudfront.localhost/", "Path=/; Secure", ""},
		{"https://media.example.com/a", page, "Domain=example.com; Path=/; SameSite=None", signedurl.CauseCookieSameSite},
		{"https://media.example.com/a", page, "Domain=example.com; Path=/; SameSite=Strict", ""},
		{"https://b.example.co.uk/a", "https://a.other.co.uk/", "Domain=b.example.co.uk; Path=/", signedurl.CauseCookieSameSite},
		{"https://media.example.com/a", page, "Domain=example.com; Path=/; Max-Age=0", signedurl.CauseCookieLifetime},
		{"https://media.example.com/a", page, "Domain=example.com; Path=/; Expires=Thu, 01 Jan 2026 00:00:00 GMT", signedurl.CauseCookieLifetime},
		{"https://media.example.com/a", page, "Domain=example.com; Path=/; Max-Age=60; Expires=Thu, 01 Jan 2026 00:00:00 GMT", ""},
	} {
		k := rsaKit(t)
		q := k.askCookies(tt.url, cookies(k.custom(cannedText("http*://*/*", until))))
		q.SetFrom, q.SetCookies = tt.from, setCookies(k, tt.attributes)
		r := k.explain(q)
		if r.Verdict != signedurl.Admitted {
			t.Fatalf("%s: %+v", tt.url, r)
		}
		if tt.want == "" && len(r.Findings) > 0 || tt.want != "" && !r.Found(tt.want) {
			t.Errorf("%s from %q with %q: %+v, want %q", tt.url, tt.from, tt.attributes, r.Findings, tt.want)
		}
	}
	k := rsaKit(t)
	q := k.ask("https://h.example/a")
	q.SetCookies = []string{"session=1", "CloudFront-Signature=x; Path=/", "=;"}
	if r := k.explain(q); !r.Found(signedurl.CauseCookieMissing) {
		t.Errorf("two cookies missing: %+v", r.Findings)
	}
}

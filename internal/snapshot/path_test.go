package snapshot

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"/":                                   "/",
		"/a/b.jpg":                            "/a/b.jpg",
		"/a/.b":                               "/a/.b",
		"//a///b//":                           "/a/b/",
		"/a/./b/../c":                         "/a/c",
		"/../../a":                            "/a",
		"/a/..":                               "/",
		"/a/.":                                "/a/",
		"/a//../b":                            "/b",
		"/%70rivate/x":                        "/private/x",
		"/%2e%2E/%2e/a":                       "/a",
		"/a%2Fb%20c%2f":                       "/a%2Fb%20c%2f",
		"/%7euser":                            "/~user",
		"/%2570rivate":                        "/%2570rivate",
		"/%%370rivate":                        "/private",
		"/%zz%4":                              "/%zz%4",
		"/caf%C3%A9":                          "/caf%C3%A9",
		"/pub/../private/x":                   "/private/x",
		"/private/../pub/x":                   "/pub/x",
		"/a/...":                              "/a/...",
		"/a/..b/../c":                         "/a/c",
		"/a/b/%2e%2e%2Fc":                     "/a/b/..%2Fc",
		`/a\..\b`:                             `/a\..\b`,
		"/private;x/y":                        "/private;x/y",
		"/" + strings.Repeat("../", 40) + "x": "/x",
	} {
		if got := Normalize(raw); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", raw, got, want)
		}
	}
}

// guard is a public default behavior beside restricted ones.
func guard(patterns ...string) *Distribution {
	d := &Distribution{guarded: true}
	for _, p := range patterns {
		d.Behaviors = append(d.Behaviors, &Behavior{Pattern: p, Restricted: true, match: compilePattern(p)})
	}
	d.Behaviors = append(d.Behaviors, &Behavior{Pattern: "*", match: compilePattern("*")})
	return d
}

// demands reports whether a behavior with this pattern must admit a request for path.
func demands(d *Distribution, path, pattern string) bool {
	b, also := d.Select(path)
	for _, x := range append(also, b) {
		if x.Pattern == pattern && x.Restricted {
			return true
		}
	}
	return false
}

// spellings are ways to write /private/x that some server takes for it.
var spellings = []string{
	"/private/x", "//private/x", "///private///x", "/./private/x", "/private/./x", "/pub/../private/x",
	"/../private/x", "/../../private/x", "/pub/../../private/x", "/private/y/../x", "/private//x", "/private/x/.",
	"/private/x/", "/%70rivate/x", "/p%72ivate/x", "/private%2Fx", "/private%2fx", "/%2fprivate/x", "/%2Fprivate%2Fx",
	"/%2e/private/x", "/%2E%2E/private/x", "/pub/%2e%2e/private/x", "/pub/.%2e/private/x", "/pub/%2e./private/x",
	"/pub%2F..%2Fprivate%2Fx", "/pub/..%2fprivate/x", "/%2570rivate/x", "/%25%37%30rivate/x", "/%252570rivate/x",
	"/%25252570rivate/x", "/private%252Fx", "/%252e%252e/private/x", "/pub/%252e%252e%252fprivate/x", "/%%370rivate/x",
	`/\private\x`, `/private\x`, `/pub\..\private\x`, `/pub/..\private/x`, "/pub%5c..%5cprivate%5cx", "/pub/..%255cprivate/x",
	"/private;v=1/x", "/;a/private/x", "/pub/..;/private/x", "/pub/..;a=b/private/x", "/private%3Bv=1/x", "/pub/..%3b/private/x",
	"/private/x%00.jpg", "/private/x%3Fy", "/private/x#y", "/private/x%23.jpg", "/private/x;.css",
	"/private/../pub/x", "/private/..%2fpub/x", "/private/%2e%2e/pub/x", "/private/..;/pub/x",
	"/%" + strings.Repeat("25", 70) + "70rivate/x", "/" + strings.Repeat("a/../", 900) + "private/x",
}

func TestEverySpellingOfAPrivatePathIsGuarded(t *testing.T) {
	t.Parallel()
	d := guard("/private/*")
	for _, s := range spellings {
		if !demands(d, s, "/private/*") {
			t.Errorf("%q is served by the public behavior", s)
		}
	}
	for _, s := range []string{"/", "/pub/x", "/privatex", "/a/private/x", "/pub/private/../x", "/Private/x", "/pub/%2e%2e/other", "/private"} {
		if demands(d, s, "/private/*") {
			t.Errorf("%q is not public", s)
		}
	}
}

func TestSuffixPatternsAreGuarded(t *testing.T) {
	t.Parallel()
	d := guard("*.mp4")
	for _, s := range []string{"/a.mp4", "/a%2Emp4", "/a.mp%34", "/a.mp4%00.jpg", "/a.mp4;.jpg", "/a.mp4%3Bx", "/a.mp4%3F.jpg", "/a.mp4/", "/a.mp4/.", "/a.mp4%23", "/a.mp4;/../b.mp4", "/a.mp4%2500"} {
		if !demands(d, s, "*.mp4") {
			t.Errorf("%q is served by the public behavior", s)
		}
	}
}

func TestDefaultRootObjectIsGuarded(t *testing.T) {
	t.Parallel()
	d := guard("*.html")
	d.DefaultRootObject = "index.html"
	if !demands(d, "/", "*.html") {
		t.Error("/ serves a restricted page")
	}
	if demands(d, "/x", "*.html") {
		t.Error("/x is not public")
	}
}

func TestUnguardedDistributionsIgnoreSpellings(t *testing.T) {
	t.Parallel()
	d := guard()
	d.guarded = false
	if _, also := d.Select("/a/../%2570"); also != nil {
		t.Errorf("also = %v", also)
	}
}

func TestResolved(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"/a/b": "", "/a/.b": "", "/a//b": "", "/a/%20b": "",
		"/a/../b": "/b", "/a/..%2fb": "/b", "/a/%252e%252e/b": "/b", `/a\..\b`: "/b", "/a/..;x/b": "/b",
		"/a//../b": "/b", "/a/%2f..%2fb": "/b", `/a/\..\b`: "/b", "/a/;/../b": "/b",
	} {
		got, ok := Resolved(raw)
		if !ok || want == "" && got != nil || want != "" && !slices.Contains(got, want) {
			t.Errorf("Resolved(%q) = %q, %v, want %q", raw, got, ok, want)
		}
	}
	if _, ok := Resolved("/%" + strings.Repeat("25", 100) + "2e"); ok {
		t.Error("a path with any number of readings is resolved")
	}
}

// servers are real ways to get from a request path to a file, applied one after another.
var servers = []func(string) string{
	func(s string) string { // net/http and most frameworks
		if u, err := url.PathUnescape(s); err == nil {
			return u
		}
		return s
	},
	func(s string) string { return path.Clean("/" + s) },
	func(s string) string { return strings.ReplaceAll(s, `\`, "/") },
	func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "%2F", "/"), "%2f", "/") },
	func(s string) string { s, _, _ = strings.Cut(s, "\x00"); return s },
	func(s string) string { s, _, _ = strings.Cut(s, ";"); return s },
}

func FuzzPaths(f *testing.F) {
	for _, s := range spellings {
		if len(s) < 100 {
			f.Add(s)
		}
	}
	d := guard("/private/*", "/members*")
	f.Fuzz(func(t *testing.T, raw string) {
		if !strings.HasPrefix(raw, "/") || len(raw) > 400 {
			return
		}
		n := Normalize(raw)
		if again := Normalize(n); again != n || !strings.HasPrefix(n, "/") {
			t.Fatalf("Normalize(%q) = %q, then %q", raw, n, again)
		}
		// Whatever chain of three servers finds /private/… must have been admitted by it.
		for _, a := range servers {
			for _, b := range servers {
				for _, c := range servers {
					file := path.Clean(c(b(a(raw))))
					for prefix, pattern := range map[string]string{"/private/": "/private/*", "/members": "/members*"} {
						if strings.HasPrefix(file, prefix) && !demands(d, raw, pattern) {
							t.Fatalf("%q reads as %q and was not guarded by %s", raw, file, pattern)
						}
					}
				}
			}
		}
	})
}

// Unsigned requests must not buy much work with a long path.
func TestReadingsAreBounded(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/%" + strings.Repeat("25", 4000) + "2e", "/" + strings.Repeat(`%252e%252e%5c;a%253b/`, 380), "/" + strings.Repeat(`%3f%23;\\//.%2e/`, 500),
	} {
		found, all := readings(path)
		size := 0
		for _, r := range found {
			size += len(r)
		}
		if all || size > maxReadingBytes {
			t.Errorf("%.20s…: %d readings of %d bytes, all %v", path, len(found), size, all)
		}
	}
	for _, path := range []string{"/" + strings.Repeat("a%20folder/", 700), "/" + strings.Repeat("%E6%96%87;v=1/", 400), "/a/../b;x=1/%2e%2e/c//d.txt"} {
		if found, all := readings(path); !all {
			t.Errorf("%.20s… has %d readings and more", path, len(found))
		}
	}
}

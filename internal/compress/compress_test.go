package compress

import (
	"strings"
	"testing"
)

// RFC 9110, 12.5.3 and CloudFront's normalisation.
func TestNormalize(t *testing.T) {
	all := Flags{Gzip: true, Brotli: true, Zstd: true}
	both, gz, br := Flags{Gzip: true, Brotli: true}, Flags{Gzip: true}, Flags{Brotli: true}
	for _, c := range []struct {
		header string
		flags  Flags
		want   Accepted
	}{
		{"gzip, deflate, br, zstd", both, "br,gzip"},
		{"gzip, deflate, br, zstd", all, "zstd,br,gzip"},
		{"zstd", all, "zstd"},
		{"gzip, ZSTD;q=0.5", all, "zstd,gzip"},
		{"br, *;q=0", all, "br"},
		{"*", all, "zstd,br,gzip"},
		{"br, zstd", Flags{Brotli: true, Zstd: true}, "zstd,br"},
		{"zstd;q=0, *", all, "br,gzip"},
		{"br,gzip", both, "br,gzip"},
		{"gzip", both, "gzip"},
		{"br", both, "br"},
		{"GZIP", both, "gzip"},
		{"Br ; Q=0.1", both, "br"},
		{"x-gzip", both, "gzip"},
		{"gzip, br", gz, "gzip"},
		{"gzip, br", br, "br"},
		{"br", gz, ""},
		{"gzip, br", Flags{}, ""},
		{"", both, ""},
		{"identity", both, ""},
		{"deflate", both, ""},
		{"*", both, "br,gzip"},
		{"*;q=0", both, ""},
		{"*, gzip;q=0", both, "br"},
		{"gzip;q=0, *", both, "br"},
		{"gzip;q=0, gzip", both, ""},
		{"gzip, *;q=0", both, "gzip"},
		{"gzip;q=0", both, ""},
		{"gzip;q=0.000", both, ""},
		{"gzip;q=0.001", both, "gzip"},
		{"gzip;q=1.000", both, "gzip"},
		{"gzip;q=1.001", both, ""},
		{"gzip;q=2", both, ""},
		{"gzip;q=", both, ""},
		{"gzip;level=9", both, ""},
		{"gzip;q=-1", both, ""},
		{"gzipped, brotli", both, ""},
		{", ,gzip,", both, "gzip"},
	} {
		if got := Normalize(c.header, c.flags); got != c.want {
			t.Errorf("Normalize(%q, %+v) = %q, want %q", c.header, c.flags, got, c.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Normalize("gzip, deflate, br;q=0.9", both) }); n != 0 {
		t.Errorf("Normalize allocates %v times", n)
	}
	if Accepted("").ForOrigin() != "identity" || Accepted("br,gzip").ForOrigin() != "br,gzip" {
		t.Error("ForOrigin")
	}
}

func TestChoose(t *testing.T) {
	const text = "text/css; charset=utf-8"
	for _, c := range []struct {
		name     string
		accepted Accepted
		r        Response
		enc      Encoding
		reason   Reason
	}{
		{"brotli preferred", "br,gzip", Response{Status: 200, ContentType: text, ContentLength: 1000}, Brotli, ReasonCompressed},
		{"zstd preferred", "zstd,br,gzip", Response{Status: 200, ContentType: text, ContentLength: 1000}, Zstd, ReasonCompressed},
		{"gzip", "gzip", Response{Status: 200, ContentType: text, ContentLength: 10_000_000}, Gzip, ReasonCompressed},
		{"brotli alone", "br", Response{Status: 404, ContentType: text, ContentLength: 5000}, Brotli, ReasonCompressed},
		{"403", "gzip", Response{Status: 403, ContentType: text, ContentLength: 5000}, Gzip, ReasonCompressed},
		{"not accepted", "", Response{Status: 200, ContentType: text, ContentLength: 5000}, Identity, ReasonNotAccepted},
		{"HTTP/1.0", "gzip", Response{Status: 200, ContentType: text, ContentLength: 5000, HTTP10: true}, Identity, ReasonHTTP10},
		{"status", "gzip", Response{Status: 500, ContentType: text, ContentLength: 5000}, Identity, ReasonStatus},
		{"partial", "gzip", Response{Status: 206, ContentType: text, ContentLength: 5000}, Identity, ReasonStatus},
		{"encoded", "gzip", Response{Status: 200, ContentType: text, ContentEncoding: "gzip", ContentLength: 5000}, Identity, ReasonEncoded},
		{"no length", "gzip", Response{Status: 200, ContentType: text, ContentLength: -1}, Identity, ReasonNoContentLength},
		{"small", "gzip", Response{Status: 200, ContentType: text, ContentLength: 999}, Identity, ReasonSize},
		{"large", "gzip", Response{Status: 200, ContentType: text, ContentLength: 10_000_001}, Identity, ReasonSize},
		{"type", "gzip", Response{Status: 200, ContentType: "image/png", ContentLength: 5000}, Identity, ReasonContentType},
		{"no type", "gzip", Response{Status: 200, ContentLength: 5000}, Identity, ReasonContentType},
		{"no-transform", "gzip", Response{Status: 200, ContentType: text, CacheControl: "public, No-Transform", ContentLength: 5000}, Identity, ReasonNoTransform},
	} {
		if enc, reason := Choose(c.accepted, &c.r); enc != c.enc || reason != c.reason {
			t.Errorf("%s: %q %q, want %q %q", c.name, enc, reason, c.enc, c.reason)
		}
	}
}

func TestCompressible(t *testing.T) {
	for value, want := range map[string]bool{
		"text/html": true, "Text/HTML; charset=x": true, " application/json ": true, "image/svg+xml": true,
		"application/wasm": true, "application/pdf": true, "vnd.apple.mpegurl": true, "font/ttf": true,
		"font/woff2": false, "image/jpeg": false, "application/octet-stream": false, "": false, "video/mp4": false,
	} {
		if got := Compressible(value); got != want {
			t.Errorf("Compressible(%q) = %v", value, got)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"gzip, br;q=0", "*;q=0.5", "GZIP;q=1.0,,br", ";q=", "gzip;q=0.0001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Normalize(s, Flags{Gzip: true, Brotli: true})
		switch got {
		case "", "gzip", "br", "br,gzip":
		default:
			t.Fatalf("Normalize(%q) = %q", s, got)
		}
		// Nothing is accepted that the viewer did not name.
		lower := strings.ToLower(s)
		if strings.Contains(string(got), "br") && !strings.Contains(lower, "br") && !strings.Contains(s, "*") {
			t.Fatalf("Normalize(%q) = %q", s, got)
		}
		if again := Normalize(string(got), Flags{Gzip: true, Brotli: true}); again != got {
			t.Fatalf("Normalize is not idempotent: %q, %q", got, again)
		}
	})
}

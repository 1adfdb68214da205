package edge

import (
	"net/netip"
	"strings"
	"testing"
)

func TestGeneratedHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil)
	for ua, want := range map[string]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)": "ios mobile", "Mozilla/5.0 (Linux; Android 14; Pixel) Mobile": "android mobile", "Mozilla/5.0 (Linux; Android 14; Tab)": "android tablet",
		"Mozilla/5.0 (X11; Linux x86_64)": "desktop", "Mozilla/5.0 (SMART-TV; Tizen 6.0)": "smarttv", "Mozilla/5.0 (iPad)": "ios tablet", "": "desktop",
	} {
		var got []string
		for _, kind := range []string{"android", "desktop", "ios", "mobile", "smarttv", "tablet"} {
			if v, ok := device("cloudfront-is-"+kind+"-viewer", ua); ok && v == "true" {
				got = append(got, kind)
			}
		}
		if a := strings.Join(got, " "); a != want {
			t.Errorf("%q: %s, want %s", ua, a, want)
		}
	}
	v := get("/", "A", "1", "B", "2")
	v.Header, v.Peer = v.header, netip.MustParseAddrPort("[2001:db8::1]:99")
	x := newExchange(w.edge)
	x.start(&v.Request, v)
	for name, want := range map[string]string{
		"cloudfront-viewer-address": "[2001:db8::1]:99", "cloudfront-viewer-http-version": "1.1", "cloudfront-viewer-tls": "TLSv1.3:TLS_AES_128_GCM_SHA256",
		"cloudfront-viewer-header-count": "2", "cloudfront-viewer-header-order": "A:B", "cloudfront-forwarded-proto": "https", "cloudfront-viewer-country": "",
	} {
		if got, _ := x.generatedHeader(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

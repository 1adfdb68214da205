package edge

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/signedurl"
)

const playlist = "#EXTM3U\n#EXTINF:4,\nseg0.ts\n#EXTINF:4,\n/other/seg1.ts\n#EXTINF:4,\nhttps://ads.example/ad.ts\n"

// films serves a playlist and segments below /films/, restricted, with manifests signed.
func films(t *testing.T, compressed bool) *world {
	w := newWorld(t, Options{}, func(w *world) {
		w.keyPair()
		b := &w.config.DefaultCacheBehavior
		b.TrustedSigners, b.Compress = self, &compressed
		b.ForwardedValues, b.CachePolicyId = nil, ptr("658327ea-f89d-4fab-a63d-7e88639e58f6")
		withHeaders(custom(cloudfront.ResponseHeadersPolicyCustomHeader{Header: "x-warmfront-sign-manifests", Value: "true"}))(w)
	})
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		if strings.HasSuffix(r.Target, ".m3u8") {
			return reply(200, playlist, "ETag", `"v"`, "Last-Modified", "Tue, 24 Nov 2026 11:00:00 GMT", "Content-Type", "application/vnd.apple.mpegurl", "Cache-Control", "max-age=60"), nil
		}
		return reply(200, "segment of "+r.Target), nil
	})
	return w
}

// TestManifestsCarryTheSignatureOn follows a player that sends nothing but what the playlist says.
func TestManifestsCarryTheSignatureOn(t *testing.T) {
	t.Parallel()
	w := films(t, false)
	policy := signedurl.Policy{Resource: "https://" + host + "/films/*", Expires: w.now.Add(time.Hour)}
	cookies, err := w.signer.SignCookies(policy)
	if err != nil {
		t.Fatal(err)
	}
	var cookie []string
	for _, c := range cookies {
		cookie = append(cookie, c.Name+"="+c.Value)
	}
	for name, v := range map[string]*viewer{
		"cookies": get("/films/a.m3u8", "Cookie", strings.Join(cookie, "; "), "Range", "bytes=0-3", "If-None-Match", `"v"`),
		"URL":     get(w.sign("/films/a.m3u8", policy)),
	} {
		w.do(v)
		lines := strings.Split(v.body, "\n")
		if v.status != 200 || len(lines) < 7 || v.got.Has("ETag") || v.got.Has("Last-Modified") || v.got.Get("Cache-Control") != "private, no-store" || v.got.Has("X-Warmfront-Sign-Manifests") {
			t.Errorf("%s: %d %v %q", name, v.status, v.got, v.body)
			continue
		}
		if lines[4] != "/other/seg1.ts" || lines[6] != "https://ads.example/ad.ts" {
			t.Errorf("%s: signed what the policy does not cover: %q", name, v.body)
		}
		w.settle()
		if s := w.do(get("/films/" + lines[2])); s.status != 200 || s.body != "segment of /films/seg0.ts" {
			t.Errorf("%s: %s: %d %s", name, lines[2], s.status, s.body)
		}
	}
	if n := w.origin.count(); n != 2 {
		t.Errorf("%d fetches of one playlist and one segment", n)
	}
	if v := w.do(get(w.sign("/films/a.m3u8", policy)).method("HEAD")); v.status != 200 || v.length != -1 || v.got.Has("ETag") {
		t.Errorf("HEAD: %d, length %d, %v", v.status, v.length, v.got)
	}
	if v := w.do(get("/films/a.m3u8")); v.status != 403 {
		t.Errorf("unsigned: %d", v.status)
	}
	if v := w.do(get(w.sign("/films/a.m3u8", signedurl.Policy{}))); v.body != playlist {
		t.Errorf("a signature for one URL spread: %q", v.body)
	}
}

func TestSignedManifestsAreCompressed(t *testing.T) {
	t.Parallel()
	w := films(t, true)
	w.origin.says(always(200, "#EXTM3U\n"+strings.Repeat("seg.ts\n", 200), "Content-Type", "application/vnd.apple.mpegurl"))
	v := w.do(get(w.sign("/films/a.m3u8", signedurl.Policy{Resource: "*"}), "Accept-Encoding", "gzip"))
	r, err := gzip.NewReader(strings.NewReader(v.body))
	if err != nil {
		t.Fatalf("%d %v: %v", v.status, v.got, err)
	}
	plain, err := io.ReadAll(r)
	if err != nil || strings.Count(string(plain), "seg.ts?") != 200 || v.got.Get("Content-Encoding") != "gzip" || int64(len(v.body)) != v.length {
		t.Errorf("%v %v: %.200q", err, v.got, plain)
	}
}

// TestBrokenManifests are broken for the viewer too, and too long ones are left alone.
func TestBrokenManifests(t *testing.T) {
	t.Parallel()
	w := films(t, false)
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		r := reply(200, playlist, "Cache-Control", "no-store")
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(playlist), failing{io.ErrUnexpectedEOF}))
		return r, nil
	})
	if v := w.do(get(w.sign("/films/b.m3u8", signedurl.Policy{Resource: "*"}))); v.err == nil {
		t.Errorf("%d %q", v.status, v.body)
	}
	long := "#EXTM3U\n" + strings.Repeat("seg.ts\n", maxManifest/7)
	w.origin.says(always(200, long))
	if v := w.do(get(w.sign("/films/c.m3u8", signedurl.Policy{Resource: "*"}))); v.err != nil || v.body != long {
		t.Errorf("%d bytes of %d, %v", len(v.body), len(long), v.err)
	}
}

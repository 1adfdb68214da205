package signedurl_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

// benchRequests are a canned and a custom signed URL and custom cookies, admitted by one RSA key.
func benchRequests(b *testing.B) (map[string]signedurl.Request, *signedurl.PublicKey) {
	b.Helper()
	public, private := newRSA(b, 2048)
	s := &signedurl.Signer{KeyID: "K2JCJMDEHXQW5F", PrivateKey: private}
	must := func(url string, err error) signedurl.Request {
		if err != nil {
			b.Fatal(err)
		}
		return requestFor(url, "")
	}
	const url = "https://d111111abcdef8.cloudfront.net/films/one/segment-0001.ts?quality=high"
	custom := signedurl.Policy{Expires: end, Resource: "https://d111111abcdef8.cloudfront.net/films/*", SourceIP: netip.MustParsePrefix("192.0.2.0/24")}
	cookies, err := s.SignCookies(custom)
	if err != nil {
		b.Fatal(err)
	}
	return map[string]signedurl.Request{
		"canned":  must(s.SignURL(url, signedurl.Policy{Expires: end})),
		"custom":  must(s.SignURL(url, custom)),
		"cookies": requestFor(url, "session=abc; "+cookieHeader(cookies)),
	}, public
}

// BenchmarkRemembered is a request whose policy has been verified before: everything but the
// look-up in the memo.
func BenchmarkRemembered(b *testing.B) {
	requests, _ := benchRequests(b)
	for name, r := range requests {
		b.Run(name, func(b *testing.B) {
			var buf [4096]byte
			c, _ := signedurl.Parse(&r)
			m, err := c.Decode(buf[:])
			if err != nil {
				b.Fatal(err)
			}
			policy, err := m.ParsePolicy()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				c, err := signedurl.Parse(&r)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := c.Decode(buf[:]); err != nil {
					b.Fatal(err)
				}
				if err := policy.Evaluate(c.URL, local, before); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerify is a request seen for the first time.
func BenchmarkVerify(b *testing.B) {
	requests, public := benchRequests(b)
	keys := trusting("K2JCJMDEHXQW5F", public)
	for name, r := range requests {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := signedurl.Verify(&r, keys, local, before); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSignature is the public-key operation alone, per kind of key.
func BenchmarkSignature(b *testing.B) {
	for _, v := range readForeign(b) {
		if v.Name != "openssl sha256 "+v.Key {
			continue
		}
		b.Run(v.Key, func(b *testing.B) {
			r, key := v.req(), readKey(b, v.Key)
			c, _ := signedurl.Parse(&r)
			m, err := c.Decode(nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := m.VerifySignature(key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEvaluate(b *testing.B) {
	u := signedurl.URL{Scheme: "https", Host: "d111111abcdef8.cloudfront.net", Path: "/films/one/segment-0001.ts", Query: "quality=high"}
	for name, pattern := range map[string]string{
		"exact":    "https://d111111abcdef8.cloudfront.net/films/one/segment-0001.ts?quality=high",
		"wildcard": "https://*.cloudfront.net/films/*/segment-*.ts*",
		"any":      "*",
	} {
		b.Run(name, func(b *testing.B) {
			p := signedurl.Policy{Resource: pattern, Expires: time.Unix(2000000000, 0)}
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Evaluate(u, local, before); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

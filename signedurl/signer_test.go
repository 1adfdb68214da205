package signedurl_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"

	"github.com/warmfront/warmfront/signedurl"
)

func newECDSA(t testing.TB) (*signedurl.PublicKey, crypto.Signer) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return publicOf(t, private), private
}

func newRSA(t testing.TB, bits int) (*signedurl.PublicKey, *rsa.PrivateKey) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return publicOf(t, private), private
}

func publicOf(t testing.TB, private crypto.Signer) *signedurl.PublicKey {
	t.Helper()
	public, err := signedurl.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// encode is CloudFront's base64, written independently of the package.
func encode(b []byte) string {
	return strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString(b))
}

// signText signs any text, also such as Signer would not.
func signText(t testing.TB, signer crypto.Signer, h signedurl.Hash, text string) string {
	t.Helper()
	sum1, sum256 := sha1.Sum([]byte(text)), sha256.Sum256([]byte(text))
	digest, id := sum1[:], crypto.SHA1
	if h == signedurl.SHA256 {
		digest, id = sum256[:], crypto.SHA256
	}
	raw, err := signer.Sign(rand.Reader, digest, id)
	if err != nil {
		t.Fatal(err)
	}
	return encode(raw)
}

var (
	end    = time.Unix(2000000000, 0)
	before = end.Add(-time.Minute)
	local  = netip.MustParseAddr("192.0.2.1")
)

// cookieHeader is what a browser makes of Set-Cookie.
func cookieHeader(cookies []*http.Cookie) string {
	var pairs []string
	for _, c := range cookies {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

func TestSignerRoundTrip(t *testing.T) {
	t.Parallel()
	_, rsaKey := newRSA(t, 2048)
	_, small := newRSA(t, 1024)
	_, ecdsaKey := newECDSA(t)
	policies := []signedurl.Policy{
		{Expires: end},
		{Expires: end, Starts: before.Add(-time.Hour)},
		{Expires: end, SourceIP: netip.MustParsePrefix("192.0.2.0/24"), Resource: "http*://h.example/*"},
		{Expires: end, SourceIP: netip.MustParsePrefix("192.0.2.1/32"), Resource: `https://h.example/a*\?*`, Starts: before.Add(-1)},
	}
	for _, private := range []crypto.Signer{rsaKey, small, ecdsaKey} {
		for _, h := range []signedurl.Hash{signedurl.SHA1, signedurl.SHA256} {
			s := &signedurl.Signer{KeyID: "K1", PrivateKey: private, Hash: h}
			keys := trusting("K1", publicOf(t, private))
			for i, p := range policies {
				const url = "https://h.example/a%20b?x=1&x=<>"
				signed, err := s.SignURL(url, p)
				if err != nil {
					t.Fatal(err)
				}
				if canned := strings.Contains(signed, "Expires="); canned != (i == 0) {
					t.Errorf("policy %d is canned: %v", i, canned)
				}
				r := requestFor(signed, "")
				if c, err := signedurl.Verify(&r, keys, local, before); err != nil || c.URL.String() != url || c.KeyPairID != "K1" {
					t.Errorf("%s refused: %v", signed, err)
				}
				if p.Resource == "" {
					p.Resource, p.Canned = url, i == 0
				}
				cookies, err := s.SignCookies(p)
				if err != nil {
					t.Fatal(err)
				}
				r = requestFor(url, cookieHeader(cookies))
				if c, err := signedurl.Verify(&r, keys, local, before); err != nil || c.Source != signedurl.FromCookies {
					t.Errorf("cookies of policy %d refused: %v", i, err)
				}
			}
		}
	}
}

// TestSignerForm pins the exact output, apart from the signature.
func TestSignerForm(t *testing.T) {
	t.Parallel()
	_, key := newECDSA(t)
	s := &signedurl.Signer{KeyID: "K1", PrivateKey: key, Hash: signedurl.SHA256}
	for _, tt := range []struct{ url, want string }{
		{"HTTPS://H.Example:443", "https://h.example/?Expires=2000000000&Signature=*&Key-Pair-Id=K1&Hash-Algorithm=SHA256"},
		{"http://h:80/a?", "http://h/a?Expires=2000000000&Signature=*&Key-Pair-Id=K1&Hash-Algorithm=SHA256"},
		{"http://h:8080?b", "http://h:8080/?b&Expires=2000000000&Signature=*&Key-Pair-Id=K1&Hash-Algorithm=SHA256"},
		{"https://[::1]:8443/?b=/", "https://[::1]:8443/?b=/&Expires=2000000000&Signature=*&Key-Pair-Id=K1&Hash-Algorithm=SHA256"},
	} {
		got, err := s.SignURL(tt.url, signedurl.Policy{Expires: end})
		if err != nil {
			t.Fatal(err)
		}
		head, tail, _ := strings.Cut(tt.want, "*")
		if !strings.HasPrefix(got, head) || !strings.HasSuffix(got, tail) {
			t.Errorf("%s: got %s", tt.url, got)
		}
	}
	p := signedurl.Policy{Resource: `http://h/*?a&b<c>\?`, Expires: end, Starts: time.Unix(1, 5), SourceIP: netip.MustParsePrefix("10.0.0.0/8")}
	const want = `{"Statement":[{"Resource":"http://h/*?a&b<c>\\?","Condition":{"DateLessThan":{"AWS:EpochTime":2000000000},` +
		`"IpAddress":{"AWS:SourceIp":"10.0.0.0/8"},"DateGreaterThan":{"AWS:EpochTime":1}}}]}`
	if got := string(p.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	cookies, err := s.SignCookies(signedurl.Policy{Resource: "https://h/*", Expires: end})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		if !c.Secure || !c.HttpOnly || c.Path != "/" || c.Valid() != nil || !strings.HasPrefix(c.Name, "CloudFront-") {
			t.Errorf("cookie %v", c)
		}
	}
	if len(cookies) != 4 {
		t.Errorf("%d cookies", len(cookies))
	}
}

func TestSignerRefusals(t *testing.T) {
	t.Parallel()
	_, key := newECDSA(t)
	good := signedurl.Signer{KeyID: "K1", PrivateKey: key}
	ok := signedurl.Policy{Expires: end}
	for name, tt := range map[string]struct {
		url    string
		policy signedurl.Policy
	}{
		"no expiry":             {"https://h/", signedurl.Policy{}},
		"expiry after 2038":     {"https://h/", signedurl.Policy{Expires: time.Unix(1<<31, 0)}},
		"expiry before 1970":    {"https://h/", signedurl.Policy{Expires: time.Unix(-1, 0)}},
		"start at expiry":       {"https://h/", signedurl.Policy{Expires: end, Starts: end}},
		"start after expiry":    {"https://h/", signedurl.Policy{Expires: end, Starts: end.Add(time.Hour)}},
		"quotation in resource": {"https://h/", signedurl.Policy{Expires: end, Resource: `https://h/*","Resource":"*`}},
		"quotation in URL":      {`https://h/","Resource":"*`, ok},
		"other resource":        {"https://h/a", signedurl.Policy{Expires: end, Resource: "https://h/b*"}},
		"useless resource":      {"https://h/a", signedurl.Policy{Expires: end, Resource: "h/a"}},
		"canned with pattern":   {"https://h/a", signedurl.Policy{Expires: end, Resource: "https://h/*", Canned: true}},
		"canned with start":     {"https://h/a", signedurl.Policy{Expires: end, Starts: before, Canned: true}},
		"mapped address":        {"https://h/a", signedurl.Policy{Expires: end, SourceIP: netip.MustParsePrefix("::ffff:1.2.3.4/128")}},
		"reserved name":         {"https://h/?a=1&Policy=x", ok},
		"reserved hash":         {"https://h/?Hash-Algorithm=SHA1", ok},
		"fragment":              {"https://h/#a", ok},
		"space":                 {"https://h/a b", ok},
		"not ASCII":             {"https://h/é", ok},
		"relative":              {"/a", ok},
		"rtmp":                  {"rtmp://h/a", ok},
		"no host":               {"https:///a", ok},
		"user":                  {"https://me@h/a", ok},
	} {
		if out, err := good.SignURL(tt.url, tt.policy); err == nil {
			t.Errorf("%s: signed as %s", name, out)
		}
	}
	for name, p := range map[string]signedurl.Policy{
		"no resource":      ok,
		"useless resource": {Expires: end, Resource: "images/*"},
		"canned pattern":   {Expires: end, Resource: "*", Canned: true},
	} {
		if _, err := good.SignCookies(p); err == nil {
			t.Errorf("cookies, %s: signed", name)
		}
	}
	for name, s := range map[string]signedurl.Signer{
		"no key": {KeyID: "K1"}, "no id": {PrivateKey: key}, "odd id": {KeyID: "K&1", PrivateKey: key}, "odd hash": {KeyID: "K1", PrivateKey: key, Hash: 7},
	} {
		if _, err := s.SignURL("https://h/", ok); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

// TestGoSDK: RSA with PKCS#1 v1.5 is deterministic, so both signers must agree to the byte on
// canned URLs, and each must admit what the other signs otherwise.
func TestGoSDK(t *testing.T) {
	t.Parallel()
	public, private := newRSA(t, 2048)
	keys := trusting("APKAEXAMPLE", public)
	ours := &signedurl.Signer{KeyID: "APKAEXAMPLE", PrivateKey: private}
	theirs := sign.NewURLSigner("APKAEXAMPLE", private)
	for _, url := range []string{"https://h.example/a.mp4", "http://h.example:8080/a%20b/%25c?x=1&y=%7E&x=2", "https://h.example/"} {
		want, err := theirs.Sign(url, end)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ours.SignURL(url, signedurl.Policy{Expires: end}); err != nil || got != want {
			t.Errorf("got  %s (%v)\nwant %s", got, err, want)
		}
		custom, err := theirs.SignWithPolicy(url, &sign.Policy{Statements: []sign.Statement{{
			Resource: "http*://h.example*",
			Condition: sign.Condition{
				DateLessThan:    sign.NewAWSEpochTime(end),
				DateGreaterThan: sign.NewAWSEpochTime(before.Add(-time.Hour)),
				IPAddress:       &sign.IPAddress{SourceIP: "192.0.2.0/24"},
			},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		r := requestFor(custom, "")
		if _, err := signedurl.Verify(&r, keys, local, before); err != nil {
			t.Errorf("%s refused: %v", custom, err)
		}
	}
	cookies, err := sign.NewCookieSigner("APKAEXAMPLE", private).Sign("http*://h.example/*", end)
	if err != nil {
		t.Fatal(err)
	}
	r := requestFor("https://h.example/x/y?z", cookieHeader(cookies))
	if _, err := signedurl.Verify(&r, keys, local, before); err != nil {
		t.Errorf("cookies refused: %v", err)
	}
	policy := sign.NewCannedPolicy("https://h.example/*", end)
	b64sig, b64policy, err := policy.Sign(private)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := ours.SignCookies(signedurl.Policy{Resource: "https://h.example/*", Expires: end})
	if err != nil {
		t.Fatal(err)
	}
	if mine[0].Value != string(b64policy) || mine[1].Value != string(b64sig) {
		t.Errorf("cookies differ: %v", mine)
	}
}

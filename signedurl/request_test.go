package signedurl_test

import (
	"crypto/tls"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

func TestStripQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		raw, want string
		signed    bool
	}{
		{"", "", false},
		{"a=1&&b", "a=1&&b", false},
		{"expires=1&Policy%20=2&Signatures=3&key-pair-id=4", "expires=1&Policy%20=2&Signatures=3&key-pair-id=4", false},
		{"Expires=1&Signature=2&Key-Pair-Id=3", "", true},
		{"Expires", "", true},
		{"a=%7e+1&b=&Policy=x&Signature=y&Key-Pair-Id=z&Hash-Algorithm=SHA256", "a=%7e+1&b=", true},
		{"Policy=x&Signature=y&Key-Pair-Id=z&a=1&a=1", "a=1&a=1", true},
		{"a=1&Policy=x&b=2&Signature=y&c=3", "a=1&b=2&c=3", true},
		{"a=1&&Policy=x&&b=2", "a=1&&&b=2", true},
		{"Policy=x&Policy=y&a", "a", true},
		{"&Policy=x", "", true},
		{"a=1&Policy=x&", "a=1&", true}, // found by mutation: "&" at the end was not part of what is signed
		{"Policy=x&", "", true},
	} {
		rest, signed := signedurl.StripQuery(tt.raw)
		if rest != tt.want || signed != tt.signed {
			t.Errorf("%q: got %q, %v", tt.raw, rest, signed)
		}
	}
}

// admitted is a request of testdata with its parts, to be taken apart.
func admitted(t *testing.T, name string) (foreign, map[string]string) {
	t.Helper()
	list := readForeign(t)
	i := slices.IndexFunc(list, func(v foreign) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("no vector %q", name)
	}
	_, query, _ := strings.Cut(list[i].URL, "?")
	parts := map[string]string{}
	for part := range strings.SplitSeq(query, "&") {
		n, v, _ := strings.Cut(part, "=")
		parts[n] = v
	}
	return list[i], parts
}

// TestRefusals goes through the ways to be refused: reason, and what the viewer is told.
func TestRefusals(t *testing.T) {
	t.Parallel()
	v, part := admitted(t, "shared custom, IP SHA256")
	good := "Policy=" + part["Policy"] + "&Signature=" + part["Signature"] + "&Key-Pair-Id=K1TESTKEY&Hash-Algorithm=SHA256"
	cookies := "CloudFront-" + strings.ReplaceAll(good, "&", "; CloudFront-")
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	const (
		denied  = "AccessDenied|Access denied"
		missing = "MissingKey|Missing Key-Pair-Id query parameter or cookie value"
		policy  = "MalformedPolicy|Malformed Policy"
	)
	tests := []struct {
		name, query, cookie, viewer string
		at                          time.Duration
		want                        signedurl.Reason
		answer                      string
	}{
		{name: "admitted", query: good},
		{name: "admitted by cookie", cookie: cookies},
		{name: "any order of cookies, quoted", cookie: `x; CloudFront-Hash-Algorithm="SHA256" ;CloudFront-Key-Pair-Id=K1TESTKEY;CloudFront-Signature=` + part["Signature"] + "; CloudFront-Policy=" + part["Policy"]},
		{name: "Policy beats Expires", query: "Expires=1&" + good},
		{name: "empty Policy is none", query: "Policy=&Expires=1767290400&" + with("Policy=", "X="), want: signedurl.SignatureMismatch, answer: denied},
		{name: "first occurrence counts", query: good + "&Policy=zz&Signature=zz&Key-Pair-Id=&Hash-Algorithm=x"},
		{name: "first cookie counts", cookie: cookies + "; CloudFront-Signature=zz"},
		{name: "last cookie does not", cookie: "CloudFront-Signature=zz; " + cookies, want: signedurl.UndecodableSignature, answer: "MalformedSignature|Could not unencode Signature"},
		{name: "cookies ignored beside a query", query: "Expires=5", cookie: cookies, want: signedurl.MissingKey, answer: missing},
		{name: "cookies ignored beside a bare name", query: "Hash-Algorithm", cookie: cookies, want: signedurl.MissingKey, answer: missing},
		{name: "cookies not ignored beside others", query: "expires=5", cookie: cookies, want: signedurl.ResourceMismatch, answer: denied},
		{name: "nothing", want: signedurl.MissingKey, answer: missing},
		{name: "cookie names are case-sensitive", cookie: strings.ToLower(cookies), want: signedurl.MissingKey, answer: missing},
		{name: "empty key", query: with("K1TESTKEY", ""), want: signedurl.MissingKey, answer: missing},
		{name: "empty key cookie", cookie: "CloudFront-Key-Pair-Id=", want: signedurl.MissingKey, answer: missing},
		{name: "unknown key", query: with("K1TESTKEY", "K2"), want: signedurl.UnknownKey, answer: "InvalidKey|Unknown Key"},
		{name: "unknown key before bad signature", query: "Signature=!&Policy=!&Key-Pair-Id=K2", want: signedurl.UnknownKey, answer: "InvalidKey|Unknown Key"},
		{name: "key only", query: "Key-Pair-Id=K1TESTKEY", want: signedurl.MissingSignature, answer: denied},
		{name: "no signature", query: with("Signature=", "X="), want: signedurl.MissingSignature, answer: denied},
		{name: "no policy", query: with("Policy=", "X="), want: signedurl.MissingPolicy, answer: denied},
		{name: "no hash marker", query: with("&Hash-Algorithm=SHA256", ""), want: signedurl.SignatureMismatch, answer: denied},
		{name: "wrong hash marker", query: with("SHA256", "SHA1"), want: signedurl.SignatureMismatch, answer: denied},
		{name: "unknown hash", query: with("SHA256", "SHA512"), want: signedurl.UnknownHash, answer: denied},
		{name: "lower-case hash", query: with("SHA256", "sha256"), want: signedurl.UnknownHash, answer: denied},
		{name: "signature in URL-safe base64", query: with("Signature=", "Signature=/"), want: signedurl.UndecodableSignature, answer: "MalformedSignature|Could not unencode Signature"},
		{name: "signature without padding", query: strings.Replace(good, "_&Key", "&Key", 1), want: signedurl.UndecodableSignature, answer: "MalformedSignature|Could not unencode Signature"},
		{name: "broken escape", query: with("Signature=", "Signature=%"), want: signedurl.UndecodableSignature, answer: "MalformedSignature|Could not unencode Signature"},
		{name: "line break", query: with("Signature=aKDz", "Signature=aKDz%0A"), want: signedurl.UndecodableSignature, answer: "MalformedSignature|Could not unencode Signature"},
		{name: "policy undecodable", query: with("Policy=", "Policy=+"), want: signedurl.UndecodablePolicy, answer: policy},
		{name: "policy far too long", query: with("Policy=", "Policy="+strings.Repeat("AAAA", 4000)), want: signedurl.UndecodablePolicy, answer: policy},
		{name: "policy changed", query: with("Policy=eyJT", "Policy=eyJU"), want: signedurl.SignatureMismatch, answer: denied},
		{name: "expires in milliseconds", query: "Expires=1767290400000&" + with("Policy=", "X="), want: signedurl.MalformedExpires, answer: policy},
		{name: "expires not a number", query: "Expires=soon&" + with("Policy=", "X="), want: signedurl.MalformedExpires, answer: policy},
		{name: "negative expires", query: "Expires=-1&" + with("Policy=", "X="), want: signedurl.MalformedExpires, answer: policy},
		{name: "expired", query: good, at: time.Hour, want: signedurl.Expired, answer: denied},
		{name: "wrong address", query: good, viewer: "192.168.1.0", want: signedurl.WrongAddress, answer: denied},
		{name: "query added", query: good + "&a=1", want: signedurl.ResourceMismatch, answer: denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := requestFor("https://d111111abcdef8.cloudfront.net/document.pdf", tt.cookie)
			r.RawQuery = tt.query
			viewer := v.viewer()
			if tt.viewer != "" {
				viewer = netip.MustParseAddr(tt.viewer)
			}
			_, err := signedurl.Verify(&r, trusting("K1TESTKEY", readKey(t, v.Key)), viewer, v.now().Add(tt.at))
			if got := reasonOf(t, err); got != tt.want {
				t.Fatalf("got %v, want %v", got, tt.want)
			}
			if refusal, ok := err.(*signedurl.Refusal); ok {
				code, message, _ := strings.Cut(tt.answer, "|")
				if refusal.Code() != code || refusal.Message() != message {
					t.Errorf("answer is %s %q", refusal.Code(), refusal.Message())
				}
				want := `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`
				if refusal.XML() != want {
					t.Errorf("body is %s", refusal.XML())
				}
			}
		})
	}
}

// TestCannedQuotation: a URL cannot pose as the middle of a longer policy.
func TestCannedQuotation(t *testing.T) {
	t.Parallel()
	key, signer := newECDSA(t)
	text := `{"Statement":[{"Resource":"http://h/a","X":"","Condition":{"DateLessThan":{"AWS:EpochTime":2000000000}}}]}`
	signature := signText(t, signer, signedurl.SHA1, text)
	r := requestFor("http://h/a\",\"X\":\"?Expires=2000000000&Key-Pair-Id=K&Signature="+signature, "")
	_, err := signedurl.Verify(&r, trusting("K", key), netip.Addr{}, time.Unix(1, 0))
	if got := reasonOf(t, err); got != signedurl.SignatureMismatch {
		t.Errorf("got %v", got)
	}
}

func TestReasonNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for r := signedurl.MissingKey; r <= signedurl.WrongAddress; r++ {
		name := r.String()
		if name == "unknown" || name == "" || seen[name] || (&signedurl.Refusal{Reason: r}).Error() == "" || r.Text() == "" || r.Hint() == "" {
			t.Errorf("reason %d is called %q", r, name)
		}
		seen[name] = true
	}
	if other := (&signedurl.Refusal{Reason: 250}); other.Code() != "AccessDenied" || other.Reason.String() != "unknown" {
		t.Errorf("an unknown reason answers %s", other.Code())
	}
}

func TestFromHTTP(t *testing.T) {
	t.Parallel()
	h := httptest.NewRequest("GET", "/a%2fb//c?x=1&Expires=5", nil)
	h.Host = "h:8443"
	h.TLS = &tls.ConnectionState{}
	h.Header["Cookie"] = []string{"a=b", "CloudFront-Key-Pair-Id=K"}
	r := signedurl.FromHTTP(h)
	if r.Scheme != "https" || r.Host != "h:8443" || r.Path != "/a%2fb//c" || r.RawQuery != "x=1&Expires=5" || r.Cookie != "a=b; CloudFront-Key-Pair-Id=K" {
		t.Errorf("got %+v", r)
	}
	r.OwnPorts = []uint16{443, 8443}
	c, err := signedurl.Parse(&r)
	if got := reasonOf(t, err); got != signedurl.MissingKey || c.Source != signedurl.FromQuery || c.URL.String() != "https://h:8443/a%2fb//c?x=1" || c.URL.AltHost != "h" {
		t.Errorf("parsed %+v, %v", c, err)
	}
	r.Host = "h:08443" // found by mutation: the signature of h must not count for it
	if c, _ := signedurl.Parse(&r); c.URL.AltHost != "" {
		t.Errorf("a port with a leading zero is taken for an own port: %q", c.URL.AltHost)
	}
	h.RequestURI, h.TLS, h.Header = "", nil, nil
	if r := signedurl.FromHTTP(h); r.Scheme != "http" || r.Path != "/a%2fb//c" || r.Cookie != "" {
		t.Errorf("got %+v", r)
	}
}

// FuzzParse feeds arbitrary queries and cookies. Nothing may panic or verify, what is stripped
// stays stripped, and a decoded message does not depend on the buffer it was given.
func FuzzParse(f *testing.F) {
	for _, v := range readForeign(f) {
		r := v.req()
		f.Add(r.RawQuery, r.Cookie, "h:80")
	}
	key, _ := newECDSA(f)
	f.Fuzz(func(t *testing.T, query, cookie, host string) {
		r := signedurl.Request{Scheme: "https", Host: host, Path: "/a", RawQuery: query, Cookie: cookie, OwnPorts: []uint16{80}}
		c, err := signedurl.Parse(&r)
		if rest, again := signedurl.StripQuery(c.URL.Query); rest != c.URL.Query || again {
			t.Fatalf("%q is left of %q", c.URL.Query, query)
		}
		if err != nil {
			reasonOf(t, err)
			return
		}
		m, err := c.Decode(nil)
		n, err2 := c.Decode(make([]byte, 4096))
		if (err == nil) != (err2 == nil) || string(m.Policy) != string(n.Policy) || string(m.Signature) != string(n.Signature) {
			t.Fatalf("decoded differently: %v, %v", err, err2)
		}
		if err != nil {
			reasonOf(t, err)
			return
		}
		if err := m.VerifySignature(key); err == nil {
			t.Fatal("verified")
		}
		_, err = m.ParsePolicy()
		reasonOf(t, err)
	})
}

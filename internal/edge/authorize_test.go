package edge

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

// private has a restricted /private/* beside a public default behavior, and echoes targets.
func private(t *testing.T, o Options, more func(*world)) *world {
	w := newWorld(t, o, func(w *world) {
		w.keyPair()
		w.config.DefaultCacheBehavior.ForwardedValues.QueryString = true
		w.behavior("/private/*").TrustedSigners = self
		if more != nil {
			more(w)
		}
	})
	w.origin.says(func(r *origin.Request) (*http.Response, error) { return reply(200, r.Target), nil })
	return w
}

func refusalBody(code, message string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`
}

func TestSignedAccess(t *testing.T) {
	t.Parallel()
	w := private(t, Options{OwnPorts: []uint16{8443}}, nil)
	other := signedurl.Signer{KeyID: "APKATEST", PrivateKey: newRSA(t)}
	wrongKey, _ := other.SignURL("https://"+host+"/private/x", signedurl.Policy{Expires: w.now.Add(time.Hour)})
	wrongKey = strings.TrimPrefix(wrongKey, "https://"+host)
	good := w.sign("/private/x", signedurl.Policy{})
	denied := refusalBody("AccessDenied", "Access denied")
	for name, c := range map[string]struct {
		target, body string
		status       int
	}{
		"unsigned":      {"/private/x", refusalBody("MissingKey", "Missing Key-Pair-Id query parameter or cookie value"), 403},
		"good":          {good, "/private/x", 200},
		"own query":     {w.sign("/private/x?a=1&b", signedurl.Policy{}), "/private/x?a=1&b", 200},
		"tampered path": {strings.Replace(good, "/x", "/y", 1), denied, 403},
		"added query":   {good + "&z=1", denied, 403},
		"expired":       {w.sign("/private/x", signedurl.Policy{Expires: w.now}), denied, 403},
		"not yet":       {w.sign("/private/x", signedurl.Policy{Resource: "*", Starts: w.now.Add(time.Second)}), denied, 403},
		"address":       {w.sign("/private/x", signedurl.Policy{SourceIP: netip.MustParsePrefix("203.0.113.0/24")}), denied, 403},
		"right address": {w.sign("/private/x", signedurl.Policy{SourceIP: netip.MustParsePrefix("198.51.100.0/24")}), "/private/x", 200},
		"wildcard":      {w.sign("/private/x", signedurl.Policy{Resource: "https://" + host + "/private/*"}), "/private/x", 200},
		"unknown key":   {strings.Replace(good, "APKATEST", "APKAOTHER", 1), refusalBody("InvalidKey", "Unknown Key"), 403},
		"wrong key":     {wrongKey, denied, 403},
		"no base64":     {"/private/x?Expires=1&Signature=!&Key-Pair-Id=APKATEST", refusalBody("MalformedSignature", "Could not unencode Signature"), 403},
		"bad policy":    {"/private/x?Policy=e30_&Signature=AAAA&Key-Pair-Id=APKATEST", denied, 403},
	} {
		v := w.do(get(c.target))
		if v.status != c.status || v.body != c.body {
			t.Errorf("%s: %d %s", name, v.status, v.body)
		}
		if c.status == 403 && (v.got.Get("Content-Type") != "text/xml" || v.got.Get("Server") != "CloudFront" || v.got.Get("X-Cache") != "Error from cloudfront") {
			t.Errorf("%s: %v", name, v.got)
		}
	}
	port := get(good)
	port.Host += ":8443"
	if w.do(port); port.status != 200 {
		t.Errorf("own port in Host: %d", port.status)
	}
	plain := w.do(get(good).plain())
	if plain.status != 403 {
		t.Errorf("signed for https, asked over http: %d", plain.status)
	}
	for _, r := range w.origin.asked {
		if strings.Contains(r.Target, "Signature") || strings.Contains(r.Target, "Key-Pair-Id") {
			t.Errorf("the origin saw %s", r.Target)
		}
	}
}

func TestOneStoredResponseServesAllSigners(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, func(w *world) {
		w.config.CacheBehaviors.Items[0].ForwardedValues.Cookies.Forward = "all"
	})
	w.do(get(w.sign("/private/x", signedurl.Policy{}))).expect(t, 200, "Miss", "/private/x")
	w.do(get(w.sign("/private/x", signedurl.Policy{Resource: "*"}))).expect(t, 200, "Hit", "/private/x")
	cookies, err := w.signer.SignCookies(signedurl.Policy{Resource: "https://" + host + "/private/*", Expires: w.now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, c := range cookies { // as HTTP/2 viewers may send them: one line each
		fields = append(fields, "Cookie", c.Name+"="+c.Value)
	}
	w.do(get("/private/x", fields...)).expect(t, 200, "Hit", "/private/x")
	if v := w.do(get("/private/x?Signature=", fields...)); v.status != 403 {
		t.Errorf("cookies were consulted beside a signed URL: %d", v.status)
	}
	w.do(get("/private/y", append(fields, "Cookie", "session=1")...)).expect(t, 200, "Miss", "/private/y")
	if got := w.origin.last().Header.Get("Cookie"); got != "session=1" {
		t.Errorf("the origin saw Cookie %q", got)
	}
}

func TestKeysAreThoseOfTheBehaviorAndOfNow(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, func(w *world) {
		w.cfg.KeyGroups["g"] = &state.KeyGroup{Meta: state.Meta{ID: "g"}}
		b := w.behavior("/group/*")
		b.TrustedSigners, b.TrustedKeyGroups = nil, &cloudfront.TrustedKeyGroups{Enabled: true, Items: []string{"g"}}
	})
	if v := w.do(get(w.sign("/group/x", signedurl.Policy{}))); !strings.Contains(v.body, "InvalidKey") {
		t.Errorf("a signer of another behavior was admitted: %d", v.status)
	}
	signed := w.sign("/private/x", signedurl.Policy{})
	w.do(get(signed)).expect(t, 200, "Miss", "/private/x")
	pair := *w.cfg.KeyPairs["APKATEST"]
	pair.Active, pair.Revision = false, 2
	w.cfg.KeyPairs["APKATEST"] = &pair
	w.cfg.Revision++
	w.publish()
	if v := w.do(get(signed)); !strings.Contains(v.body, "InvalidKey") {
		t.Errorf("a deactivated key still signs: %d", v.status)
	}
}

func TestDatesAreCheckedEveryTime(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	signed := w.sign("/private/x", signedurl.Policy{Expires: w.now.Add(10 * time.Second)})
	w.do(get(signed)).expect(t, 200, "Miss", "/private/x")
	w.advance(9 * time.Second)
	w.do(get(signed)).expect(t, 200, "Hit", "/private/x")
	w.advance(time.Second)
	if v := w.do(get(signed)); v.status != 403 {
		t.Errorf("an expired signature was remembered: %d", v.status)
	}
}

func TestOutdatedConfiguration(t *testing.T) {
	t.Parallel()
	w := private(t, Options{ConfigMaxAge: time.Hour}, nil)
	signed := w.sign("/private/x", signedurl.Policy{Expires: w.now.Add(10 * time.Hour)})
	w.advance(time.Hour)
	w.do(get(signed)).expect(t, 200, "Miss", "/private/x")
	w.advance(time.Second)
	if v := w.do(get(signed)); v.status != 503 {
		t.Errorf("restricted: %d", v.status)
	}
	w.do(get("/x")).expect(t, 200, "Miss", "/x")
	w.edge.Heard(w.clock())
	w.do(get(signed)).expect(t, 200, "Hit", "/private/x")
}

// spellings are forty ways to ask for one private path; some servers take each for it.
var spellings = []string{
	"/private/x", "//private/x", "///private///x", "/./private/x", "/private/./x", "/pub/../private/x", "/../private/x",
	"/pub/../../private/x", "/private/y/../x", "/private//x", "/private/x/.", "/private/x/", "/%70rivate/x", "/p%72ivate/x",
	"/private%2Fx", "/private%2fx", "/%2fprivate/x", "/%2e/private/x", "/%2E%2E/private/x", "/pub/%2e%2e/private/x",
	"/pub/.%2e/private/x", "/pub/%2e./private/x", "/pub%2F..%2Fprivate%2Fx", "/pub/..%2fprivate/x", "/%2570rivate/x",
	"/%25%37%30rivate/x", "/%252570rivate/x", "/private%252Fx", "/%252e%252e/private/x", "/pub/%252e%252e%252fprivate/x",
	"/%%370rivate/x", `/\private\x`, `/private\x`, `/pub\..\private\x`, "/pub%5c..%5cprivate%5cx", "/private;v=1/x", "/;a/private/x",
	"/pub/..;/private/x", "/private/x%00.jpg", "/private/x%3Fy", "/private/x#y", "/private/../pub/x", "/private/..%2fpub/x",
}

func TestNoSpellingOfAPrivatePathIsPublic(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	w.origin.says(always(200, "secret"))
	for _, s := range spellings {
		if v := w.do(get(s)); v.status != 403 || !strings.Contains(v.body, "MissingKey") {
			t.Errorf("%s: %d %.60s", s, v.status, v.body)
		}
		if v := w.do(get(s + "?Signature=AAAA&Expires=2000000000&Key-Pair-Id=APKATEST")); v.status != 403 {
			t.Errorf("%s with a false signature: %d", s, v.status)
		}
	}
	if n := w.origin.count(); n != 0 {
		t.Errorf("the origin was asked %d times", n)
	}
	w.do(get("/Private/x")).expect(t, 200, "Miss", "secret") // case is significant, here and at the origin
}

func TestSignaturesAreOverTheRawPath(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	for _, s := range []string{"/private/a%20b", "/private/caf%C3%A9", "//private/x", "/private/./x"} {
		u := w.sign(s, signedurl.Policy{})
		if v := w.do(get(u)); v.status != 200 || v.body != s {
			t.Errorf("%s: %d, origin saw %s", s, v.status, v.body)
		}
	}
}

func TestWildcardPoliciesDoNotReachThroughDots(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	policy := signedurl.Policy{Resource: "https://" + host + "/private/alice/*"}
	signed := w.sign("/private/alice/x", policy)
	query := signed[strings.IndexByte(signed, '?'):]
	for path, want := range map[string]int{
		"/private/alice/y": 200, "/private/alice/.y": 200, "/private/alice//y": 200, "/private/alice/a/../y": 200,
		"/private/alice/../bob/x": 403, "/private/alice/%2e%2e/bob/x": 403, "/private/alice/..%2fbob/x": 403,
		"/private/alice/..%252fbob/x": 403, `/private/alice/..%5cbob/x`: 403, "/private/alice/..;/bob/x": 403,
		"/private/alice/%" + strings.Repeat("25", 80) + "2e": 403,
	} {
		if v := w.do(get(path + query)); v.status != want {
			t.Errorf("%s: %d, want %d", path, v.status, want)
		}
	}
}

func TestEveryReadingMustAdmit(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, func(w *world) {
		key := newRSA(t)
		w.cfg.PublicKeys["KB"] = &state.PublicKey{Meta: state.Meta{ID: "KB"}, Config: cloudfront.PublicKeyConfig{EncodedKey: publicPEM(t, &key.PublicKey)}}
		w.cfg.KeyGroups["gb"] = &state.KeyGroup{Meta: state.Meta{ID: "gb"}, Config: cloudfront.KeyGroupConfig{Items: []string{"KB"}}}
		b := w.behavior("/b/*")
		b.TrustedSigners, b.TrustedKeyGroups = nil, &cloudfront.TrustedKeyGroups{Enabled: true, Items: []string{"gb"}}
	})
	// Signed by the key of /private/*, read by the origin perhaps as /b/x.
	if v := w.do(get(w.sign("/private/..%2fb/x", signedurl.Policy{}))); v.status != 403 || !strings.Contains(v.body, "InvalidKey") {
		t.Errorf("%d %s", v.status, v.body)
	}
}

package signedurl_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

// TestExplainAgrees: whatever is done to a signed request, Explain and Verify decide alike, the
// step that fails first is the one that decided, and there is a finding.
func TestExplainAgrees(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	count := map[string]int{}
	for i := range 500 {
		k := rsaKit(t)
		if i%16 == 0 {
			k = ecKit(t)
		}
		k.hash = signedurl.Hash(rnd.IntN(2))
		pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
		url := pick("http", "https") + "://" + pick("h.example", "i.example:81") + pick("/", "/a", "/a/b%20c.mp4") + pick("", "", "?x=1", "?x=1&y=~&x=")
		params := k.canned(url)
		if rnd.IntN(2) == 0 {
			params = k.custom(`{"Statement":[{"Resource":"` + pick(url, url+"*", "http*://*", "https://h.example/a*", "*") +
				`","Condition":{` + pick("", `"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},`, `"DateGreaterThan":{"AWS:EpochTime":1800000000},`) +
				`"DateLessThan":{"AWS:EpochTime":` + pick(until, until, until, "1800000000", `"5"`, "1800003600000") + `}}}]}`)
		}
		if k.hash == signedurl.SHA256 && rnd.IntN(8) != 0 {
			params += "&Hash-Algorithm=SHA256"
		}
		q := k.ask(url)
		if rnd.IntN(3) == 0 {
			q.Request.Cookie = "a=b; " + cookies(params)
		} else if q.Request.RawQuery != "" {
			q.Request.RawQuery += "&" + params
		} else {
			q.Request.RawQuery = params
		}
		for range rnd.IntN(3) {
			damage(rnd, &q.Request)
		}
		q.Viewer = netip.MustParseAddr(pick("192.0.2.1", "198.51.100.7", "2001:db8::1"))
		r := k.explain(q)
		if r.Refusal != nil {
			count[r.Refusal.Reason]++
		} else {
			count["admitted"]++
		}
	}
	for _, name := range []string{"admitted", "missing-key", "unknown-key", "signature-mismatch", "resource-mismatch", "expired", "wrong-address", "undecodable-signature"} {
		if count[name] == 0 {
			t.Errorf("no case of %s: %v", name, count)
		}
	}
}

// TestUndecided: without key or address the verdict stays open, unless something else refuses.
func TestUndecided(t *testing.T) {
	t.Parallel()
	k := rsaKit(t)
	const url = "https://h.example/a"
	q := k.ask(url + "?" + k.canned(url))
	q.Keys = nil
	if r := signedurl.Explain(q); r.Verdict != signedurl.Undecided || len(r.Findings) != 0 {
		t.Errorf("without a key: %+v", r)
	}
	q.Now = clock.Add(2 * time.Hour)
	if r := signedurl.Explain(q); r.Verdict != signedurl.Refused || r.Refusal.Reason != "expired" || !r.Found(signedurl.CauseExpired) {
		t.Errorf("without a key, expired: %+v", r)
	}
	q = k.ask(url + "?" + k.custom(`{"Statement":[{"Resource":"*","Condition":{"IpAddress":{"AWS:SourceIp":"10.0.0.0/8"},"DateLessThan":{"AWS:EpochTime":`+until+`}}}]}`))
	q.Viewer = netip.Addr{}
	if r := signedurl.Explain(q); r.Verdict != signedurl.Undecided || r.Steps[7].Outcome != signedurl.NotChecked {
		t.Errorf("without an address: %+v", r)
	}
}

// TestReport looks at a whole report: what is shown, and that no signature is.
func TestReport(t *testing.T) {
	t.Parallel()
	k := rsaKit(t)
	params := k.canned("http://h.example/a?x=1")
	r := k.explain(k.ask("https://h.example/a?x=1&" + params))
	d := r.Difference
	if d == nil || d.ExpectedPart != "s" || d.SignedPart != "" || d.Offset != strings.Index(d.Expected, "s://") {
		t.Errorf("difference %+v", d)
	}
	if r.URL != "https://h.example/a?x=1" || r.Source != "query" || r.Hash != "SHA1" || r.Policy.Canonical != cannedText(r.URL, until) || r.Policy.Sent != "" {
		t.Errorf("report %+v", r)
	}
	if w := r.Window; w.ExpiresIn != 3600 || w.Starts != nil {
		t.Errorf("window %+v", w)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, signature, _ := strings.Cut(params, "Signature="); strings.Contains(string(text), signature[:40]) {
		t.Errorf("the report holds the signature: %s", text)
	}

	r = k.explain(k.ask("https://h.example/b/c?x=1&" + k.custom(`{"Statement":[{"Resource":"http*://*.example/a/*","Condition":{"DateLessThan":{"AWS:EpochTime":`+until+`}}}]}`)))
	want := []signedurl.Section{{"protocol", "http*", "https", true}, {"domain", "*.example", "h.example", true}, {"path", "/a/*", "/b/c", false}, {"query", "", "x=1", true}}
	for i, s := range r.Sections {
		if s != want[i] {
			t.Errorf("section %+v, want %+v", s, want[i])
		}
	}
}

// FuzzExplain feeds arbitrary requests: Explain must not panic and must agree with Verify.
func FuzzExplain(f *testing.F) {
	k := rsaKit(f)
	const url = "https://h.example/a"
	f.Add("https", "h.example", "/a", k.canned(url), "")
	f.Add("http", "h.example:80", "/a%20b/c.d", "a=1&b&c=%2B", cookies(k.custom(cannedText("http*://*/a*", until))))
	f.Add("https", "h", "/", k.custom(`{"Statement":[{"Resource":"x","Condition":{"DateLessThan":{"AWS:EpochTime":"5"}}}]}`), "")
	f.Add("https", "h", "/", "Expires=1800003600000&Signature=a+b=&Key-Pair-Id="+keyID, "")
	f.Add("https", "h", "/", "Policy=%7B%22a%22&Signature=AAAA&Key-Pair-Id="+keyID, "CloudFront-Policy=undefined")
	f.Fuzz(func(t *testing.T, scheme, host, path, query, cookie string) {
		if !strings.HasPrefix(path, "/") || len(path)+len(query) > 4096 {
			return
		}
		q := &signedurl.Question{
			Request: signedurl.Request{Scheme: scheme, Host: host, Path: path, RawQuery: query, Cookie: cookie, OwnPorts: []uint16{80}},
			Keys:    trusting(keyID, k.public), Viewer: netip.MustParseAddr("192.0.2.1"), Now: clock,
			Hosts: []string{"b.s3.amazonaws.com", "i.example"}, Known: []signedurl.KnownKey{{ID: "K2", Key: k.public, Where: "elsewhere"}},
			SetCookies: []string{cookie}, SetFrom: scheme + "://" + host + path,
		}
		if err := consistent(q, signedurl.Explain(q)); err != nil {
			t.Fatal(err)
		}
	})
}

package edge

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

// explain explains what do would serve.
func (w *world) explain(v *viewer, change ...func(*Inquiry)) *Explanation {
	v.Header = v.header
	q := &Inquiry{Request: &v.Request}
	for _, c := range change {
		c(q)
	}
	return w.edge.Explain(q)
}

// TestExplainAgreesWithServe: for every way to ask, the explanation says what serving does, and
// asks the origin nothing.
func TestExplainAgreesWithServe(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, func(w *world) { w.config.DefaultCacheBehavior.ViewerProtocolPolicy = "allow-all" })
	w.origin.says(always(200, "x"))
	good := w.sign("/private/x", signedurl.Policy{})
	wild := w.sign("/private/x", signedurl.Policy{Resource: "https://" + host + "/private/*"})
	_, params, _ := strings.Cut(wild, "?")
	all := []*viewer{
		get("/x"), get(good), get(good).plain(), get(good + "&a=1"), get(good).method("POST"), get(good).method("HEAD"), get("*"), get("/a b"), get(strings.Replace(good, "APKATEST", "K", 1)),
		get("/private/x", "Cookie", "CloudFront-"+strings.ReplaceAll(params, "&", "; CloudFront-")), get("/private/x", "Via", "1.1 "+w.edge.Snapshot().Host(host).Via),
		get(w.sign("/private/x", signedurl.Policy{SourceIP: netip.MustParsePrefix("203.0.113.0/24")})), get(w.sign("/private/x", signedurl.Policy{Expires: w.now.Add(-time.Second)})),
	}
	for _, s := range spellings {
		all = append(all, get(s), get(s+"?"+params))
	}
	for _, v := range all {
		asked := w.origin.count()
		x := w.explain(v)
		if n := w.origin.count(); n != asked {
			t.Fatalf("%s: the origin was asked", v.Target)
		}
		w.do(v)
		switch {
		case x.Status != 0 && (x.Status != v.status || x.Verdict != signedurl.Refused && x.Verdict != Rejected):
			t.Errorf("%s %s: served %d, explained %s %d", v.Method, v.Target, v.status, x.Verdict, x.Status)
		case x.Status == 0 && v.status != 200:
			t.Errorf("%s %s: served %d, explained %s: %s", v.Method, v.Target, v.status, x.Verdict, x.Detail)
		case x.Report != nil && x.Report.Refusal != nil && !strings.Contains(v.body, x.Report.Refusal.Code):
			t.Errorf("%s: served %s, explained %+v", v.Target, v.body, x.Report.Refusal)
		}
	}
}

func TestExplanation(t *testing.T) {
	t.Parallel()
	w := private(t, Options{PublicHTTPSPort: 8443, OwnPorts: []uint16{8443}}, func(w *world) {
		w.behavior("/secure/*").ViewerProtocolPolicy = "redirect-to-https"
		w.cfg.KeyGroups["g"] = &state.KeyGroup{Meta: state.Meta{ID: "g"}}
		b := w.behavior("/group/*")
		b.TrustedSigners, b.TrustedKeyGroups = nil, &cloudfront.TrustedKeyGroups{Enabled: true, Items: []string{"g"}}
	})
	x := w.explain(get(w.sign("/private/x?a=1", signedurl.Policy{}), "Accept-Encoding", "gzip"))
	if x.Verdict != signedurl.Admitted || x.Distribution.ID != "E1" || x.Behavior.Pattern != "/private/*" || !x.Behavior.Restricted || x.Behavior.Keys[0] != "APKATEST" ||
		x.Origin.ID != "o" || x.Origin.Domain != "origin.example" || x.Origin.Target != "/private/x" || !x.Cache.Cached || !strings.HasPrefix(x.Cache.Key, "E1 /private/x a=1") {
		t.Errorf("%+v %+v %+v", x, x.Origin, x.Cache)
	}
	if y := w.explain(get(w.sign("/private/x?a=1", signedurl.Policy{Resource: "*"}), "Accept-Encoding", "gzip")); y.Cache.Key != x.Cache.Key {
		t.Errorf("signers have cache keys %q and %q", x.Cache.Key, y.Cache.Key)
	}
	if x := w.explain(get(w.sign("/group/x", signedurl.Policy{}))); x.Verdict != signedurl.Refused || !x.Report.Found(signedurl.CauseKeyElsewhere) || !strings.Contains(x.Report.Findings[0].Cause, "/private/*") {
		t.Errorf("a key of another behavior: %+v", x.Report)
	}
	if x := w.explain(get(w.sign("/x", signedurl.Policy{}))); x.Verdict != Public || x.Report != nil || !strings.Contains(x.Detail, "not looked at") {
		t.Errorf("a public path: %+v", x)
	}
	if x := w.explain(get("/secure/x").plain()); x.Redirect != "https://"+host+":8443/secure/x" || x.Verdict != Public || x.Behavior.Pattern != "/secure/*" {
		t.Errorf("a redirect: %+v", x)
	}
	unknown := get("/x")
	unknown.Host = "nobody.example"
	if x := w.explain(unknown); x.Verdict != Rejected || x.Status != 403 || x.Distribution != nil || !strings.Contains(x.Detail, "nobody.example") {
		t.Errorf("an unknown host: %+v", x)
	}
	later := func(q *Inquiry) { q.At = w.now.Add(2 * time.Hour) }
	if x := w.explain(get(w.sign("/private/x", signedurl.Policy{})), later); x.Verdict != signedurl.Refused || !x.Report.Found(signedurl.CauseExpired) {
		t.Errorf("two hours later: %+v", x)
	}
	anywhere := get(w.sign("/private/x", signedurl.Policy{SourceIP: netip.MustParsePrefix("203.0.113.0/24")}))
	anywhere.Peer = netip.AddrPort{}
	if x := w.explain(anywhere); x.Verdict != signedurl.Undecided || x.Status != 0 {
		t.Errorf("no address: %+v", x)
	}
}

func TestExplainMistakesOfHosts(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	for signed, cause := range map[string]signedurl.Cause{
		"http://" + host: signedurl.CauseScheme, "https://origin.example": signedurl.CauseHost, "https://alias.example": signedurl.CauseHost,
	} {
		u, err := w.signer.SignURL(signed+"/private/x", signedurl.Policy{Expires: w.now.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		x := w.explain(get(strings.TrimPrefix(u, signed)), func(q *Inquiry) { q.Hosts = []string{"alias.example"} })
		if x.Report == nil || !x.Report.Found(cause) {
			t.Errorf("signed for %s: %+v", signed, x.Report)
		}
	}
	u := w.sign("/private/a/../../x", signedurl.Policy{Resource: "https://" + host + "/private/*"})
	if x := w.explain(get(u)); x.Verdict != signedurl.Refused || x.Report.Refusal.Reason != "resource-mismatch" || !x.Report.Found(signedurl.CausePathReadings) {
		t.Errorf("dot segments: %+v", x.Report)
	}
}

func TestExplainOutdatedConfiguration(t *testing.T) {
	t.Parallel()
	w := private(t, Options{ConfigMaxAge: time.Hour}, nil)
	ahead := func(q *Inquiry) { q.At = w.now.Add(30 * time.Minute) }
	signed := w.sign("/private/x", signedurl.Policy{Expires: w.now.Add(10 * time.Hour)})
	w.advance(45 * time.Minute)
	if x := w.explain(get(signed), ahead); x.Verdict != signedurl.Admitted {
		t.Errorf("a question about later: %+v", x)
	}
	w.advance(time.Hour)
	if x := w.explain(get(signed)); x.Verdict != Rejected || x.Status != http.StatusServiceUnavailable {
		t.Errorf("outdated: %+v", x)
	}
}

func TestRefusalsAreRemembered(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	good := w.sign("/private/x?a=1", signedurl.Policy{})
	if v := w.do(get(good)); v.status != 200 {
		t.Fatal(v.status)
	}
	v := w.do(get(good + "&b=2"))
	id := v.got.Get("X-Amz-Cf-Id")
	r, ok := w.edge.Refusal(id)
	if !ok || r.RequestID != id || r.Reason != "signature-mismatch" || r.Code != "AccessDenied" || r.KeyPairID != "APKATEST" || r.Distribution != "E1" || r.Behavior != "/private/*" ||
		r.URL != "https://"+host+"/private/x?a=1&b=2" || r.Viewer != "198.51.100.7" || len(r.PolicyHash) != 64 || !r.Time.Equal(w.now) || r.Hint == "" {
		t.Errorf("%v %+v", ok, r)
	}
	if _, ok := w.edge.Refusal(w.do(get(good)).got.Get("X-Amz-Cf-Id")); ok || len(w.edge.refusals.ring) != 1 {
		t.Error("an admitted request is remembered as refused")
	}
	for range 2 * keptRefusals / maxRefusalsASecond {
		w.advance(time.Second)
		for range maxRefusalsASecond {
			v = w.do(get("/private/" + strings.Repeat("y", 2000)))
		}
		if _, ok := w.edge.Refusal(w.do(get("/private/z")).got.Get("X-Amz-Cf-Id")); ok {
			t.Error("a flood is remembered")
		}
	}
	if _, ok := w.edge.Refusal(id); ok || len(w.edge.refusals.ring) != keptRefusals {
		t.Errorf("%d refusals are kept", len(w.edge.refusals.ring))
	}
	if r, ok := w.edge.Refusal(v.got.Get("X-Amz-Cf-Id")); !ok || len(r.URL) != keptURLBytes || r.PolicyHash != "" {
		t.Errorf("the last one: %v %+v", ok, r)
	}
}

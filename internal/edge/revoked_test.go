package edge

import (
	"context"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

// revoke publishes revocations; nil records remove theirs.
func (w *world) revoke(records map[string]*state.Revocation) {
	w.t.Helper()
	b := state.Batch{Revision: w.cfg.Revision + 1}
	for id, r := range records {
		ch := state.Change{Kind: state.KindRevocation, ID: id, Revision: b.Revision}
		if r != nil {
			r.Meta = state.Meta{ID: id, Revision: b.Revision}
			ch.Record = r
		}
		b.Changes = append(b.Changes, ch)
	}
	w.cfg.Apply(b)
	w.publish()
}

func (w *world) fingerprint() []byte {
	key, err := signedurl.NewPublicKey(w.signer.PrivateKey.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	f := key.Fingerprint()
	return f[:]
}

// policyOf revokes the policy of a signed target, whose signature it does not look at.
func (w *world) policyOf(target string, hosts ...string) *state.Revocation {
	w.t.Helper()
	r := &state.Revocation{OfPolicy: &state.RevokedPolicy{KeyID: w.signer.KeyID, Fingerprint: w.fingerprint()}}
	path, query, _ := strings.Cut(target, "?")
	for _, h := range append([]string{host}, hosts...) {
		c, err := signedurl.Parse(&signedurl.Request{Scheme: "https", Host: h, Path: path, RawQuery: query})
		if err != nil {
			w.t.Fatal(err)
		}
		texts, err := c.PolicyTexts()
		if err != nil {
			w.t.Fatal(err)
		}
		sum := sha256.Sum256(texts[0])
		r.OfPolicy.Texts = append(r.OfPolicy.Texts, sum[:])
	}
	r.Until = w.now.Add(time.Hour) // what world.sign gives
	return r
}

func (w *world) ofKey(until time.Time, by *time.Time) *state.Revocation {
	return &state.Revocation{Until: until, OfKey: &state.RevokedKey{KeyID: w.signer.KeyID, Fingerprint: w.fingerprint(), ExpiringBy: by}}
}

func ofPath(path string, until time.Time) *state.Revocation {
	return &state.Revocation{Until: until, OfResource: &state.RevokedResource{DistributionID: "E1", Path: path}}
}

// refused asks for a target, which must be answered as CloudFront answers what is not admitted.
func (w *world) refused(target, reason string) {
	w.t.Helper()
	v := w.do(get(target))
	if v.status != 403 || v.body != refusalBody("AccessDenied", "Access denied") || v.got.Get("Content-Type") != "text/xml" {
		w.t.Errorf("%s: %d %s", target, v.status, v.body)
	}
	if r, ok := w.edge.Refusal(v.got.Get("X-Amz-Cf-Id")); !ok || r.Reason != reason {
		w.t.Errorf("%s: remembered as %+v", target, r)
	}
}

func (w *world) admitted(target string) {
	w.t.Helper()
	if v := w.do(get(target)); v.status != 200 {
		w.t.Errorf("%s: %d %s", target, v.status, v.body)
	}
}

func TestRevokedPolicy(t *testing.T) {
	t.Parallel()
	w := private(t, Options{OwnPorts: []uint16{8443, 443}}, nil)
	one, two := w.sign("/private/x", signedurl.Policy{}), w.sign("/private/y", signedurl.Policy{})
	custom := w.sign("/private/x", signedurl.Policy{Resource: "https://" + host + "/private/*"})
	again := w.sign("/private/x", signedurl.Policy{}) // ECDSA: another signature of the same text
	for _, u := range []string{one, two, custom, again} {
		w.admitted(u) // and remembered
	}
	w.revoke(map[string]*state.Revocation{"R1": w.policyOf(one)})
	w.refused(one, "revoked-policy")
	w.refused(again, "revoked-policy")
	w.refused(malleated(t, one), "revoked-policy")
	w.admitted(two)
	w.admitted(custom)
	port := get(one)
	port.Host += ":8443"
	if w.do(port); port.status != 403 {
		t.Errorf("with a port: %d", port.status)
	}
	sent := "/private/x?Policy=" + cloudFrontBase64(cannedText(t, one)) + "&" + one[strings.Index(one, "Signature="):]
	w.refused(sent, "revoked-policy") // the canned policy sent as a custom one
	w.revoke(map[string]*state.Revocation{"R2": w.policyOf(custom)})
	w.refused(custom, "revoked-policy")
	w.refused(strings.Replace(custom, "/private/x", "/private/z", 1), "revoked-policy")
	w.revoke(map[string]*state.Revocation{"R1": nil})
	w.admitted(one)
	w.refused(custom, "revoked-policy")
	w.advance(time.Hour)
	w.refused(custom, "expired")
}

// malleated is a signed target with the other signature that ECDSA has: r, n-s.
func malleated(t *testing.T, target string) string {
	t.Helper()
	head, rest, _ := strings.Cut(target, "Signature=")
	text, tail, _ := strings.Cut(rest, "&")
	raw, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(text))
	if err != nil {
		t.Fatal(err)
	}
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(raw, &sig); err != nil {
		t.Fatal(err)
	}
	n, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	sig.S.Sub(n, sig.S)
	if raw, err = asn1.Marshal(sig); err != nil {
		t.Fatal(err)
	}
	return head + "Signature=" + cloudFrontBase64(raw) + "&" + tail
}

func cloudFrontBase64(b []byte) string {
	return strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString(b))
}

func cannedText(t *testing.T, target string) []byte {
	t.Helper()
	path, query, _ := strings.Cut(target, "?")
	c, err := signedurl.Parse(&signedurl.Request{Scheme: "https", Host: host, Path: path, RawQuery: query})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := c.PolicyTexts()
	if err != nil {
		t.Fatal(err)
	}
	return texts[0]
}

func TestRevokedKey(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, func(w *world) {
		// The same key under another id, in a key group.
		w.cfg.PublicKeys["KTWIN"] = &state.PublicKey{Meta: state.Meta{ID: "KTWIN"}, Config: cloudfront.PublicKeyConfig{EncodedKey: w.cfg.KeyPairs["APKATEST"].PublicKeyPEM}}
		w.cfg.KeyGroups["g"] = &state.KeyGroup{Meta: state.Meta{ID: "g"}, Config: cloudfront.KeyGroupConfig{Items: []string{"KTWIN"}}}
		b := w.behavior("/group/*")
		b.TrustedSigners, b.TrustedKeyGroups = nil, &cloudfront.TrustedKeyGroups{Enabled: true, Items: []string{"g"}}
	})
	soon := w.sign("/private/x", signedurl.Policy{})
	late := w.sign("/private/x", signedurl.Policy{Expires: w.now.Add(3 * time.Hour)})
	twin := strings.Replace(w.sign("/group/x", signedurl.Policy{}), "APKATEST", "KTWIN", 1)
	for _, u := range []string{soon, late, twin} {
		w.admitted(u)
	}
	by := w.now.Add(2 * time.Hour)
	w.revoke(map[string]*state.Revocation{"R1": w.ofKey(w.now.Add(2*time.Hour), &by)})
	w.refused(soon, "revoked-key")
	w.refused(twin, "revoked-key")
	w.admitted(late)
	w.revoke(map[string]*state.Revocation{"R2": w.ofKey(w.now.Add(30*time.Minute), nil)})
	w.refused(late, "revoked-key")
	w.refused(soon, "revoked-key")
	w.advance(30 * time.Minute)
	w.admitted(late)
	w.refused(soon, "revoked-key")
	if logged := w.logged(); !strings.Contains(logged, "revoked-key") {
		t.Errorf("log: %s", logged)
	}
}

// logged is the access log so far.
func (w *world) logged() string {
	ctx, cancel := context.WithCancel(w.t.Context())
	cancel()
	w.edge.deps.Access.Run(ctx) // once
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return w.log.b.String()
}

func TestRevokedResource(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	x, y := w.sign("/private/film/x", signedurl.Policy{}), w.sign("/private/y", signedurl.Policy{})
	raw := w.sign("/private//film/%78", signedurl.Policy{})
	wild := w.sign("/private/y", signedurl.Policy{Resource: "https://" + host + "/*"})
	for _, u := range []string{x, y, raw, wild} {
		w.admitted(u)
	}
	w.revoke(map[string]*state.Revocation{"R1": ofPath("/private/film/*", w.now.Add(time.Hour)), "R2": ofPath("/public/one", w.now.Add(time.Hour))})
	w.refused(x, "revoked-resource")
	w.refused(raw, "revoked-resource")
	w.refused(strings.Replace(wild, "/private/y", "/private/film/z", 1), "revoked-resource")
	w.admitted(y)
	w.refused("/public/one", "revoked-resource") // though the behavior asks for no signature
	w.refused("/public/%6fne?v=2", "revoked-resource")
	w.admitted("/public/one.txt")
	w.advance(time.Hour)
	w.admitted("/public/one")
}

// TestNoSpellingOfARevokedPath: what is revoked is refused however it is asked for.
func TestNoSpellingOfARevokedPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, nil) // public altogether
	w.revoke(map[string]*state.Revocation{"R1": ofPath("/private/*", w.now.Add(time.Hour))})
	for _, s := range spellings {
		w.refused(s, "revoked-resource")
	}
	if n := w.origin.count(); n != 0 {
		t.Errorf("the origin was asked %d times", n)
	}
}

func TestExplainRevoked(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	x := w.sign("/private/x", signedurl.Policy{})
	w.revoke(map[string]*state.Revocation{"R1": w.policyOf(x), "R3": ofPath("/private/f*", w.now.Add(time.Hour)), "R4": ofPath("/open", w.now.Add(time.Hour))})
	ask := func(target string) *Explanation {
		v := get(target)
		v.Header = v.header
		return w.edge.Explain(&Inquiry{Request: &v.Request})
	}
	check := func(target string, cause signedurl.Cause, words ...string) {
		t.Helper()
		got := ask(target)
		if got.Verdict != signedurl.Refused || got.Status != 403 || len(got.Report.Findings) == 0 || got.Report.Findings[0].ID != cause || got.Report.Findings[0].Fix == "" {
			t.Fatalf("%s: %+v %+v", target, got, got.Report)
		}
		for _, word := range words {
			if !strings.Contains(got.Report.Findings[0].Cause, word) {
				t.Errorf("%s: no %q in %q", target, word, got.Report.Findings[0].Cause)
			}
		}
	}
	check(x, signedurl.CauseRevokedPolicy, "R1", "2026-11-24T13:00:00Z")
	check(w.sign("/private/film", signedurl.Policy{}), signedurl.CauseRevokedPath, "R3", "/private/f*")
	if got := ask("/open"); got.Verdict != Rejected || got.Status != 403 || !strings.Contains(got.Detail, "R4") {
		t.Errorf("public: %+v", got)
	}
	key := w.ofKey(w.now.Add(time.Hour), nil)
	key.Comment = "leaked"
	w.revoke(map[string]*state.Revocation{"R1": nil, "R2": key})
	check(x, signedurl.CauseRevokedKey, "R2", "APKATEST", "leaked")
	v := get(x)
	v.Header, v.Peer = v.header, v.Local // an address is there; without one the verdict stays
	v.Peer = (&Request{}).Peer
	if got := w.edge.Explain(&Inquiry{Request: &v.Request}); got.Verdict != signedurl.Refused {
		t.Errorf("without an address: %+v", got.Report)
	}
}

// slowOrigin gives its body piece by piece.
type slowOrigin struct{ pieces chan string }

func (s slowOrigin) Read(p []byte) (int, error) {
	piece, ok := <-s.pieces
	if !ok {
		return 0, io.EOF
	}
	return copy(p, piece), nil
}

func (s slowOrigin) Close() error { return nil }

// pulling is a viewer that takes a body as it comes.
type pulling struct {
	*viewer
	head chan Response
	end  chan error
}

func (p *pulling) Respond(r *Response) {
	p.head <- *r
	err := io.ErrUnexpectedEOF
	var n int64
	if r.Stream != nil {
		n, err = io.Copy(io.Discard, r.Stream)
		r.Stream.Close()
	}
	r.Done(n, err)
	p.end <- err
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"policy", "key", "resource", "without cut", "another's"} {
		for _, cached := range []bool{true, false} {
			t.Run(fmt.Sprint(kind, " ", cached), func(t *testing.T) {
				t.Parallel()
				w := private(t, Options{}, nil)
				slow := slowOrigin{make(chan string)}
				once := sync.OnceFunc(func() { close(slow.pieces) })
				t.Cleanup(once)
				w.origin.says(func(*origin.Request) (*http.Response, error) {
					r := reply(200, "", "Cache-Control", map[bool]string{true: "max-age=60", false: "no-store"}[cached])
					r.Body, r.ContentLength = slow, -1
					return r, nil
				})
				target := w.sign("/private/x", signedurl.Policy{})
				p := &pulling{viewer: get(target), head: make(chan Response, 1), end: make(chan error, 1)}
				p.Header = p.header
				go w.edge.Serve(&p.Request, p)
				slow.pieces <- "first"
				<-p.head
				rev := w.policyOf(target)
				switch kind {
				case "key", "without cut":
					rev = w.ofKey(w.now.Add(time.Hour), nil)
				case "resource":
					rev = ofPath("/private/*", w.now.Add(time.Hour))
				case "another's":
					rev = ofPath("/private/y", w.now.Add(time.Hour))
				}
				rev.Cut = kind != "without cut"
				w.revoke(map[string]*state.Revocation{"R1": rev})
				if kind == "without cut" || kind == "another's" {
					slow.pieces <- "second"
					once()
					if err := <-p.end; err != nil {
						t.Errorf("ended with %v", err)
					}
					return
				}
				if !cached { // the scripted origin does not hear that nobody wants its body any more
					slow.pieces <- "more"
				}
				if err := <-p.end; err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("ended with %v", err) // when cached, though the origin says nothing more
				}
				if logged := w.logged(); !strings.Contains(logged, "revoked-"+kind) {
					t.Errorf("log: %s", logged)
				}
				once()
			})
		}
	}
}

// TestCutBeforeDeparture: a revocation that comes between authorization and the answer counts.
func TestCutBeforeDeparture(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	target := w.sign("/private/x", signedurl.Policy{})
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		rev := w.policyOf(target)
		rev.Cut = true
		w.revoke(map[string]*state.Revocation{"R1": rev})
		r := reply(200, "", "Cache-Control", "no-store")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("body")), -1
		return r, nil
	})
	if v := w.do(get(target)); v.err == nil || v.body != "" {
		t.Errorf("%d %q %v", v.status, v.body, v.err)
	}
	for i := range w.edge.flights.shards {
		if n := len(w.edge.flights.shards[i].all); n != 0 {
			t.Errorf("%d flights are left", n)
		}
	}
}

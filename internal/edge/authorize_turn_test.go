package edge

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/edge/fairqueue"
	"github.com/warmfront/warmfront/signedurl"
)

// crowded is a world whose one turn at verifying is taken and whose queue has one place.
func crowded(t *testing.T, before func(*world)) *world {
	w := private(t, Options{}, nil)
	before(w)
	w.edge.turns = fairqueue.New(fairqueue.Options{Slots: 1, MaxWaiting: 1, Poll: time.Millisecond})
	if !w.edge.turns.TryEnter() {
		t.Fatal("no turn")
	}
	return w
}

func (w *world) awaitWaiting(n int) {
	for w.edge.turns.Waiting() != n {
		time.Sleep(time.Millisecond)
	}
}

// While others are verified, hits are served at once, new signatures wait for their turn, and
// those that find no place are told to come back.
func TestSignaturesAreVerifiedInTurns(t *testing.T) {
	t.Parallel()
	var known string
	w := crowded(t, func(w *world) {
		known = w.sign("/private/x", signedurl.Policy{})
		w.do(get(known)).expect(t, 200, "Miss", "/private/x")
	})
	w.do(get(known)).expect(t, 200, "Hit", "/private/x")
	for name, target := range map[string]string{
		"expired":       w.sign("/private/x", signedurl.Policy{Expires: w.now}),
		"other path":    strings.Replace(w.sign("/private/y", signedurl.Policy{Resource: "https://" + host + "/private/y"}), "/y", "/z", 1),
		"other address": w.sign("/private/x", signedurl.Policy{SourceIP: netip.MustParsePrefix("203.0.113.0/24")}),
	} {
		if v := w.do(get(target)); v.status != 403 || !strings.Contains(v.body, "AccessDenied") {
			t.Errorf("%s, which needs no verification: %d %s", name, v.status, v.body)
		}
	}
	unseen := w.sign("/private/x", signedurl.Policy{Resource: "*"})
	done := make(chan *viewer)
	go func() { done <- w.do(get(unseen)) }()
	w.awaitWaiting(1)
	full := w.do(get(w.sign("/private/x", signedurl.Policy{Resource: "http*://*"})))
	if full.status != 503 || full.got.Get("Retry-After") != "1" || full.got.Get("X-Cache") != "Error from cloudfront" {
		t.Errorf("no place left: %d %v", full.status, full.got)
	}
	tried := get(w.sign("/private/x", signedurl.Policy{Resource: "https://*"}))
	tried.Header = tried.header
	if w.edge.TryServe(&tried.Request, tried) || tried.status != 0 {
		t.Errorf("what would have to wait was answered at once: %d", tried.status)
	}
	w.edge.turns.Leave()
	(<-done).expect(t, 200, "Hit", "/private/x")
}

func TestWaitingForATurnEnds(t *testing.T) {
	t.Parallel()
	w := crowded(t, func(*world) {})
	unseen := get(w.sign("/private/x", signedurl.Policy{}))
	unseen.Gone = func() bool { return true }
	if v := w.do(unseen); v.status != 503 {
		t.Errorf("a viewer that left: %d", v.status)
	}
	done := make(chan *viewer)
	go func() { done <- w.do(get(w.sign("/private/x", signedurl.Policy{}))) }()
	w.awaitWaiting(1)
	if err := w.edge.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if v := <-done; v.status != 503 {
		t.Errorf("a request when the edge closes: %d", v.status)
	}
}

func TestIPv6PoliciesCanBeRefused(t *testing.T) {
	t.Parallel()
	for _, refused := range []bool{false, true} {
		w := private(t, Options{NoIPv6Policies: refused}, nil)
		v := get(w.sign("/private/x", signedurl.Policy{SourceIP: netip.MustParsePrefix("2001:db8::/32")}))
		v.Peer = netip.MustParseAddrPort("[2001:db8::7]:40000")
		explained := w.explain(v)
		w.do(v)
		if !refused {
			v.expect(t, 200, "Miss", "/private/x")
			continue
		}
		if v.status != 403 || !strings.Contains(v.body, "MalformedPolicy") {
			t.Errorf("%d %s", v.status, v.body)
		}
		if explained.Status != 403 || explained.Report.Refusal.Code != "MalformedPolicy" || !explained.Report.Found(signedurl.CausePolicyAddress) {
			t.Errorf("explained as %+v %+v", explained, explained.Report.Refusal)
		}
		v4 := w.do(get(w.sign("/private/x", signedurl.Policy{SourceIP: netip.MustParsePrefix("198.51.100.0/24")})))
		v4.expect(t, 200, "Miss", "/private/x")
	}
}

// called is a Waiter.
type called chan struct{}

func (c called) Called() { c <- struct{}{} }

// A request that can wait without a goroutine is given a place, and answered once it is called,
// whatever is found out then; a turn that nobody takes is given back.
func TestTryServeWaitsForATurn(t *testing.T) {
	t.Parallel()
	var known, forged string
	w := crowded(t, func(w *world) {
		known = w.sign("/private/x", signedurl.Policy{})
		w.do(get(known)).expect(t, 200, "Miss", "/private/x")
		forged = strings.Replace(w.sign("/private/x", signedurl.Policy{Resource: "*"}), "Signature=", "Signature=AAAA", 1)
	})
	waiter := make(called, 1)
	wait := func(target string) *viewer {
		v := get(target)
		v.Header, v.Waiter = v.header, waiter
		if w.edge.TryServe(&v.Request, v) || v.status != 0 || v.Turn == nil {
			t.Fatalf("%s was answered before its turn: %d", target, v.status)
		}
		return v
	}
	for _, step := range []struct {
		name, target string
		status       int
	}{
		{"good", w.sign("/private/x", signedurl.Policy{Resource: "*://*"}), 200},
		{"forged", forged, 403},
		{"good, to be fetched", w.sign("/private/y", signedurl.Policy{Resource: "https://*/*"}), 0},
	} {
		v := wait(step.target)
		other := get(w.sign("/private/x", signedurl.Policy{Resource: "http*://*"}))
		other.Header, other.Waiter = other.header, waiter
		if !w.edge.TryServe(&other.Request, other) || other.status != 503 || other.Turn != nil {
			t.Errorf("%s: no place is left, and another got %d", step.name, other.status)
		}
		w.edge.turns.Leave()
		<-waiter
		if answered := w.edge.TryServe(&v.Request, v); answered != (step.status != 0) || v.status != step.status || v.Turn != nil {
			t.Errorf("%s: %v, %d", step.name, answered, v.status)
		}
		if !w.edge.turns.TryEnter() {
			t.Fatalf("%s: its turn has not ended", step.name)
		}
	}
	gone := wait(w.sign("/private/x", signedurl.Policy{Resource: "*/*"}))
	gone.Turn.Leave()
	w.edge.turns.Leave()
	if !w.edge.turns.TryEnter() {
		t.Error("the place of a viewer that left is still taken")
	}
}

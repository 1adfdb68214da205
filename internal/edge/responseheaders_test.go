package edge

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/internal/state"
)

// withHeaders gives the default behavior a response headers policy.
func withHeaders(c cloudfront.ResponseHeadersPolicyConfig) func(*world) {
	return func(w *world) {
		w.cfg.ResponseHeadersPolicies["p"] = &state.ResponseHeadersPolicy{Meta: state.Meta{ID: "p", Revision: 1}, Config: c}
		w.config.DefaultCacheBehavior.ResponseHeadersPolicyId = new("p")
	}
}

func custom(headers ...cloudfront.ResponseHeadersPolicyCustomHeader) cloudfront.ResponseHeadersPolicyConfig {
	return cloudfront.ResponseHeadersPolicyConfig{CustomHeadersConfig: &cloudfront.ResponseHeadersPolicyCustomHeadersConfig{Items: headers}}
}

func TestResponseHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, withHeaders(custom(cloudfront.ResponseHeadersPolicyCustomHeader{Header: "X-A", Value: "a"})))
	w.origin.says(always(200, "hello", "ETag", `"v"`, "Cache-Control", "max-age=60"))
	has := func(name string, v *viewer) {
		t.Helper()
		if v.got.Get("X-A") != "a" {
			t.Errorf("%s: %v", name, v.got)
		}
	}
	has("miss", w.do(get("/x")))
	w.settle()
	has("hit", w.do(get("/x")))
	has("not modified", w.do(get("/x", "If-None-Match", `"v"`)))
	has("range", w.do(get("/x", "Range", "bytes=0-0")))
	has("range not satisfiable", w.do(get("/x", "Range", "bytes=9-")))
	has("precondition", w.do(get("/x", "If-Match", `"w"`)))
	has("refused method", w.do(get("/x").method("PUT")))
	w.origin.says(func(*origin.Request) (*http.Response, error) {
		return nil, &origin.Error{Cause: origin.Dial, Err: io.ErrUnexpectedEOF}
	})
	has("no origin", w.do(get("/y")))
	w.origin.says(always(500, "no"))
	has("origin error", w.do(get("/z")))
	if v := w.do(get("/x")); len(v.got.Values("X-A")) != 1 {
		t.Errorf("stored with the policy's header: %v", v.got)
	}
}

// TestServerTimingIsSampled also checks that a request can ask for the header at any rate.
func TestServerTimingIsSampled(t *testing.T) {
	t.Parallel()
	timing := func(rate float64) cloudfront.ResponseHeadersPolicyConfig {
		return cloudfront.ResponseHeadersPolicyConfig{ServerTimingHeadersConfig: &cloudfront.ResponseHeadersPolicyServerTimingHeadersConfig{Enabled: true, SamplingRate: &rate}}
	}
	for rate, want := range map[float64][2]int{0: {0, 0}, 50: {300, 700}, 100: {1000, 1000}} {
		w := newWorld(t, Options{}, withHeaders(timing(rate)))
		w.origin.says(always(200, "hello", "Cache-Control", "max-age=60"))
		n := 0
		for range 1000 {
			if w.do(get("/x")).got.Has("Server-Timing") {
				n++
			}
		}
		if n < want[0] || n > want[1] {
			t.Errorf("rate %v: %d of 1000", rate, n)
		}
		if v := w.do(get("/x", "Pragma", "no-cache, Server-Timing")); !v.got.Has("Server-Timing") {
			t.Errorf("rate %v: not when asked for", rate)
		}
	}
}

func TestVary(t *testing.T) {
	t.Parallel()
	for had, want := range map[string]string{"": "Origin", "Accept-Encoding": "Accept-Encoding, Origin", "origin": "origin", "*": "*"} {
		x := &exchange{}
		if had != "" {
			x.add("Vary", had)
		}
		x.vary("Origin")
		if got := httpcache.Header(x.fields).Joined("Vary"); got != want {
			t.Errorf("%q: %q", had, got)
		}
	}
}

// TestResponseHeadersCostNothing checks that a policy allocates nothing, and that a request
// without one does not reach it.
func TestResponseHeadersCostNothing(t *testing.T) { // counts allocations: not parallel
	p, _ := cloudfront.ManagedResponseHeadersPolicy("67f7725c-6f97-4210-82d7-5512b31e9d03")
	w := newWorld(t, Options{}, withHeaders(p.ResponseHeadersPolicyConfig))
	x := newExchange(w.edge)
	x.behavior = w.edge.Snapshot().Distribution("E1").Behaviors[0]
	fields := []Field{{Name: "Content-Type", Value: "text/plain"}, {Name: "X-Content-Type-Options", Value: "other"}, {Name: "Date", Value: "x"}}
	work := func() {
		x.fields = append(x.fields[:0], fields...)
		w.edge.responseHeaders(x)
	}
	if n := testing.AllocsPerRun(100, work); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if !slices.Contains(x.fields, Field{Name: "X-Content-Type-Options", Value: "nosniff"}) || len(x.fields) != 7 {
		t.Errorf("%v", x.fields)
	}
	x.behavior = &snapshot.Behavior{}
	if n := testing.AllocsPerRun(100, work); n != 0 || len(x.fields) != len(fields) {
		t.Errorf("%v allocations, %v", n, x.fields)
	}
}

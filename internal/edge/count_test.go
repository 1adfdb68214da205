package edge

import (
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/metrics"
)

// TestHitsAreCounted serves one signed object: fetched, then from memory, then refused.
func TestHitsAreCounted(t *testing.T) {
	e, v, _ := signedHit(t, false, false, 0)
	e.deps.Metrics = metrics.New(metrics.Options{Refusals: RefusalReasons()})
	n := &nullResponder{}
	for range 3 {
		e.Serve(&v.Request, n)
	}
	v.Target = "/private/other?Expires=1&Signature=x&Key-Pair-Id=APKATEST"
	e.Serve(&v.Request, n)
	total := e.deps.Metrics.Overview(time.Now(), time.Time{}, "").Total
	if total.Requests[metrics.Hit] != 3 || total.Requests[metrics.Error] != 1 || total.Sent < 3*4096 || total.Received == 0 || total.Classes != [5]uint64{1: 3, 3: 1} {
		t.Errorf("%+v", total)
	}
	refused := uint64(0)
	for _, k := range total.Refusals[:len(total.Refusals)-1] { // the last is of unknown reasons
		refused += k
	}
	if refused != 1 {
		t.Errorf("refusals %v", total.Refusals)
	}
}

// TestCountingAllocatesNothing counts hits, which take no memory of their own either.
func TestCountingAllocatesNothing(t *testing.T) {
	e, v, _ := signedHit(t, false, false, 0)
	e.deps.Metrics = metrics.New(metrics.Options{Refusals: RefusalReasons()})
	n := &nullResponder{}
	e.Serve(&v.Request, n)
	if allocs := testing.AllocsPerRun(300, func() { e.Serve(&v.Request, n) }); allocs > 0 && !raceEnabled {
		t.Errorf("%v allocations", allocs)
	}
}

// BenchmarkCount is what counting adds to a request: noting, taking the time and recording.
func BenchmarkCount(b *testing.B) {
	e, v, _ := signedHit(b, false, false, 0)
	e.deps.Metrics = metrics.New(metrics.Options{Refusals: RefusalReasons()})
	x := newExchange(e)
	x.start(&v.Request, &nullResponder{})
	x.result, x.detail, x.out.Status = Hit, Hit, 200
	b.ReportAllocs()
	for b.Loop() {
		e.note(x)
		e.record(x, 4096, nil, nil)
	}
}

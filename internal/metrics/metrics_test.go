package metrics

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func BenchmarkRecord(b *testing.B) {
	r := New(Options{Refusals: []string{"expired"}})
	for i := range 100 {
		r.Record(&Request{Distribution: fmt.Sprintf("E%013d", i)})
	}
	q := Request{Distribution: "E0000000000042", Status: 200, Sent: 4096, Received: 300, Wait: 35 * time.Microsecond, Signature: Remembered}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r.Record(&q)
		}
	})
}

func TestRecordAllocatesNothing(t *testing.T) {
	r := New(Options{Refusals: []string{"expired"}})
	q := Request{Distribution: "E1", Status: 403, Result: Error, Refusal: "expired", OriginAsked: true, OriginFailed: true, Signature: Verified}
	r.Record(&q)
	if n := testing.AllocsPerRun(1000, func() { r.Record(&q) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]int{
		-time.Second: 0, 0: 0, 15 * time.Microsecond: 0, 16 * time.Microsecond: 1, 31 * time.Microsecond: 1, 32 * time.Microsecond: 2,
		67 * time.Second: 22, 68 * time.Second: 23, 24 * time.Hour: 23,
	} {
		if got := bucketOf(d); got != want {
			t.Errorf("%v: bucket %d, want %d", d, got, want)
		}
	}
	for i := range numBuckets - 1 {
		if bucketOf(bound(i)-1) != i || bucketOf(bound(i)) != i+1 {
			t.Errorf("bucket %d does not end at %v", i, bound(i))
		}
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var h Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("a quantile of nothing")
	}
	for i := range 1000 {
		h[bucketOf(time.Duration(i+1)*time.Millisecond)]++
	}
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.9: 900 * time.Millisecond, 0.1: 100 * time.Millisecond} {
		if got := h.Quantile(q); got < want*85/100 || got > want*115/100 {
			t.Errorf("%v: %v, want about %v", q, got, want)
		}
	}
	h = Histogram{numBuckets - 1: 3}
	if got := h.Quantile(0.5); got != bound(numBuckets-2) {
		t.Errorf("beyond the last bound: %v", got)
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// hits counts n hits of a distribution.
func hits(r *Recorder, id string, n int) {
	for range n {
		r.Record(&Request{Distribution: id, Status: 200, Sent: 10, Wait: time.Millisecond})
	}
}

func TestHour(t *testing.T) {
	t.Parallel()
	r := New(Options{Refusals: []string{"expired", "wrong-address"}})
	r.Roll(noon)
	hits(r, "E1", 3)
	r.Roll(noon.Add(4 * time.Second))
	hits(r, "E2", 5)
	r.Record(&Request{Distribution: "E1", Status: 403, Result: Error, Refusal: "wrong-address"})
	r.Record(&Request{Distribution: "E1", Status: 403, Result: Error, Refusal: "new-one"})
	r.Roll(noon.Add(10 * time.Second)) // of the step before
	hits(r, "E1", 1)
	o := r.Overview(noon.Add(12*time.Second), time.Time{}, "")
	if len(o.Points) != 2 || o.Points[0].Total() != 10 || o.Points[1].Total() != 1 || !o.Points[1].At.Equal(noon.Add(Step)) {
		t.Fatalf("points %+v", o.Points)
	}
	p := o.Total
	if p.Requests != [numResults]uint64{Hit: 9, Error: 2} || p.Sent != 90 || p.Classes != [numClasses]uint64{1: 9, 3: 2} || !p.At.Equal(noon) {
		t.Errorf("total %+v", p)
	}
	if fmt.Sprint(p.Refusals) != "[0 1 1]" || fmt.Sprint(r.RefusalNames()) != "[expired wrong-address other]" || o.Points[1].Refusals != nil {
		t.Errorf("refusals %v", p.Refusals)
	}
	if d := o.Distributions; len(d) != 2 || d[0].ID != "E1" || d[0].Total() != 6 || d[1].Total() != 5 {
		t.Errorf("distributions %+v", d)
	}
	o = r.Overview(noon.Add(12*time.Second), noon.Add(10*time.Second), "E1")
	if len(o.Points) != 1 || o.Total.Total() != 1 || len(o.Distributions) != 1 {
		t.Errorf("since: %+v", o)
	}
	if o = r.Overview(noon.Add(12*time.Second), time.Time{}, "E9"); o.Points != nil || o.Total.Total() != 0 || len(o.Distributions) != 2 {
		t.Errorf("unknown distribution: %+v", o)
	}
}

func TestHourEnds(t *testing.T) {
	t.Parallel()
	r := New(Options{})
	now := noon
	for i := range 2 * int(Kept/Step) {
		now = noon.Add(time.Duration(i) * Step)
		r.Roll(now)
		hits(r, "E1", 1)
		r.Roll(now.Add(time.Second))
	}
	o := r.Overview(now.Add(Step-1), time.Time{}, "")
	if n := len(o.Points); n < int(Kept/Step) || n > int(Kept/Step)+1 || o.Total.Total() != uint64(n) {
		t.Errorf("%d points, %d requests", n, o.Total.Total())
	}
	if o = r.Overview(now.Add(3*Kept), time.Time{}, ""); o.Points != nil || o.Distributions != nil {
		t.Errorf("hours later: %+v", o)
	}
	hits(r, "E1", 2)
	r.Roll(now.Add(3 * Kept))
	if o = r.Overview(now, time.Time{}, ""); o.Points != nil { // the clock went back
		t.Errorf("points to come: %+v", o.Points)
	}
	hits(r, "E1", 1)
	if o = r.Overview(now.Add(time.Second), time.Time{}, ""); o.Total.Total() != 1 {
		t.Errorf("after the clock went back: %+v", o.Total)
	}
}

func TestDistributionsAreBounded(t *testing.T) {
	t.Parallel()
	r := New(Options{Distributions: 2})
	now := noon
	for _, id := range []string{"", "E1", "E2", "E3", "E1"} {
		hits(r, id, 1)
	}
	got := map[string]uint64{}
	for _, d := range r.Overview(now, time.Time{}, "").Distributions {
		got[d.ID] = d.Total()
	}
	if fmt.Sprint(got) != "map[E1:2 none:1 other:2]" {
		t.Errorf("%v", got)
	}
	r.Roll(now.Add(2 * Kept)) // idle ones make room
	hits(r, "E3", 1)
	if d := r.Overview(now.Add(2*Kept), time.Time{}, "").Distributions; len(d) != 1 || d[0].ID != "E3" || d[0].Total() != 1 {
		t.Errorf("%+v", d)
	}
}

func TestRecordAtOnce(t *testing.T) {
	t.Parallel()
	r := New(Options{Distributions: 3})
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 500 {
				hits(r, fmt.Sprintf("E%d", (g+i)%5), 1)
				if i%100 == 0 {
					r.Overview(noon.Add(time.Duration(i)*time.Second/100), time.Time{}, "")
				}
			}
		})
	}
	group.Wait()
	if n := r.Overview(noon.Add(6*time.Second), time.Time{}, "").Total.Total(); n != 4000 {
		t.Errorf("%d requests", n)
	}
}

func TestCollector(t *testing.T) {
	t.Parallel()
	r := New(Options{Refusals: []string{"expired"}})
	hits(r, "E1", 2)
	r.Record(&Request{Distribution: "E1", Status: 403, Result: Error, Refusal: "expired", Signature: Remembered, OriginAsked: true, OriginFailed: true, Received: 7})
	r.RecordFetch("2xx", 3*time.Millisecond)
	r.RecordFetch("timeout", time.Minute)
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(NewCollector(r, "FRA50-C1"))
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range families {
		fmt.Fprintln(&all, f)
	}
	for _, name := range []string{
		"requests_total", "responses_total", "sent_bytes_total", "received_bytes_total", "first_byte_seconds", "signatures_total",
		"refusals_total", "origin_requests_total", "origin_errors_total", "origin_fetches_total", "origin_first_byte_seconds",
	} {
		if !strings.Contains(all.String(), `"warmfront_`+name+`"`) {
			t.Errorf("no warmfront_%s in\n%s", name, &all)
		}
	}
	for _, want := range []string{"sample_count:2  sample_sum:0.002", `value:"expired"`, `value:"FRA50-C1"`} {
		if !strings.Contains(strings.ReplaceAll(all.String(), "  ", " "), strings.ReplaceAll(want, "  ", " ")) {
			t.Errorf("no %s in\n%s", want, &all)
		}
	}
}

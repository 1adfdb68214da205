package history

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/metrics"
)

// measure is one of our counters: its name, the label that tells its kinds apart, and where a
// count of one kind belongs.
type measure struct {
	name  string
	label string // "" for a counter without kinds
	enter func(p *metrics.Point, kind string, n uint64)
}

// measures are those that a Point has.
func measures(refusals []string) []measure {
	return []measure{
		{"requests_total", "result", func(p *metrics.Point, kind string, n uint64) { enter(p.Requests[:], metrics.ResultNames[:], kind, n) }},
		{"responses_total", "class", func(p *metrics.Point, kind string, n uint64) { enter(p.Classes[:], metrics.ClassNames[:], kind, n) }},
		{"first_byte_seconds_bucket", "le", enterWait},
		{"sent_bytes_total", "", func(p *metrics.Point, _ string, n uint64) { p.Sent += n }},
		{"received_bytes_total", "", func(p *metrics.Point, _ string, n uint64) { p.Received += n }},
		{"origin_requests_total", "", func(p *metrics.Point, _ string, n uint64) { p.Origin += n }},
		{"origin_errors_total", "", func(p *metrics.Point, _ string, n uint64) { p.OriginFailed += n }},
		{"refusals_total", "reason", func(p *metrics.Point, kind string, n uint64) {
			if p.Refusals == nil {
				p.Refusals = make([]uint64, len(refusals))
			}
			enter(p.Refusals, refusals, kind, n)
		}},
	}
}

// enter adds n where kind is among names; kinds of other versions are left out.
func enter(counts []uint64, names []string, kind string, n uint64) {
	if i := slices.Index(names, kind); i >= 0 {
		counts[i] += n
	}
}

// enterWait enters a count of all waits up to a bound; apart makes them counts of one bucket.
func enterWait(p *metrics.Point, bound string, n uint64) {
	le, err := strconv.ParseFloat(bound, 64)
	if err != nil {
		return
	}
	if i, ok := metrics.BucketUpTo(le); ok {
		p.Waits[i] += n
	}
}

// apart takes from each bucket what is in those before it.
func apart(h *metrics.Histogram) {
	for i := len(h) - 1; i > 0; i-- {
		h[i] -= min(h[i], h[i-1]) // estimates need not grow with the bound
	}
}

// query asks how much the measure grew in each window, by its kinds and by further labels.
func (m *measure) query(window time.Duration, distribution string, by ...string) string {
	selector := ""
	if distribution != "" {
		selector = fmt.Sprintf("{distribution=%q}", distribution)
	}
	if m.label != "" {
		by = append(by, m.label)
	}
	return fmt.Sprintf("sum by (%s) (increase(warmfront_%s%s[%ss]))", strings.Join(by, ","), m.name, selector, seconds(window))
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

func stamp(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }

// overview puts series together: those of steps, and those of distributions over all of them.
func overview(steps, shares []series) *metrics.Overview {
	points, sums := map[time.Time]*metrics.Point{}, map[string]*metrics.Point{}
	for _, s := range steps {
		for _, v := range s.samples {
			s.measure.enter(at(points, v.at), s.labels[s.measure.label], round(v.value))
		}
	}
	for _, s := range shares {
		for _, v := range s.samples {
			s.measure.enter(at(sums, s.labels["distribution"]), s.labels[s.measure.label], round(v.value))
		}
	}
	o := &metrics.Overview{}
	for begin, p := range points {
		if apart(&p.Waits); p.Total() > 0 {
			p.At = begin
			o.Points = append(o.Points, *p)
		}
	}
	for id, p := range sums {
		if apart(&p.Waits); p.Total() > 0 && id != "" {
			o.Distributions = append(o.Distributions, metrics.DistributionSum{ID: id, Point: *p})
		}
	}
	o.Arrange()
	return o
}

// at is the point of a key, a new one when there is none.
func at[K comparable](points map[K]*metrics.Point, key K) *metrics.Point {
	if points[key] == nil {
		points[key] = &metrics.Point{}
	}
	return points[key]
}

// round makes a count of an estimate.
func round(estimate float64) uint64 {
	if math.IsNaN(estimate) || estimate < 0 {
		return 0
	}
	return uint64(math.Round(min(estimate, 1<<62)))
}

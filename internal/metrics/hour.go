package metrics

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// Step is the time of one Point.
	Step = 10 * time.Second
	// Kept is how long Points are kept.
	Kept = time.Hour
)

// Point is what happened in one Step, or in several of them.
type Point struct {
	At           time.Time // when it began
	Requests     [numResults]uint64
	Classes      [numClasses]uint64
	Waits        Histogram
	Sent         uint64
	Received     uint64
	Origin       uint64
	OriginFailed uint64
	Refusals     []uint64 // by index of Options.Refusals, others last; nil when there were none
}

// Total is the number of requests.
func (p *Point) Total() (n uint64) {
	for _, k := range p.Requests {
		n += k
	}
	return n
}

// hour keeps the Points of the last hour. The counters themselves only ever grow: Roll
// compares them with what they were the last time.
type hour struct {
	mu     sync.Mutex
	total  []Point   // guarded by mu
	rolled time.Time // guarded by mu; when Roll was last called
}

// Run calls Roll about every second until ctx ends.
func (r *Recorder) Run(ctx context.Context, now func() time.Time) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	r.Roll(now())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			r.Roll(now())
		}
	}
}

// Roll enters what was counted since the last Roll into the step in which that was, and forgets
// what is older than an hour. When the clock has gone back, later points are forgotten too.
func (r *Recorder) Roll(now time.Time) {
	r.hour.mu.Lock()
	defer r.hour.mu.Unlock()
	r.roll(now)
}

func (r *Recorder) roll(now time.Time) {
	h := &r.hour
	at := h.rolled
	if at.IsZero() || at.After(now) || now.Sub(at) > Step {
		at = now // the process or the clock has stood still: it is not known when it was
	}
	at, h.rolled = at.Truncate(Step), now
	h.total = expire(h.total, now)
	for _, t := range r.tallies() {
		t.points = expire(t.points, now)
		c := t.read()
		if p := c.since(&t.last, at); p != nil {
			t.points = enter(t.points, p)
			h.total = enter(h.total, p)
			t.last = c
		}
	}
	r.retire(func(t *tally) bool { return len(t.points) == 0 })
}

// since is what was counted after old; nil when it is nothing.
func (c *counts) since(old *counts, at time.Time) *Point {
	p := &Point{
		At: at, Sent: c.sent - old.sent, Received: c.received - old.received,
		Origin: c.origin - old.origin, OriginFailed: c.originFailed - old.originFailed,
	}
	for result := range c.waits {
		for b, n := range c.waits[result] {
			n -= old.waits[result][b]
			p.Waits[b] += n
			p.Requests[result] += n
		}
	}
	for i, n := range c.classes {
		p.Classes[i] = n - old.classes[i]
	}
	for i, n := range c.refusals {
		if old.refusals != nil {
			n -= old.refusals[i]
		}
		if n == 0 {
			continue
		}
		if p.Refusals == nil {
			p.Refusals = make([]uint64, len(c.refusals))
		}
		p.Refusals[i] = n
	}
	if p.Total() == 0 && p.Refusals == nil && p.Sent == 0 && p.Origin == 0 {
		return nil
	}
	return p
}

// enter adds p to the newest point, or makes it the newest.
func enter(points []Point, p *Point) []Point {
	if n := len(points); n > 0 && points[n-1].At.Equal(p.At) {
		points[n-1].Add(p)
		return points
	}
	own := *p
	own.Refusals = slices.Clone(p.Refusals)
	return append(points, own)
}

// expire removes points that ended more than an hour before now, and those that are to come.
func expire(points []Point, now time.Time) []Point {
	first := slices.IndexFunc(points, func(p Point) bool { return now.Sub(p.At) < Kept+Step })
	if first < 0 {
		return nil
	}
	if first > 0 {
		points = slices.Delete(points, 0, first)
	}
	for n := len(points); n > 0 && points[n-1].At.After(now); n = len(points) {
		points = points[:n-1]
	}
	return points
}

// Add adds what happened in q to p.
func (p *Point) Add(q *Point) {
	for i, n := range q.Requests {
		p.Requests[i] += n
	}
	for i, n := range q.Classes {
		p.Classes[i] += n
	}
	for i, n := range q.Waits {
		p.Waits[i] += n
	}
	p.Sent, p.Received = p.Sent+q.Sent, p.Received+q.Received
	p.Origin, p.OriginFailed = p.Origin+q.Origin, p.OriginFailed+q.OriginFailed
	if q.Refusals != nil && p.Refusals == nil {
		p.Refusals = make([]uint64, len(q.Refusals))
	}
	for i, n := range q.Refusals {
		p.Refusals[i] += n
	}
}

// Overview is the last hour, or a part of it.
type Overview struct {
	Total         Point
	Points        []Point // oldest first; steps in which nothing happened are missing
	Distributions []DistributionSum
}

// DistributionSum is what happened to one distribution in the time of an Overview.
type DistributionSum struct {
	ID string
	Point
}

// Overview shows the steps that end after since, up to now: of one distribution, or of all with
// the id "". Distributions are always all that had requests, the busiest first.
func (r *Recorder) Overview(now, since time.Time, distribution string) *Overview {
	r.hour.mu.Lock()
	defer r.hour.mu.Unlock()
	r.roll(now)
	o := &Overview{}
	if distribution == "" {
		o.Points = after(r.hour.total, since)
	}
	for _, t := range r.tallies() {
		points := after(t.points, since)
		if len(points) == 0 {
			continue
		}
		if t.id == distribution {
			o.Points = points
		}
		o.Distributions = append(o.Distributions, DistributionSum{t.id, sum(points)})
	}
	o.Arrange()
	return o
}

// Arrange puts points and distributions in their order, and sums the points up.
func (o *Overview) Arrange() {
	slices.SortFunc(o.Points, func(a, b Point) int { return a.At.Compare(b.At) })
	slices.SortFunc(o.Distributions, func(a, b DistributionSum) int {
		return cmp.Or(cmp.Compare(b.Total(), a.Total()), cmp.Compare(a.ID, b.ID))
	})
	o.Total = sum(o.Points)
}

// RefusalNames are the reasons at the indexes of Point.Refusals.
func (r *Recorder) RefusalNames() []string { return append(slices.Clone(r.o.Refusals), Other) }

// after copies the points that end after since.
func after(points []Point, since time.Time) []Point {
	var out []Point
	for _, p := range points {
		if p.At.Add(Step).After(since) {
			p.Refusals = slices.Clone(p.Refusals)
			out = append(out, p)
		}
	}
	return out
}

func sum(points []Point) (total Point) {
	for i := range points {
		if i == 0 {
			total.At = points[0].At
		}
		total.Add(&points[i])
	}
	return total
}

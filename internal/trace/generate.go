package trace

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Spec describes a trace to be made. The same Spec always gives the same trace.
type Spec struct {
	Name     string
	Seed     uint64
	Requests int
	Catalog  int     // objects that share the popularity law
	Alpha    float64 // the object of rank r is asked for in proportion to r^-Alpha
	// OneHit is the share of requests for objects nobody asks for again.
	OneHit float64
	// Releases is the share of requests that bring a new object, which takes a rank as popular as
	// those that are asked for: what was there before is not asked for again.
	Releases float64
	// Scans is how many times somebody reads the whole catalog in order, a stretch at a time.
	Scans float64
	Sizes SizeLaw
}

// SizeLaw is a lognormal distribution whose upper end is a Pareto tail, as is found for files and
// web objects (Downey, "Lognormal and Pareto distributions in the Internet", 2005).
type SizeLaw struct {
	Median    float64 // bytes
	Sigma     float64 // of the logarithm
	Tail      float64 // share of objects in the tail
	TailFrom  float64 // bytes: the smallest of the tail
	TailAlpha float64 // its exponent
	Max       float64 // bytes
}

// Size is the size of an object: always the same for the same id and seed.
func (l SizeLaw) Size(seed, id uint64) int64 {
	r := rand.New(rand.NewPCG(seed, id))
	size := l.Median * math.Exp(l.Sigma*r.NormFloat64())
	if r.Float64() < l.Tail {
		size = l.TailFrom * math.Pow(1-r.Float64(), -1/l.TailAlpha)
	}
	return int64(max(min(size, l.Max), 1))
}

const (
	scanRun     = 200 // requests in one stretch of a scan
	perSecond   = 100 // requests
	oneHitSpace = 1 << 40
)

// Generate makes a trace.
func Generate(s Spec) []Request {
	g := &generator{Spec: s, r: rand.New(rand.NewPCG(s.Seed, 0x9e3779b97f4a7c15)), next: uint64(s.Catalog)}
	total := 0.0
	for rank := range s.Catalog {
		total += math.Pow(float64(rank+1), -s.Alpha)
		g.cumulative = append(g.cumulative, total)
		g.ids = append(g.ids, uint64(rank))
	}
	g.r.Shuffle(len(g.ids), func(i, j int) { g.ids[i], g.ids[j] = g.ids[j], g.ids[i] })
	every := math.Inf(1) // requests between two stretches of a scan
	if s.Scans > 0 {
		every = scanRun * float64(s.Requests) / (s.Scans * float64(s.Catalog))
	}
	for scanned := 1.0; len(g.trace) < s.Requests; {
		if float64(len(g.trace)) > scanned*every {
			g.scan()
			scanned++
			continue
		}
		g.ask()
	}
	return g.trace[:s.Requests]
}

type generator struct {
	Spec
	r          *rand.Rand
	cumulative []float64 // by rank
	ids        []uint64  // by rank
	next       uint64    // id of the next release
	oneHit     uint64
	cursor     int // of the scan
	trace      []Request
}

// rank draws one.
func (g *generator) rank() int {
	x := g.r.Float64() * g.cumulative[len(g.cumulative)-1]
	i, _ := slices.BinarySearch(g.cumulative, x)
	return min(i, len(g.ids)-1)
}

// ask adds one request.
func (g *generator) ask() {
	if g.r.Float64() < g.OneHit {
		g.oneHit++
		g.add(oneHitSpace + g.oneHit)
		return
	}
	rank := g.rank()
	if g.r.Float64() < g.Releases {
		g.ids[rank] = g.next
		g.next++
	}
	g.add(g.ids[rank])
}

// scan adds a stretch of the catalog, in the order of ids.
func (g *generator) scan() {
	for range scanRun {
		g.add(uint64(g.cursor % g.Catalog))
		g.cursor++
	}
}

func (g *generator) add(id uint64) {
	g.trace = append(g.trace, Request{int64(len(g.trace) / perSecond), Object{id, g.Sizes.Size(g.Seed, id)}})
}

// Specs are the traces of the published table, of so many requests each.
func Specs(requests int) []Spec {
	web := SizeLaw{Median: 8 << 10, Sigma: 1.4, Tail: 0.02, TailFrom: 64 << 10, TailAlpha: 1.2, Max: 8 << 20}
	base := Spec{Seed: 1, Requests: requests, Catalog: requests / 10, Alpha: 0.9, Sizes: web}
	with := func(name string, change func(*Spec)) Spec {
		s := base
		s.Name = name
		s.Seed += uint64(len(name))
		change(&s)
		return s
	}
	return []Spec{
		with("zipf 0.7", func(s *Spec) { s.Alpha = 0.7 }),
		with("zipf 0.9", func(s *Spec) {}),
		with("zipf 1.1", func(s *Spec) { s.Alpha = 1.1 }),
		with("one-hit wonders", func(s *Spec) { s.OneHit = 0.3 }),
		with("releases", func(s *Spec) { s.Releases = 0.05 }),
		with("scans", func(s *Spec) { s.Scans = 3 }),
		with("all of it", func(s *Spec) { s.OneHit, s.Releases, s.Scans = 0.2, 0.02, 1 }),
	}
}

package trace

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestReadAndWrite(t *testing.T) {
	got, err := Read(strings.NewReader("1 7 100\n\n 2.5\tobject 200 GET\n"))
	want := []Request{{1, Object{7, 100}}, {2, Object{id("object"), 200}}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	var b bytes.Buffer
	if err := Write(&b, got); err != nil {
		t.Fatal(err)
	}
	if again, err := Read(&b); err != nil || !slices.Equal(again, want) {
		t.Errorf("%v, %v", again, err)
	}
	for _, bad := range []string{"1 2", "x 2 3", "1 2 x", "1 2 -3"} {
		if _, err := Read(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// The same trace every time, with the popularity and the sizes it is to have.
func TestGenerate(t *testing.T) {
	for _, spec := range Specs(20_000) {
		trace := Generate(spec)
		if len(trace) != spec.Requests || !slices.Equal(trace, Generate(spec)) {
			t.Fatalf("%s: %d requests, or not the same again", spec.Name, len(trace))
		}
		sizes := map[uint64]int64{}
		for _, r := range trace {
			if size, ok := sizes[r.ID]; ok && size != r.Size || r.Size < 1 || float64(r.Size) > spec.Sizes.Max {
				t.Fatalf("%s: object %d has sizes %d and %d", spec.Name, r.ID, size, r.Size)
			}
			sizes[r.ID] = r.Size
		}
		all := slices.Sorted(func(yield func(int64) bool) {
			for _, size := range sizes {
				if !yield(size) {
					return
				}
			}
		})
		if median := float64(all[len(all)/2]); math.Abs(median/spec.Sizes.Median-1) > 0.15 {
			t.Errorf("%s: median size %.0f, want %.0f", spec.Name, median, spec.Sizes.Median)
		}
		if s := Measure(trace, func(o Object) int64 { return o.Size }); spec.OneHit > 0 && float64(s.OneHit) < 0.9*spec.OneHit*float64(s.Requests) {
			t.Errorf("%s: %d of %d objects once", spec.Name, s.OneHit, s.Objects)
		}
	}
	// The first rank of Zipf's law with exponent 1 has one in the harmonic number of all requests.
	counts := map[uint64]int{}
	trace := Generate(Spec{Seed: 1, Requests: 100_000, Catalog: 1000, Alpha: 1, Sizes: SizeLaw{Median: 1, Max: 1}})
	for _, r := range trace {
		counts[r.ID]++
	}
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	if want := 100_000 / 7.485; math.Abs(float64(most)/want-1) > 0.05 {
		t.Errorf("the most popular object has %d requests, want %.0f", most, want)
	}
}

// Policies by hand: which of four requests hit in a cache of two objects.
func TestPeers(t *testing.T) {
	one := func(Object) int64 { return 1 }
	for name, c := range map[string]struct{ ids, hits string }{
		"LRU":     {"abaca", "001.1"},
		"FIFO":    {"abaca", "001.0"},
		"SIEVE":   {"abaca", "001.1"},
		"S3-FIFO": {"aaabcba", "0110001"},
	} {
		i := slices.IndexFunc(Peers(), func(m Maker) bool { return m.Name == name })
		p := Peers()[i].New(2, one)
		for n, x := range c.ids {
			hit := p.Access(Object{ID: uint64(x)})
			if want := c.hits[n]; want != '.' && hit != (want == '1') {
				t.Errorf("%s: request %d of %s: hit %v", name, n, c.ids, hit)
			}
		}
	}
}

// No policy holds more than it may, whatever is asked for.
func TestPeersStayWithinTheirBounds(t *testing.T) {
	trace := Generate(Specs(20_000)[6])
	cost := func(o Object) int64 { return o.Size + 100 }
	const capacity = 1 << 20
	for _, m := range Peers() {
		p := m.New(capacity, cost)
		r := Replay(trace, p)
		used := int64(0)
		switch p := p.(type) {
		case *lru:
			used = p.used
		case *queue:
			used = p.used
		case *s3fifo:
			used = p.small.used + p.main.used
		case *tinyLFU:
			used = int64(p.cache.WeightedSize())
		}
		if used > capacity || used < capacity/2 || r.Hits == 0 || r.Hits == r.Requests {
			t.Errorf("%s: %d bytes, %+v", m.Name, used, r)
		}
	}
}

// The short form of the published table: the cache loses to no peer clearly, in memory alone.
// Its eviction is partly random and behind, so the bound is wide.
func TestHitRatio(t *testing.T) {
	cost := InMemory()
	makers := append([]Maker{{"Warmfront", func(capacity int64, _ Cost) Policy { return NewStore(capacity, 0, "") }}}, Peers()...)
	table := &Table{Makers: makers, Shares: []float64{0.1}}
	for _, i := range []int{1, 6} {
		spec := Specs(5000)[i]
		spec.Sizes.Max = 256 << 10
		table.Add(spec.Name, Generate(spec), cost)
	}
	var b bytes.Buffer
	if err := table.Write(&b); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
	for _, row := range table.rows {
		ours := row.results[0]
		for i, peer := range row.results {
			if ours.ObjectRatio() < peer.ObjectRatio()-0.08 || ours.ByteRatio() < peer.ByteRatio()-0.12 {
				t.Errorf("%s: %.3f and %.3f of bytes, %s %.3f and %.3f", row.name, ours.ObjectRatio(), ours.ByteRatio(), makers[i].Name, peer.ObjectRatio(), peer.ByteRatio())
			}
		}
	}
}

// Memory over disk holds more than memory alone.
func TestDiskTierAdds(t *testing.T) {
	spec := Specs(3000)[1]
	spec.Sizes.Max = 256 << 10
	trace := Generate(spec)
	alone, over := NewStore(4<<20, 0, ""), NewStore(4<<20, 64<<20, t.TempDir())
	defer alone.Close()
	defer over.Close()
	a, b := Replay(trace, alone), Replay(trace, over)
	s := Measure(trace, OnDisk)
	if b.Hits <= a.Hits || b.Hits < int64(s.Requests-s.Objects)*9/10 {
		t.Errorf("memory %d hits, over disk %d of %d possible", a.Hits, b.Hits, s.Requests-s.Objects)
	}
}

package trace

import (
	"fmt"
	"io"
	"strings"
)

// Result counts a replay.
type Result struct {
	Requests, Hits   int64
	Bytes, HitsBytes int64
}

// ObjectRatio is the share of requests that were hits, ByteRatio of bytes.
func (r Result) ObjectRatio() float64 { return float64(r.Hits) / float64(max(r.Requests, 1)) }

// ByteRatio is the share of bytes that came from the cache.
func (r Result) ByteRatio() float64 { return float64(r.HitsBytes) / float64(max(r.Bytes, 1)) }

// Replay asks a policy for every request of a trace.
func Replay(trace []Request, p Policy) Result {
	var r Result
	timed, _ := p.(interface{ At(seconds int64) })
	for _, q := range trace {
		if timed != nil {
			timed.At(q.Time)
		}
		r.Requests++
		r.Bytes += q.Size
		if p.Access(q.Object) {
			r.Hits++
			r.HitsBytes += q.Size
		}
	}
	return r
}

// Table is the results of several makers at several shares of the footprint.
type Table struct {
	Makers []Maker
	Shares []float64 // of the footprint, such as 0.01
	rows   []row
}

type row struct {
	name    string
	share   float64
	results []Result // by maker
}

// Add replays one trace through everything.
func (t *Table) Add(name string, trace []Request, cost Cost) {
	shape := Measure(trace, cost)
	for _, share := range t.Shares {
		r := row{name: name, share: share}
		for _, m := range t.Makers {
			p := m.New(int64(share*float64(shape.Footprint)), cost)
			r.results = append(r.results, Replay(trace, p))
			if c, ok := p.(interface{ Close() }); ok {
				c.Close()
			}
		}
		t.rows = append(t.rows, r)
	}
}

// Write writes the table as Markdown: object and byte hit ratios in per cent, the best of the row
// in bold, and the mean of all rows.
func (t *Table) Write(w io.Writer) error {
	for _, kind := range []struct {
		title string
		ratio func(Result) float64
	}{{"object hit ratio, %", Result.ObjectRatio}, {"byte hit ratio, %", Result.ByteRatio}} {
		var b strings.Builder
		fmt.Fprintf(&b, "| %s | cache |", kind.title)
		for _, m := range t.Makers {
			fmt.Fprintf(&b, " %s |", m.Name)
		}
		b.WriteString("\n|---|---|" + strings.Repeat("---|", len(t.Makers)) + "\n")
		means := make([]float64, len(t.Makers))
		for _, r := range t.rows {
			values := make([]float64, len(r.results))
			for i, res := range r.results {
				values[i] = 100 * kind.ratio(res)
				means[i] += values[i] / float64(len(t.rows))
			}
			line(&b, r.name, fmt.Sprintf("%g %%", 100*r.share), values)
		}
		line(&b, "mean", "", means)
		if _, err := fmt.Fprintln(w, b.String()); err != nil {
			return err
		}
	}
	return nil
}

// line writes one row.
func line(b *strings.Builder, name, share string, values []float64) {
	best := 0.0
	for _, v := range values {
		best = max(best, v)
	}
	fmt.Fprintf(b, "| %s | %s |", name, share)
	for _, v := range values {
		if v > best-0.05 {
			fmt.Fprintf(b, " **%.1f** |", v)
		} else {
			fmt.Fprintf(b, " %.1f |", v)
		}
	}
	b.WriteString("\n")
}

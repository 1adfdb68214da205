package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// viewers is the row of many viewers that ask for one cold object at once.
func (e *exam) viewers(ctx context.Context) error {
	f, err := e.start(ctx, "viewers", nil, nil, "nginx", "Varnish", "Traffic Server")
	if err != nil {
		return err
	}
	defer f.stop()
	n := e.few(500, 10_000)
	section := e.report.section("Many viewers of one cold object")
	section.text("%d connected viewers ask at once for the same object of 1 MiB, which is not cached, over HTTP/1.1 in clear text. All compare every byte.", n)
	table := section.table("server", "origin requests", "viewers served right", "CPU s", "s in all", "peak memory, MiB", "memory before, MiB")
	cpu := chart{title: fmt.Sprintf("CPU time for %d viewers of one cold object", n), unit: "s"}
	var bars group
	for i, p := range f.peers {
		c, err := f.crowd(ctx, p, n, newObject("crowd", 1<<20, i))
		if err != nil {
			table.row(p.name, "failed: "+err.Error(), "", "", "", "", "")
			continue
		}
		table.row(p.name, fmt.Sprint(c.asked), fmt.Sprint(c.served), fmt.Sprintf("%.2f", c.cpu.Seconds()), fmt.Sprintf("%.2f", c.took.Seconds()),
			fmt.Sprint(c.peak>>20), fmt.Sprint(c.before>>20))
		bars.bars = append(bars.bars, bar{name: p.name, value: c.cpu.Seconds(), label: fmt.Sprintf("%.2f s, %d origin requests", c.cpu.Seconds(), c.asked)})
	}
	cpu.groups = []group{bars}
	section.chart(cpu)
	return section.write()
}

// crowded is what became of a crowd.
type crowded struct {
	asked, served int
	cpu, took     time.Duration
	peak, before  int64
}

func (f *field) crowd(ctx context.Context, p *peer, n int, o object) (c crowded, err error) {
	t, err := p.target(false, o.path)
	if err != nil {
		return c, err
	}
	crowd, err := load.HTTP1(ctx, t.Address, n, 0)
	if err != nil {
		return c, err
	}
	defer crowd.Close()
	if err := p.resetPeak(); err != nil {
		return c, err
	}
	if c.before, err = p.peak(); err != nil {
		return c, err
	}
	used, err := p.cpu()
	if err != nil {
		return c, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	asked, began := f.origin.Total(), time.Now()
	var served atomic.Int64
	failure := crowd.Each(func(_ int, v load.Viewer) error {
		resp, err := v.Get(ctx, t, func() {})
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 {
			return fmt.Errorf("%s", resp.Status)
		}
		if err = (&load.Check{Content: load.Content(o.size)}).All(resp.Body); err == nil {
			served.Add(1)
		}
		return err
	})
	if served.Load() == 0 {
		return c, failure
	}
	c.took, c.asked, c.served = time.Since(began), f.origin.Total()-asked, int(served.Load())
	now, err := p.cpu()
	if err != nil {
		return c, err
	}
	c.cpu = now - used
	c.peak, err = p.peak()
	return c, err
}

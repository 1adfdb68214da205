package main

import (
	"context"
	"fmt"
	"strings"
)

// h2Connections is how many viewer connections HTTP/2 is measured with.
const h2Connections = 8

// hits is the row of signed hits over HTTP/1.1, in clear text and over TLS.
func (e *exam) hits(ctx context.Context) error {
	var objects []object
	var list []scenario
	for _, size := range []int64{1 << 10, 4 << 10, 64 << 10, 1 << 20, 100 << 20} {
		o := newObject("hit", size, 0)
		objects = append(objects, o)
		connections := 32
		if size > 1<<20 {
			connections = 4
		}
		for _, secure := range []bool{false, true} {
			list = append(list, scenario{
				title: sizeName(size) + map[bool]string{false: "", true: ", TLS"}[secure], objects: []object{o}, secure: secure,
				pressure: pressure{duration: e.lasts, connections: connections},
			})
		}
	}
	// The largest object shall be a hit in memory where there is one.
	f, err := e.start(ctx, "hit", objects, []string{"--cache-bytes", "1073741824"})
	if err != nil {
		return err
	}
	defer f.stop()
	return f.race(ctx, "Signed hits over HTTP/1.1", "32 viewer connections, 4 for 100 MiB.", list)
}

// h2Hits is the row of signed hits over HTTP/2.
func (e *exam) h2Hits(ctx context.Context) error {
	var many []object
	for i := range 1000 {
		many = append(many, newObject("h2", 4<<10, i))
	}
	f, err := e.start(ctx, "h2", many, nil)
	if err != nil {
		return err
	}
	defer f.stop()
	var list []scenario
	for _, streams := range []int{16, 1} {
		for _, objects := range [][]object{many[:1], many} {
			urls := "one URL"
			if len(objects) > 1 {
				urls = fmt.Sprintf("%d URLs", len(objects))
			}
			list = append(list, scenario{
				title: fmt.Sprintf("4 KiB, %s, %s", map[int]string{1: "1 stream", 16: "16 streams"}[streams], urls), objects: objects, secure: true,
				pressure: pressure{duration: e.lasts, connections: h2Connections, streams: streams},
			})
		}
	}
	return f.race(ctx, "Signed hits over HTTP/2", fmt.Sprintf("%d viewer connections over TLS. With one URL the load generator repeats it, "+
		"as a player fetching ranges does; otherwise each of its requests is for another object, under its own signature.", h2Connections), list)
}

// race measures scenarios and writes table and plot of the row.
func (f *field) race(ctx context.Context, title, about string, list []scenario) error {
	section := f.report.section(title)
	section.text("%s Warmfront and nginx: %d interleaved rounds of %v; the others: %d. Less CPU time is better.", about, f.rounds, f.lasts, f.others)
	chart := chart{title: title + ": CPU time of a request, nginx = 1", unit: "× nginx"}
	table := section.table("", "server", "CPU µs a request", "requests/s", "MiB for a CPU second", "CPU, to nginx (95 % interval)")
	for _, s := range list {
		if !f.scenarios.MatchString(s.title) {
			continue
		}
		c, err := f.compare(ctx, s)
		if err != nil {
			return err
		}
		bars := group{name: s.title}
		for _, p := range c.peers {
			cpu, rate, bytes := c.medians(p)
			ratio := ""
			b := bar{name: p.name, label: fmt.Sprintf("%.1f µs", cpu)}
			if c.judged {
				b.value = cpu / first(c.medians(c.against))
				ratio = fmt.Sprintf("%.2f", b.value)
			}
			if c.judged && p == c.warmfront {
				b.value, b.low, b.top = c.ratio, c.low, c.top
				ratio = fmt.Sprintf("**%.3f** (%.3f–%.3f)", c.ratio, c.low, c.top)
			}
			table.row(s.title, p.name, fmt.Sprintf("%.2f", cpu), fmt.Sprintf("%.0f", rate), fmt.Sprintf("%.0f", bytes/(1<<20)), ratio)
			bars.bars = append(bars.bars, b)
		}
		for name, why := range c.failed {
			table.row(s.title, name, "failed: "+strings.ReplaceAll(why, "\n", " "), "", "", "")
		}
		chart.groups = append(chart.groups, bars)
	}
	section.chart(chart)
	return section.write()
}

// medians are CPU µs a request, requests a second and bytes for a second of CPU time.
func (c *series) medians(p *peer) (cpu, rate, bytes float64) {
	var a, b, d []float64
	for _, r := range c.runs[p] {
		a, b, d = append(a, float64(r.cpu.Nanoseconds())/1000), append(b, r.perSecond), append(d, r.bytesByCPU)
	}
	return median(a), median(b), median(d)
}

func first(a, _, _ float64) float64 { return a }

func sizeName(size int64) string {
	if size >= 1<<20 {
		return fmt.Sprintf("%d MiB", size>>20)
	}
	return fmt.Sprintf("%d KiB", size>>10)
}

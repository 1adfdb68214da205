package main

import (
	"context"
	"fmt"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// misses is the row of the time to the first byte of an object that is not cached, beside
// asking the origin itself, over connections that are kept.
func (e *exam) misses(ctx context.Context) error {
	f, err := e.start(ctx, "miss", nil, nil, "nginx", "Varnish", "Traffic Server")
	if err != nil {
		return err
	}
	defer f.stop()
	direct := &peer{name: "origin, directly", target: func(_ bool, path string) (load.Target, error) {
		address := fmt.Sprintf("127.0.0.1:%d", f.origin.Port)
		return load.Target{Scheme: "http", Address: address, Host: address, Path: path}, nil
	}}
	all := append([]*peer{direct}, f.peers...)
	times, err := f.firstBytes(ctx, all, e.few(50, 1000))
	if err != nil {
		return err
	}
	section := e.report.section("First byte on a miss")
	section.text("Each of %d objects of 64 KiB is asked for once at each server in turn, one request at a time, over HTTP/1.1 in clear text on a connection "+
		"that is kept. The time is from sending the request to the response's head.", len(times[direct]))
	table := section.table("server", "µs, median", "µs, 95 % interval of the median", "µs, 95th percentile", "over the origin, median")
	chart := chart{title: "Median time to the first byte of a miss", unit: "µs"}
	var bars group
	base := median(times[direct])
	for _, p := range all {
		m, low, top := medianInterval(times[p])
		table.row(p.name, fmt.Sprintf("%.0f", m), fmt.Sprintf("%.0f–%.0f", low, top), fmt.Sprintf("%.0f", quantile(times[p], 0.95)), fmt.Sprintf("%+.0f µs", m-base))
		bars.bars = append(bars.bars, bar{name: p.name, value: m, low: low, top: top, label: fmt.Sprintf("%.0f µs", m)})
	}
	chart.groups = []group{bars}
	section.chart(chart)
	return section.write()
}

// firstBytes asks every peer in turn for n new objects and returns the times in µs.
func (f *field) firstBytes(ctx context.Context, peers []*peer, n int) (map[*peer][]float64, error) {
	times, viewers := map[*peer][]float64{}, map[*peer]load.Viewer{}
	for _, p := range peers {
		t, err := p.target(false, "/")
		if err != nil {
			return nil, err
		}
		crowd, err := load.HTTP1(ctx, t.Address, 1, 0)
		if err != nil {
			return nil, err
		}
		defer crowd.Close()
		viewers[p] = crowd.Viewers[0]
	}
	for i := range n + 10 {
		for _, p := range peers {
			o := newObject("miss", 64<<10, i)
			took, err := firstByte(ctx, viewers[p], p, o)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			if i >= 10 { // connections to the origin are open by then
				times[p] = append(times[p], float64(took.Nanoseconds())/1000)
			}
		}
	}
	return times, nil
}

func firstByte(ctx context.Context, v load.Viewer, p *peer, o object) (time.Duration, error) {
	t, err := p.target(false, o.path)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	resp, err := v.Get(ctx, t, func() {})
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return 0, fmt.Errorf("%s for %s", resp.Status, t.Path)
	}
	return took, (&load.Check{Content: load.Content(o.size)}).All(resp.Body)
}

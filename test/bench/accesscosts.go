package main

import (
	"context"
	"fmt"

	"github.com/warmfront/warmfront/test/load"
)

// accessCosts are the runs of a case in pairs with plain hits.
type accessCosts struct {
	hit, cpu, rate []float64 // µs of a plain hit, and of the case; requests a second of the case
	ratio, more    []float64 // the case's µs to a plain hit's, and less a plain hit's
	rest           []float64 // less a verification alone, too
}

// besideHits runs a case and plain hits in turn, after a warm-up each.
func besideHits(plain, c *accessCase, rounds int, cost func(*accessCase) (run, error)) (*accessCosts, error) {
	out := &accessCosts{}
	for round := -1; round < rounds; round++ {
		order := []*accessCase{plain, c}
		if round%2 == 1 {
			order = []*accessCase{c, plain}
		}
		got, before := map[*accessCase]run{}, len(c.alone)
		for _, one := range order {
			r, err := cost(one)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", one.name, err)
			}
			got[one] = r
		}
		if round < 0 {
			continue
		}
		hit, cpu := microseconds(got[plain].cpu), microseconds(got[c].cpu)
		out.hit, out.cpu, out.rate = append(out.hit, hit), append(out.cpu, cpu), append(out.rate, got[c].perSecond)
		out.ratio, out.more = append(out.ratio, cpu/hit), append(out.more, cpu-hit)
		if alone := c.alone[before:]; len(alone) > 0 {
			out.rest = append(out.rest, cpu-hit-median(alone))
		}
	}
	return out, nil
}

// pacedAccess compares each case with plain hits at a moderate pace.
func (f *field) pacedAccess(ctx context.Context, section *section, cases []*accessCase) error {
	section.text("At %d requests a second over %d connections, so that nobody waits: %d interleaved pairs of %d requests of the kind and as many plain hits. "+
		"A verification alone is timed in the load generator, signature by signature, without any request.", accessPace, accessConnections, f.rounds, accessRequests)
	table := section.table("request", "CPU µs", "to a plain hit (95 % interval)", "µs more than a hit", "of that, a verification alone", "everything else (95 % interval)")
	chart := chart{title: "Signatures and revocations: CPU time of a request, plain hit = 1", unit: "× plain hit"}
	var hits []float64
	for _, c := range cases[1:] {
		costs, err := besideHits(cases[0], c, f.rounds, func(one *accessCase) (run, error) {
			s := one.next(accessRequests)
			s.rate = accessPace
			return f.cost(ctx, &one.server.peer, s)
		})
		if err != nil {
			return err
		}
		hits = append(hits, costs.hit...)
		ratio, low, top := medianInterval(costs.ratio)
		alone, rest := "", ""
		if len(costs.rest) > 0 {
			m, from, to := medianInterval(costs.rest)
			alone, rest = fmt.Sprintf("%.1f", median(c.alone)), fmt.Sprintf("%.1f (%.1f to %.1f)", m, from, to)
		}
		cpu := median(costs.cpu)
		table.row(c.name, fmt.Sprintf("%.1f", cpu), fmt.Sprintf("**%.2f** (%.2f–%.2f)", ratio, low, top), fmt.Sprintf("%.1f", median(costs.more)), alone, rest)
		chart.groups = append(chart.groups, group{name: c.name, bars: []bar{{name: "Warmfront", label: fmt.Sprintf("%.1f µs", cpu), value: ratio, low: low, top: top}}})
	}
	table.row(cases[0].name, fmt.Sprintf("%.1f", median(hits)), "1", "", "", "")
	section.chart(chart)
	return nil
}

// fullAccess compares each case with plain hits when the core does nothing else.
func (f *field) fullAccess(ctx context.Context, section *section, cases []*accessCase, size int64) error {
	section.text("As many as the core can do: hits from 32 connections, requests seen for the first time from %d, which wait for their turns.", accessConnections)
	table := section.table("request", "requests/s", "CPU µs", "to a plain hit (95 % interval)")
	for _, c := range cases[1:] {
		rounds := f.rounds
		if c.signed {
			rounds = f.others
		}
		costs, err := besideHits(cases[0], c, rounds, func(one *accessCase) (run, error) {
			if one.signed {
				return f.cost(ctx, &one.server.peer, one.next(accessRequests))
			}
			hit := scenario{objects: []object{{size: size}}, pressure: pressure{duration: f.lasts, connections: 32}}
			return f.measure(ctx, &one.server.peer, []load.Target{one.next(1).target}, hit)
		})
		if err != nil {
			return err
		}
		ratio, low, top := medianInterval(costs.ratio)
		table.row(c.name, fmt.Sprintf("%.0f", median(costs.rate)), fmt.Sprintf("%.1f", median(costs.cpu)), fmt.Sprintf("**%.2f** (%.2f–%.2f)", ratio, low, top))
	}
	return nil
}

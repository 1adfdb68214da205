package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// load is what the load generator does in one run.
type load struct {
	duration    time.Duration
	connections int
}

// sample is one run against one peer.
type sample struct {
	requests       int
	cpuPerRequest  time.Duration
	requestsPerSec float64
}

// comparison is a series of interleaved pairs of runs.
type comparison struct {
	scenario         scenario
	a, b             *peer
	load             load
	samplesA         []sample
	samplesB         []sample
	median, low, top float64 // ratio of CPU per request, a over b
}

// compare runs pairs in turn, changing who begins, after one warm-up run each.
func compare(ctx context.Context, s scenario, a, b *peer, l load, rounds int) (*comparison, error) {
	c := &comparison{scenario: s, a: a, b: b, load: l}
	for _, p := range []*peer{a, b} {
		if _, err := measure(ctx, p, s, l); err != nil {
			return nil, err
		}
	}
	var ratios []float64
	for round := range rounds {
		order := []*peer{a, b}
		if round%2 == 1 {
			order = []*peer{b, a}
		}
		pair := map[*peer]sample{}
		for _, p := range order {
			run, err := measure(ctx, p, s, l)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			pair[p] = run
		}
		c.samplesA, c.samplesB = append(c.samplesA, pair[a]), append(c.samplesB, pair[b])
		ratios = append(ratios, float64(pair[a].cpuPerRequest)/float64(pair[b].cpuPerRequest))
	}
	c.median, c.low, c.top = medianInterval(ratios)
	return c, nil
}

var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
	wrkRate     = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkErrors   = regexp.MustCompile(`(?m)^\s*(Non-2xx or 3xx responses.*|Socket errors.*)$`)
)

// measure loads p once and takes its CPU time per request.
func measure(ctx context.Context, p *peer, s scenario, l load) (sample, error) {
	generate := wrk
	if s.streams > 0 {
		generate = h2load
	}
	before, err := p.cpu()
	if err != nil {
		return sample{}, err
	}
	requests, perSec, err := generate(ctx, p.targets[s], s, l)
	if err != nil {
		return sample{}, err
	}
	after, err := p.cpu()
	if err != nil {
		return sample{}, err
	}
	return sample{requests: requests, cpuPerRequest: (after - before) / time.Duration(requests), requestsPerSec: perSec}, nil
}

// wrk loads t over HTTP/1.1 and returns how many requests were answered, and how many a second.
func wrk(ctx context.Context, t target, _ scenario, l load) (int, float64, error) {
	cmd := exec.CommandContext(ctx, "taskset", "-c", loadCore, "wrk", "-t", "1", "-c", strconv.Itoa(l.connections),
		"-d", fmt.Sprintf("%ds", int(l.duration.Seconds())), "-H", "Host: "+t.host, t.url)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("wrk: %w: %s", err, out)
	}
	if bad := wrkErrors.Find(out); bad != nil {
		return 0, 0, fmt.Errorf("wrk saw %s", strings.TrimSpace(string(bad)))
	}
	return totals("wrk", out, wrkRequests, wrkRate)
}

// totals finds the number of requests, which is not 0, and their rate in a generator's output.
func totals(name string, out []byte, requests, rate *regexp.Regexp) (int, float64, error) {
	n, perSec := requests.FindSubmatch(out), rate.FindSubmatch(out)
	if n == nil || perSec == nil {
		return 0, 0, fmt.Errorf("%s printed no totals: %s", name, out)
	}
	count, err := strconv.Atoi(string(n[1]))
	if err != nil || count == 0 {
		return 0, 0, fmt.Errorf("%s made %s requests", name, n[1])
	}
	r, err := strconv.ParseFloat(string(perSec[1]), 64)
	return count, r, err
}

// medianInterval is the median with its 95 % interval by order statistics (the sign test),
// which assumes nothing of the distribution.
func medianInterval(values []float64) (median, low, top float64) {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	median = (v[(n-1)/2] + v[n/2]) / 2
	// The largest k with P(Binomial(n, 1/2) < k) <= 2.5 %; the interval is v[k-1]..v[n-k].
	p, cumulative, k := 1.0, 0.0, 0
	for range n {
		p /= 2
	}
	for cumulative+p <= 0.025 {
		cumulative += p
		k++
		p = p * float64(n-k+1) / float64(k)
	}
	k = max(k, 1)
	return median, v[k-1], v[n-k]
}

func (c *comparison) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %v\n\n", c.scenario)
	fmt.Fprintf(&b, "%d interleaved pairs of %v, %d connections, server on core %s, load generator on core %s\n\n",
		len(c.samplesA), c.load.duration, c.load.connections, serverCore, loadCore)
	b.WriteString("| server | CPU µs per request (median) | requests/s (median) |\n|---|---|---|\n")
	for _, row := range []struct {
		p *peer
		s []sample
	}{{c.a, c.samplesA}, {c.b, c.samplesB}} {
		var cpu, rate []float64
		for _, s := range row.s {
			cpu, rate = append(cpu, float64(s.cpuPerRequest.Nanoseconds())/1000), append(rate, s.requestsPerSec)
		}
		cpuMedian, _, _ := medianInterval(cpu)
		rateMedian, _, _ := medianInterval(rate)
		fmt.Fprintf(&b, "| %s (%s) | %.2f | %.0f |\n", row.p.name, row.p.version, cpuMedian, rateMedian)
	}
	fmt.Fprintf(&b, "\nCPU per request, %s / %s: **%.3f** (95 %% interval %.3f–%.3f)\n", c.a.name, c.b.name, c.median, c.low, c.top)
	return b.String()
}

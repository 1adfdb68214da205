package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// scenario is one kind of request under load.
type scenario struct {
	title   string
	objects []object // asked for at random, or in turn over HTTP/2
	secure  bool
	pressure
}

// errNothing means that the machine had no time for the run: it is repeated.
var errNothing = errors.New("nothing was answered")

// run is one run against one peer.
type run struct {
	cpu        time.Duration // for each request, or for the share of one that was transferred
	perSecond  float64       // requests
	bytesByCPU float64       // for each second of CPU time
}

// series is the runs of a scenario.
type series struct {
	scenario
	peers              []*peer // that took part
	runs               map[*peer][]run
	ratio, low, top    float64 // CPU time of a request, Warmfront's over nginx's
	judged             bool    // nginx took part
	failed             map[string]string
	warmfront, against *peer
}

// compare runs interleaved rounds, changing who begins, after a warm-up run each.
func (f *field) compare(ctx context.Context, s scenario) (*series, error) {
	c := &series{scenario: s, runs: map[*peer][]run{}, failed: map[string]string{}, warmfront: &f.warmfront.peer, against: f.nginx()}
	targets := map[*peer][]load.Target{}
	for _, p := range f.peers {
		if s.secure && !p.tls || s.streams > 0 && !p.h2 {
			continue
		}
		list, err := f.warm(ctx, p, s)
		if err != nil && p == c.warmfront {
			return nil, fmt.Errorf("%s: Warmfront: %w", s.title, err)
		}
		if err != nil {
			c.failed[p.name] = err.Error()
			continue
		}
		targets[p], c.peers = list, append(c.peers, p)
	}
	for round := -1; round < f.rounds; round++ { // the first warms up
		order := c.peers
		if round%2 == 1 {
			order = reversed(order)
		}
		for _, p := range order {
			judged := p == c.warmfront || p == c.against
			if !judged && (round >= f.others || c.failed[p.name] != "") {
				continue
			}
			r, err := f.measure(ctx, p, targets[p], s)
			for again := 0; again < 3 && errors.Is(err, errNothing); again++ {
				r, err = f.measure(ctx, p, targets[p], s)
			}
			if err != nil && !judged {
				c.failed[p.name] = err.Error()
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", s.title, p.name, err)
			}
			if round >= 0 {
				c.runs[p] = append(c.runs[p], r)
			}
		}
	}
	c.peers = slices.DeleteFunc(c.peers, func(p *peer) bool { return c.failed[p.name] != "" })
	c.judge()
	return c, nil
}

// warm signs the targets and fetches each once; the first is checked.
func (f *field) warm(ctx context.Context, p *peer, s scenario) ([]load.Target, error) {
	var list []load.Target
	for i, o := range s.objects {
		if i == 0 {
			if err := p.check(ctx, f.origin, s.secure, o.path, o.size); err != nil {
				return nil, err
			}
		}
		t, err := p.target(s.secure, o.path)
		if err != nil {
			return nil, err
		}
		if err := fetch(ctx, t, o.size); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// measure loads p once. Of large objects the share of requests counts that was transferred,
// since few end within a run.
func (f *field) measure(ctx context.Context, p *peer, targets []load.Target, s scenario) (run, error) {
	generate := wrk
	if s.streams > 0 {
		generate = h2load
	}
	before, err := p.cpu()
	if err != nil {
		return run{}, err
	}
	o, err := generate(ctx, f.dir, targets, s.pressure)
	if err != nil {
		return run{}, err
	}
	after, err := p.cpu()
	if err != nil {
		return run{}, err
	}
	size := float64(s.objects[0].size)
	requests := float64(o.requests)
	if size >= 1<<20 {
		requests = float64(o.bytes) / size
	}
	if requests == 0 {
		return run{}, errNothing
	}
	used := max(after-before, 10*time.Millisecond) // the kernel's grain
	return run{
		cpu: time.Duration(float64(used) / requests), perSecond: requests / o.elapsed.Seconds(), bytesByCPU: requests * size / used.Seconds(),
	}, nil
}

// judge computes the ratio of the pairs.
func (c *series) judge() {
	var ratios []float64
	if c.against != nil {
		for i, b := range c.runs[c.against] {
			ratios = append(ratios, float64(c.runs[c.warmfront][i].cpu)/float64(b.cpu))
		}
	}
	if len(ratios) > 0 {
		c.ratio, c.low, c.top = medianInterval(ratios)
		c.judged = true
	}
}

func reversed(peers []*peer) []*peer {
	list := make([]*peer, len(peers))
	for i, p := range peers {
		list[len(peers)-1-i] = p
	}
	return list
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// forgery is the row of hits and new viewers under a flood of forged signatures.
type forgery struct {
	f         *field
	hit, wild load.Target
	fresh     []load.Target // signed, not yet seen
	used      int

	hits, capacity float64 // offered hits, and verifications the server can do, a second
}

// forged is the row of forged signatures: what one costs, and what a flood of them does to
// everybody else.
func (e *exam) forged(ctx context.Context) error {
	o := newObject("forged", 4<<10, 0)
	f, err := e.start(ctx, "forged", []object{o}, nil, "none")
	if err != nil {
		return err
	}
	defer f.stop()
	y := &forgery{f: f}
	if err := y.prepare(o.path); err != nil {
		return err
	}
	section := e.report.section("Forged signatures")
	section.text("RSA-2048, SHA-1, 4 KiB over HTTP/1.1 in clear text; server on one core. Every forged request is new, has a policy that would admit it and is to be verified.")
	costs := section.table("request", "requests/s", "CPU µs a request")
	var got [3]run
	for i, k := range []struct {
		name string
		s    stream
	}{{"hit, signature remembered", y.known(0)}, {"first seen, admitted", y.news(0, 900)}, {"first seen, forged", y.forgeries(0)}} {
		if got[i], err = f.cost(ctx, &f.warmfront.peer, k.s); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		costs.row(k.name, fmt.Sprintf("%.0f", got[i].perSecond), fmt.Sprintf("%.1f", microseconds(got[i].cpu)))
	}
	y.hits, y.capacity = 0.4*got[0].perSecond, got[2].perSecond
	section.text("Hits are offered at a fixed %.0f a second from 32 connections, which takes %.0f %% of the core; 50 new viewers a second come from 16 networks (/24); forged requests are offered at a share of "+
		"%.0f a second, which is all that the server can refuse doing nothing else, over 256 connections from 8 other networks: with all of them more is asked than the core can do. An offered request that finds every "+
		"connection waiting for 10 ms is lost. What the hits keep is their answers to those of the runs without a flood before and after. Medians of %d rounds of %v.",
		y.hits, 100*y.hits*got[0].cpu.Seconds(), y.capacity, y.rounds(), f.lasts)
	if err := y.flood(ctx, section); err != nil {
		return err
	}
	return section.write()
}

func (y *forgery) rounds() int { return y.f.few(1, 9) }

func (y *forgery) prepare(path string) (err error) {
	site := y.f.warmfront.site
	if y.hit, err = site.Target(false, path); err != nil {
		return err
	}
	wild, err := site.Targets(false, "/")
	if err != nil {
		return err
	}
	y.wild = wild(path)
	for i := range y.f.few(1500, 5000) {
		t, err := site.Target(false, fmt.Sprintf("%s?viewer=%d", path, i))
		if err != nil {
			return err
		}
		y.fresh = append(y.fresh, t)
	}
	return nil
}

// known are hits whose signature is remembered.
func (y *forgery) known(rate float64) stream {
	return stream{target: y.hit, rate: rate, networks: viewersFrom(1, 32, 4)}
}

// forgeries change the signature each time.
func (y *forgery) forgeries(rate float64) stream {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
	head, tail, _ := strings.Cut(y.wild.Path, "Signature=")
	return stream{target: y.wild, rate: rate, networks: viewersFrom(2, 256, 8), status: 403, request: func(n int) []byte {
		var number [6]byte
		for i := range number {
			number[i] = digits[n>>(5*i)&31]
		}
		return plainRequest(y.wild, head+"Signature="+tail[:20]+string(number[:])+tail[26:])
	}}
}

// news are new viewers' first requests; each is used once in the whole row.
func (y *forgery) news(rate float64, count int) stream {
	from := y.used
	if y.used += count; y.used > len(y.fresh) {
		return stream{failed: errors.New("all signatures have been seen")}
	}
	return stream{target: y.hit, rate: rate, count: count, networks: viewersFrom(3, 16, 16), request: func(n int) []byte {
		t := y.fresh[from+n]
		return plainRequest(t, t.Path)
	}}
}

// flooded is what became of everybody under floods of one strength, in all rounds.
type flooded struct {
	rates, kept, p99, busy []float64 // of hits; and % of the core that the server had
	refused, full          []float64 // forged requests answered in a second, and 503s among them
	newP99                 []float64
	admitted, came         int
}

// flood measures hits and new viewers under floods of several strengths.
func (y *forgery) flood(ctx context.Context, section *section) error {
	shares := []float64{0, 0.25, 0.5, 1}
	all := make([]flooded, len(shares))
	for range y.rounds() {
		before, err := y.free(ctx)
		if err != nil {
			return err
		}
		for i, share := range shares {
			got, busy, err := y.under(ctx, share)
			if err != nil {
				return err
			}
			after, err := y.free(ctx)
			if err != nil {
				return err
			}
			all[i].add(got, (before+after)/2, y.f.lasts.Seconds())
			all[i].busy = append(all[i].busy, busy)
			before = after
		}
	}
	table := section.table("forged, % of capacity", "hits/s", "hits kept", "worst round", "hit p99, ms", "forged answered/s", "of those 503", "new viewers admitted", "new viewer p99, ms", "server's share of the core")
	bars := group{}
	for i, share := range shares {
		r := &all[i]
		kept, low, top := medianInterval(r.kept)
		table.row(fmt.Sprintf("%.0f", 100*share), fmt.Sprintf("%.0f", median(r.rates)), fmt.Sprintf("**%.1f %%**", kept), fmt.Sprintf("%.1f %%", quantile(r.kept, 0)), fmt.Sprintf("%.2f", median(r.p99)),
			fmt.Sprintf("%.0f", median(r.refused)), fmt.Sprintf("%.0f", median(r.full)), fmt.Sprintf("%d of %d", r.admitted, r.came), fmt.Sprintf("%.2f", median(r.newP99)), fmt.Sprintf("%.0f %%", median(r.busy)))
		bars.bars = append(bars.bars, bar{name: fmt.Sprintf("forged at %.0f %%", 100*share), value: kept, low: low, top: top, label: fmt.Sprintf("%.1f %%", kept)})
	}
	section.chart(chart{title: "Hits that are kept under a flood of forged signatures", unit: "%", groups: []group{bars}})
	return nil
}

// free is how many hits a second are answered without a flood.
func (y *forgery) free(ctx context.Context) (float64, error) {
	got := y.together(ctx, y.known(y.hits))[0]
	return float64(got.statuses[200]) / y.f.lasts.Seconds(), got.err
}

// under runs hits, new viewers and, unless share is zero, a flood side by side, and tells the
// percentage of the core that the server had.
func (y *forgery) under(ctx context.Context, share float64) (got []*streamed, busy float64, err error) {
	streams := []stream{y.known(y.hits), y.news(50, int(50*y.f.lasts.Seconds()))}
	if share > 0 {
		streams = append(streams, y.forgeries(share*y.capacity))
	}
	if streams[1].failed != nil {
		return nil, 0, streams[1].failed
	}
	before, err := y.f.warmfront.cpu()
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	got = y.together(ctx, streams...)
	took := time.Since(began)
	after, err := y.f.warmfront.cpu()
	return got, 100 * (after - before).Seconds() / took.Seconds(), errors.Join(err, got[0].err, got[1].err)
}

// together runs streams side by side.
func (y *forgery) together(ctx context.Context, streams ...stream) []*streamed {
	ctx, cancel := context.WithTimeout(ctx, y.f.lasts)
	defer cancel()
	out := make([]*streamed, len(streams))
	var wg sync.WaitGroup
	for i, s := range streams {
		wg.Go(func() { out[i] = s.run(ctx) })
	}
	wg.Wait()
	return out
}

// add notes a round in which so many hits a second would have been answered without a flood.
func (r *flooded) add(got []*streamed, free, seconds float64) {
	hits, news := got[0], got[1]
	rate := float64(hits.statuses[200]) / seconds
	r.rates, r.kept = append(r.rates, rate), append(r.kept, 100*rate/free)
	r.p99 = append(r.p99, quantile(append(hits.latencies, 0), 0.99))
	r.newP99 = append(r.newP99, quantile(append(news.latencies, 0), 0.99))
	r.admitted, r.came = r.admitted+news.statuses[200], r.came+news.offered
	forged := &streamed{}
	if len(got) > 2 {
		forged = got[2]
	}
	r.refused, r.full = append(r.refused, float64(forged.answered())/seconds), append(r.full, float64(forged.statuses[503])/seconds)
}

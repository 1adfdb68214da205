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
	f              *field
	hit, wild      load.Target
	fresh          []load.Target // signed, not yet seen
	used           int
	capacity, most float64 // verifications a second; hits a second
}

// forged is the row of forged signatures: what a signature costs, and what a flood of false ones
// does to everybody else.
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
	for _, k := range []struct {
		name string
		s    stream
		rate *float64
	}{
		{"hit, signature remembered", y.hits(0), &y.most}, {"first seen, admitted", y.news(3000), nil}, {"first seen, forged", y.forgeries(0), &y.capacity},
	} {
		rate, cpu, err := y.alone(ctx, k.s)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		if k.rate != nil {
			*k.rate = rate
		}
		costs.row(k.name, fmt.Sprintf("%.0f", rate), fmt.Sprintf("%.1f", cpu))
	}
	section.text("Hits are offered at a fixed %.0f a second (40 %% of what the server can), from 32 connections; forged requests at a share of %.0f a second, which is all the server "+
		"can refuse doing nothing else, over 256 connections from 8 networks (/24); 50 new viewers a second come from 16 other networks. Together this is more than one core can do: what the hits keep is their "+
		"answers a second to those without a flood. Medians of %d rounds.", 0.4*y.most, y.capacity, e.few(1, 5))
	if err := y.flood(ctx, section); err != nil {
		return err
	}
	return section.write()
}

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
	for i := range y.f.few(1500, 3500) {
		t, err := site.Target(false, fmt.Sprintf("%s?viewer=%d", path, i))
		if err != nil {
			return err
		}
		y.fresh = append(y.fresh, t)
	}
	return nil
}

func (y *forgery) hits(rate float64) stream {
	return stream{target: y.hit, rate: rate, networks: viewersFrom(1, 32, 4)}
}

// forgeries change the signature each time.
func (y *forgery) forgeries(rate float64) stream {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
	head, tail, _ := strings.Cut(y.wild.Path, "Signature=")
	return stream{target: y.wild, rate: rate, networks: viewersFrom(2, 256, 8), request: func(n int) []byte {
		var number [6]byte
		for i := range number {
			number[i] = digits[n>>(5*i)&31]
		}
		return plainRequest(y.wild, head+"Signature="+tail[:20]+string(number[:])+tail[26:])
	}}
}

// news are new viewers' first requests; each is used once in the whole row.
func (y *forgery) news(rate float64) stream {
	from := y.used
	return stream{target: y.hit, rate: rate, networks: viewersFrom(3, 16, 16), request: func(n int) []byte {
		t := y.fresh[(from+n)%len(y.fresh)]
		return plainRequest(t, t.Path)
	}}
}

// alone measures one kind of request without others.
func (y *forgery) alone(ctx context.Context, s stream) (rate, cpu float64, err error) {
	lasts := y.f.lasts
	if s.request != nil && s.target == y.hit {
		lasts = 300 * time.Millisecond // before those not seen are used up
	}
	before, err := y.f.warmfront.cpu()
	if err != nil {
		return 0, 0, err
	}
	got := y.together(ctx, lasts, s)[0]
	if s.request != nil && s.target == y.hit {
		y.used += got.offered
	}
	after, err := y.f.warmfront.cpu()
	n := got.answered()
	if err = errors.Join(err, got.err); err != nil || n == 0 {
		return 0, 0, errors.Join(errors.New("nothing was answered"), err)
	}
	return float64(n) / lasts.Seconds(), float64((after - before).Microseconds()) / float64(n), nil
}

// together runs streams side by side.
func (y *forgery) together(ctx context.Context, lasts time.Duration, streams ...stream) []*streamed {
	ctx, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	out := make([]*streamed, len(streams))
	var wg sync.WaitGroup
	for i, s := range streams {
		wg.Go(func() { out[i] = s.run(ctx) })
	}
	wg.Wait()
	return out
}

// flood measures hits and new viewers under floods of several strengths.
func (y *forgery) flood(ctx context.Context, section *section) error {
	table := section.table("forged, % of capacity", "hits/s", "hits kept", "hit p99, ms", "forged answered/s", "of those 503", "new viewers admitted", "new viewer p99, ms")
	for _, share := range []float64{0, 0.25, 0.5, 1} {
		var rates, kept, p99, refused, full, newP99 []float64
		admitted, came := 0, 0
		for range y.f.few(1, 5) {
			free := y.together(ctx, y.f.lasts, y.hits(0.4*y.most))[0]
			streams := []stream{y.hits(0.4 * y.most), y.news(50)}
			if share > 0 {
				streams = append(streams, y.forgeries(share*y.capacity))
			}
			got := y.together(ctx, y.f.lasts, streams...)
			if err := errors.Join(free.err, got[0].err, got[1].err); err != nil {
				return err
			}
			if y.used += got[1].offered; y.used > len(y.fresh) {
				return errors.New("all signatures have been seen")
			}
			seconds := y.f.lasts.Seconds()
			rates = append(rates, float64(got[0].statuses[200])/seconds)
			kept = append(kept, 100*float64(got[0].statuses[200])/float64(free.statuses[200]))
			p99 = append(p99, quantile(append(got[0].latencies, 0), 0.99))
			newP99 = append(newP99, quantile(append(got[1].latencies, 0), 0.99))
			admitted, came = admitted+got[1].statuses[200], came+got[1].offered
			if share > 0 {
				refused, full = append(refused, float64(got[2].answered())/seconds), append(full, float64(got[2].statuses[503])/seconds)
			}
		}
		refused, full = append(refused, 0)[:max(1, len(refused))], append(full, 0)[:max(1, len(full))]
		table.row(fmt.Sprintf("%.0f", 100*share), fmt.Sprintf("%.0f", median(rates)), fmt.Sprintf("**%.1f %%**", median(kept)), fmt.Sprintf("%.2f", median(p99)),
			fmt.Sprintf("%.0f", median(refused)), fmt.Sprintf("%.0f", median(full)), fmt.Sprintf("%d of %d", admitted, came), fmt.Sprintf("%.2f", median(newP99)))
	}
	return nil
}

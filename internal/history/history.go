// Package history tells what edges did before the hour that they keep themselves: it asks a
// Prometheus server that scrapes them, and asks questions of its own making only.
package history

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/warmfront/warmfront/internal/metrics"
)

const (
	// patience is how long the server may take for one overview.
	patience = 10 * time.Second
	// readers is how many overviews are read at once; others wait for their turn.
	readers = 2
	// questions is how many questions of one overview are under way at once.
	questions = 4
)

// ErrDistribution says that something is no id of a distribution.
var ErrDistribution = errors.New("not the id of a distribution")

// distributionID also fits the ids of metrics.None and metrics.Other.
var distributionID = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)

// Span is a time that can be looked back on, in steps.
type Span struct {
	Name string
	Long time.Duration
	Step time.Duration // holds two scrapes at least: the hour needs them every half minute
}

// Spans are all there are, the shortest first.
func Spans() []Span {
	return []Span{
		{"1h", time.Hour, time.Minute},
		{"6h", 6 * time.Hour, 5 * time.Minute},
		{"24h", 24 * time.Hour, 15 * time.Minute},
		{"7d", 7 * 24 * time.Hour, 2 * time.Hour},
	}
}

// Reader reads overviews from one Prometheus server. Safe for concurrent use.
type Reader struct {
	base     *url.URL
	client   *http.Client
	measures []measure
	turns    chan struct{}
}

// New returns a Reader of the server at an http or https URL, which may have a path, and a user
// and password. refusals are the reasons at the indexes of metrics.Point.Refusals.
func New(server *url.URL, refusals []string) *Reader {
	return &Reader{
		base: server, measures: measures(refusals), turns: make(chan struct{}, readers),
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: readers * questions, IdleConnTimeout: time.Minute},
			// Another server than the one that was set is never asked.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Overview is what all edges did in the span that ends now, to one distribution or, with the id
// "", to all. Counts are estimates, as Prometheus makes them from scrapes. The error is
// ErrDistribution for what is no id, else the server's.
func (r *Reader) Overview(ctx context.Context, now time.Time, s Span, distribution string) (*metrics.Overview, error) {
	if distribution != "" && !distributionID.MatchString(distribution) {
		return nil, fmt.Errorf("%w: %q", ErrDistribution, distribution)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case r.turns <- struct{}{}:
		defer func() { <-r.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	steps, shares, err := r.read(ctx, now, s, distribution)
	if err != nil {
		return nil, err
	}
	return overview(steps, shares), nil
}

// read asks for every measure by steps, and by distributions over the whole span.
func (r *Reader) read(ctx context.Context, now time.Time, s Span, distribution string) (steps, shares []series, err error) {
	last := now.Truncate(s.Step)
	if last.Before(now) {
		last = last.Add(s.Step)
	}
	byStep, byDistribution := make([][]series, len(r.measures)), make([][]series, len(r.measures))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(questions)
	for i, m := range r.measures {
		g.Go(func() (err error) {
			byStep[i], err = r.ask(ctx, m, url.Values{
				"query": {m.query(s.Step, distribution)},
				"start": {stamp(last.Add(s.Step - s.Long))}, "end": {stamp(last)}, "step": {seconds(s.Step)},
			})
			return err
		})
		g.Go(func() (err error) {
			byDistribution[i], err = r.ask(ctx, m, url.Values{"query": {m.query(s.Long, "", "distribution")}, "time": {stamp(now)}})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	steps, shares = slices.Concat(byStep...), slices.Concat(byDistribution...)
	for i := range steps {
		for j := range steps[i].samples {
			at := &steps[i].samples[j].at
			*at = at.Add(-s.Step) // a step is named by its begin
		}
	}
	return steps, shares, nil
}

package opsapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/metrics"
)

// Edge is what the door shows of the edge of its own process.
type Edge struct {
	ID, POP string
	Metrics *metrics.Recorder
	Tails   Tails
	History History // nil: only the last hour is known
}

// sums is the JSON form of what happened in some time.
type sums struct {
	Requests map[string]uint64 `json:"requests"` // by result type
	Classes  map[string]uint64 `json:"classes"`  // by class of the status
	Bytes    uint64            `json:"bytes"`
	Received uint64            `json:"bytesReceived"`
	HitRatio *float64          `json:"hitRatio"` // null without requests that could hit
	Latency  *latency          `json:"latency"`  // null without requests
	Origin   originSums        `json:"origin"`
	Refusals map[string]uint64 `json:"refusals"` // by reason
}

// latency is in milliseconds.
type latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
}

type originSums struct {
	Requests uint64 `json:"requests"`
	Errors   uint64 `json:"errors"`
}

type point struct {
	At time.Time `json:"at"`
	sums
}

type distributionSums struct {
	ID string `json:"id"`
	sums
}

type edgeName struct {
	ID  string `json:"id"`
	POP string `json:"pop"`
}

type overview struct {
	Now           time.Time          `json:"now"`
	StepSeconds   int                `json:"stepSeconds"`
	Edge          *edgeName          `json:"edge,omitempty"` // nil: all of them
	Distribution  string             `json:"distribution"`
	Total         sums               `json:"total"`
	Points        []point            `json:"points"`
	Distributions []distributionSums `json:"distributions"`
}

func getOverview(c *call) (int, any, error) {
	if err := c.onlyParameters("since", "distribution", "span"); err != nil {
		return 0, nil, err
	}
	if c.query.Has("span") {
		return getHistory(c)
	}
	var since time.Time
	if text := c.query.Get("since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return 0, nil, cloudfront.Errorf("InvalidArgument", "The parameter since is not a time such as 2026-01-02T03:04:05Z: %q.", text)
		}
	}
	e := c.door.o.Edge
	if e == nil {
		return 0, nil, noEdge()
	}
	now := c.door.o.Real()
	o := e.Metrics.Overview(now, since, c.query.Get("distribution"))
	out := c.showOverview(o, now, metrics.Step, e.Metrics.RefusalNames())
	out.Edge = &edgeName{e.ID, e.POP}
	return http.StatusOK, out, nil
}

func (c *call) showOverview(o *metrics.Overview, now time.Time, step time.Duration, refusals []string) *overview {
	out := &overview{
		Now: now.UTC().Round(0), StepSeconds: int(step / time.Second), Distribution: c.query.Get("distribution"),
		Total: showSums(&o.Total, refusals), Points: make([]point, len(o.Points)), Distributions: make([]distributionSums, len(o.Distributions)),
	}
	for i := range o.Points {
		out.Points[i] = point{o.Points[i].At.UTC(), showSums(&o.Points[i], refusals)}
	}
	for i := range o.Distributions {
		out.Distributions[i] = distributionSums{o.Distributions[i].ID, showSums(&o.Distributions[i].Point, refusals)}
	}
	return out
}

func noEdge() error {
	return cloudfront.Errorf("UnknownOperationException", "This node has no edge that could be observed.")
}

// showSums is p in JSON; names are those of its refusals.
func showSums(p *metrics.Point, names []string) sums {
	s := sums{
		Requests: map[string]uint64{}, Classes: map[string]uint64{}, Refusals: map[string]uint64{},
		Bytes: p.Sent, Received: p.Received, Origin: originSums{p.Origin, p.OriginFailed},
	}
	for i, name := range metrics.ResultNames {
		s.Requests[name] = p.Requests[i]
	}
	for i, name := range metrics.ClassNames {
		s.Classes[name] = p.Classes[i]
	}
	for i, n := range p.Refusals {
		if n > 0 {
			s.Refusals[names[i]] = n
		}
	}
	hits := p.Requests[metrics.Hit] + p.Requests[metrics.RefreshHit]
	if all := hits + p.Requests[metrics.Miss]; all > 0 {
		ratio := float64(hits) / float64(all)
		s.HitRatio = &ratio
	}
	if p.Total() > 0 {
		ms := func(q float64) float64 { return p.Waits.Quantile(q).Seconds() * 1000 }
		s.Latency = &latency{ms(0.5), ms(0.9), ms(0.99)}
	}
	return s
}

// onlyParameters refuses query parameters that the operation does not know; a signature's are
// none of its business.
func (c *call) onlyParameters(known ...string) error {
	for name, values := range c.query {
		if len(name) > 6 && name[:6] == "X-Amz-" {
			continue
		}
		if !slices.Contains(known, name) {
			return cloudfront.Errorf("InvalidArgument", "There is no parameter %q.", name)
		}
		if len(values) > 1 {
			return cloudfront.Errorf("InvalidArgument", "The parameter %s is there twice.", name)
		}
	}
	return nil
}

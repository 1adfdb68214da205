package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// topSums is what an edge did in some time.
type topSums struct {
	Requests map[string]uint64 `json:"requests"`
	Bytes    uint64            `json:"bytes"`
	HitRatio *float64          `json:"hitRatio"`
	Latency  *struct {
		P50 float64 `json:"p50"` // milliseconds
		P90 float64 `json:"p90"`
		P99 float64 `json:"p99"`
	} `json:"latency"`
	Origin struct {
		Requests uint64 `json:"requests"`
		Errors   uint64 `json:"errors"`
	} `json:"origin"`
	Refusals map[string]uint64 `json:"refusals"`
}

func (s *topSums) total() (n uint64) {
	for _, k := range s.Requests {
		n += k
	}
	return n
}

// topDistribution is what an edge did for one distribution.
type topDistribution struct {
	ID string `json:"id"`
	topSums
}

// topPoint is one step.
type topPoint struct {
	At time.Time `json:"at"`
	topSums
}

// topOverview is the operations API's answer.
type topOverview struct {
	Now         time.Time `json:"now"`
	StepSeconds int       `json:"stepSeconds"`
	Edge        struct {
		ID  string `json:"id"`
		POP string `json:"pop"`
	} `json:"edge"`
	Total         topSums           `json:"total"`
	Points        []topPoint        `json:"points"`
	Distributions []topDistribution `json:"distributions"`
}

// topEdge is a live edge.
type topEdge struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	POP     string `json:"pop"`
	Version string `json:"version"`
	Applied int64  `json:"applied"`
	Health  string `json:"health"`
	Self    bool   `json:"self"`
}

// topAbsent is an edge that was live and is not.
type topAbsent struct {
	ID      string     `json:"id"`
	Address string     `json:"address"`
	POP     string     `json:"pop"`
	Version string     `json:"version"`
	Applied int64      `json:"applied"`
	Since   *time.Time `json:"since"` // nil for moments
}

// topEdges are the edges there are.
type topEdges struct {
	Edges  []topEdge   `json:"edges"`
	Absent []topAbsent `json:"absent"`
}

// topView is one look at a server.
type topView struct {
	Server  string  `json:"server"`
	Seconds float64 `json:"seconds"` // that the sums are over
	topOverview
	topEdges
}

func newTop() *cobra.Command {
	var (
		f            clientFlags
		once, asJSON bool
		window       time.Duration
		every        time.Duration
		distribution string
	)
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Watch what an edge serves and refuses",
		Long: `Shows, again and again, what the edge of the node that answers has served in the last minute:
requests by result, the hit ratio, times to the first byte, refusals by reason, the busiest
distributions, and the live edges. Without a terminal, looks follow one another as text.

  warmfront top --once --json      # one look, for programs`,
		Args: wants("takes no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if window < 10*time.Second || window > time.Hour {
				return fmt.Errorf("--window %v is not between 10s and 1h", window)
			}
			if every < 100*time.Millisecond {
				return fmt.Errorf("--every %v is below 100ms", every)
			}
			c, err := f.open()
			if err != nil {
				return err
			}
			t := &top{client: c, window: window, distribution: distribution, json: asJSON, out: cmd.OutOrStdout()}
			if once {
				return t.look(cmd.Context())
			}
			return t.run(cmd.Context(), every)
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&once, "once", false, "look once and end")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a line for each look")
	cmd.Flags().DurationVar(&window, "window", time.Minute, "`time` looked back on, 10s to 1h")
	cmd.Flags().DurationVar(&every, "every", 2*time.Second, "`time` between looks")
	cmd.Flags().StringVar(&distribution, "distribution", "", "`id` of the only distribution to be counted")
	return cmd
}

// top looks at a server.
type top struct {
	client       *client
	window       time.Duration
	distribution string
	json         bool
	out          io.Writer
	clock        time.Duration // how far the server's is ahead of ours
}

// run looks until ctx ends or the server does not answer.
func (t *top) run(ctx context.Context, every time.Duration) error {
	if file, ok := t.out.(*os.File); ok && !t.json && term.IsTerminal(int(file.Fd())) {
		s := newTopScreen(file)
		t.out = s
		defer s.leave()
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := t.look(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look shows the server once, in one write.
func (t *top) look(ctx context.Context) error {
	v, err := t.read(ctx)
	if err != nil {
		return err
	}
	if t.json {
		return json.NewEncoder(t.out).Encode(v)
	}
	width := 80
	if s, ok := t.out.(*topScreen); ok {
		width, _ = s.size()
	}
	_, err = io.WriteString(t.out, v.text(width))
	return err
}

// read asks for the window, whose begin is by the server's clock. The first look learns what
// that says.
func (t *top) read(ctx context.Context) (*topView, error) {
	v := &topView{Server: t.client.endpoints.API}
	asked := time.Now()
	if t.clock == 0 {
		var now topOverview
		if err := t.overview(ctx, asked.AddDate(1, 0, 0), &now); err != nil {
			return nil, err
		}
		t.clock = now.Now.Sub(asked)
	}
	since := asked.Add(t.clock - t.window)
	if err := t.overview(ctx, since, &v.topOverview); err != nil {
		return nil, err
	}
	t.clock = v.Now.Sub(asked)
	step := time.Duration(v.StepSeconds) * time.Second
	v.Seconds = v.Now.Sub(since.Truncate(step)).Seconds()
	if err := t.client.ops(ctx, "GET", "/edges", nil, &v.topEdges); err != nil {
		return nil, err
	}
	return v, nil
}

func (t *top) overview(ctx context.Context, since time.Time, into *topOverview) error {
	q := url.Values{"since": {since.UTC().Format(time.RFC3339Nano)}}
	if t.distribution != "" {
		q.Set("distribution", t.distribution)
	}
	return t.client.ops(ctx, "GET", "/overview?"+q.Encode(), nil, into)
}

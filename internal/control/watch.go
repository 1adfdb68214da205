package control

import (
	"context"
	"errors"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// loadFleet reads all edges and returns the revision that is known of now.
func (c *Control) loadFleet(ctx context.Context) (revision int64, err error) {
	edges, members, revision, err := c.store.Edges(ctx)
	if err != nil {
		return 0, err
	}
	c.fleet.reset(edges, members)
	return revision, nil
}

// watchFleet follows the edges' records, reading all again when the watch breaks.
func (c *Control) watchFleet(ctx context.Context) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		revision, err := c.loadFleet(ctx)
		if err == nil {
			err = c.store.WatchEdges(ctx, revision, func(events []state.EdgeEvent) error {
				wait = 50 * time.Millisecond
				c.fleet.report(events)
				return nil
			})
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, state.ErrClosed):
			return nil // the process is stopping
		}
		if !errors.Is(err, state.ErrCompacted) {
			c.o.Log.Warn("edges are not being watched; trying again", "err", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

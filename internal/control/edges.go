package control

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// Edges lists the live edges as they last reported, and the absent ones: those that have been
// live, are not, and have not been forgotten. Both by id.
func (c *Control) Edges(ctx context.Context) (live []*state.Edge, absent []*state.Member, err error) {
	live, members, _, err := c.store.Edges(ctx)
	if err != nil {
		return nil, nil, c.unavailable(err)
	}
	for _, m := range members {
		_, found := slices.BinarySearchFunc(live, m.ID, func(e *state.Edge, id string) int { return cmp.Compare(e.ID, id) })
		if !found {
			absent = append(absent, m)
		}
	}
	return live, absent, nil
}

// ForgetEdge forgets an absent edge for good: nothing waits for it any more. Should it come back,
// it is a new one.
func (c *Control) ForgetEdge(ctx context.Context, id string) error {
	for range attempts {
		live, absent, err := c.Edges(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(live, func(e *state.Edge) bool { return e.ID == id }) {
			return &cloudfront.Error{Code: "EdgeIsLive", Status: http.StatusConflict, Message: "The edge " + id + " is live: stop it first."}
		}
		i := slices.IndexFunc(absent, func(m *state.Member) bool { return m.ID == id })
		if i < 0 {
			return &cloudfront.Error{Code: "NoSuchEdge", Status: http.StatusNotFound, Message: "There is no edge " + id + ", or it has been forgotten."}
		}
		err = c.store.ForgetMember(ctx, absent[i])
		if _, changed := errors.AsType[*state.ConflictError](err); !changed {
			return c.unavailable(err)
		}
	}
	return cloudfront.Errorf("ServiceUnavailable", "The edge %s is coming and going; try again.", id)
}

const (
	// bookPause is how long the bookkeeper waits before it tries again to write what it could not.
	bookPause = time.Second
	// bookCheck is how long it sleeps at most while it waits for time to pass: the clock may be
	// set meanwhile.
	bookCheck = time.Minute
)

// keepBooks writes down when edges left and which receipts are completed, those included that
// are when absent edges have passed their time, until ctx ends.
func (c *Control) keepBooks(ctx context.Context) error {
	for {
		left, wrote := c.noteLeft(ctx), c.writeReceipts(ctx)
		var timer <-chan time.Time
		if next := c.fleet.pass(); !left || !wrote {
			timer = time.After(bookPause)
		} else if next > 0 {
			timer = time.After(min(next, bookCheck))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.fleet.news:
		case <-timer:
		}
	}
}

// noteLeft writes down when edges left, now unless it is known, and reports whether it could.
func (c *Control) noteLeft(ctx context.Context) (ok bool) {
	ok = true
	for _, m := range c.fleet.absent() {
		if m.Left != nil {
			continue
		}
		now := c.now()
		gone := *m
		gone.Left = &now
		err := c.store.PutMember(ctx, &gone)
		if _, changed := errors.AsType[*state.ConflictError](err); err == nil || changed {
			continue // it is back, or somebody else was first: the fleet will hear of it
		}
		ok = false
		c.complain(ctx, "when an edge left could not be written", "edge", m.ID, "err", err)
	}
	return ok
}

// writeReceipts keeps completed receipts and reports whether it could.
func (c *Control) writeReceipts(ctx context.Context) (ok bool) {
	ok = true
	for _, r := range c.fleet.unwritten() {
		var txn state.Txn
		// Another control node may have been first; one receipt is as good as the other.
		txn.RequireRevision(r.Key(), r.Written)
		txn.Put(r.Key(), r)
		_, err := c.store.Commit(ctx, &txn)
		if _, changed := errors.AsType[*state.ConflictError](err); err == nil || changed {
			c.fleet.wrote(r)
			continue
		}
		ok = false
		c.complain(ctx, "receipt not written", "receipt", r.Key(), "err", err)
	}
	return ok
}

// complain warns of what will be tried again, unless the process is stopping.
func (c *Control) complain(ctx context.Context, what string, args ...any) {
	if ctx.Err() == nil {
		c.o.Log.WarnContext(ctx, what, args...)
	}
}

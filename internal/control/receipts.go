package control

import (
	"context"
	"slices"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// Receipts lists the receipts of one record's changes, newest first: also those still
// outstanding, with what has been reported so far. recordID of an invalidation is
// "<distribution>/<id>".
func (c *Control) Receipts(ctx context.Context, kind state.Kind, recordID string) ([]state.Receipt, error) {
	known := c.fleet.known() // first: what is written meanwhile is then found in the state
	stored, err := c.store.Receipts(ctx, state.ReceiptPrefix(kind, recordID))
	if err != nil {
		return nil, c.unavailable(err)
	}
	out := make([]state.Receipt, 0, len(stored))
	for i := len(stored) - 1; i >= 0; i-- {
		r := stored[i]
		if k, ok := known[r.Key()]; ok && r.Completed == nil {
			r = &k
		}
		out = append(out, *r)
	}
	return out, nil
}

// Edges lists the live edges as they last reported.
func (c *Control) Edges(ctx context.Context) ([]*state.Edge, error) {
	edges, _, err := c.store.Edges(ctx)
	return edges, c.unavailable(err)
}

// known copies the receipts that are still followed or not yet written.
func (f *fleet) known() map[state.Key]state.Receipt {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make(map[state.Key]state.Receipt, len(f.pending)+len(f.completed))
	add := func(r *state.Receipt) {
		c := *r
		c.Edges = append([]state.EdgeReceipt(nil), r.Edges...)
		c.Absent = append([]string(nil), r.Absent...)
		out[r.Key()] = c
	}
	for _, p := range f.pending {
		add(p.receipt)
	}
	for _, r := range f.completed {
		add(r)
	}
	return out
}

// forget stops following changes made before limit: their receipts are about to go.
func (f *fleet) forget(limit time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = slices.DeleteFunc(f.pending, func(p *following) bool { return p.receipt.At.Before(limit) })
}

// writeReceipts keeps completed receipts.
func (c *Control) writeReceipts(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.fleet.done:
		}
		for _, r := range c.fleet.unwritten() {
			var txn state.Txn
			// Another control node may have been first; one receipt is as good as the other.
			txn.RequireRevision(r.Key(), r.Written)
			txn.Put(r.Key(), r)
			if _, err := c.store.Commit(ctx, &txn); err != nil && ctx.Err() == nil {
				c.o.Log.Warn("receipt not written", "receipt", r.Key(), "err", err)
			}
			c.fleet.wrote(r)
		}
	}
}

// sweepHourly removes what is past its retention, at once and then every hour.
func (c *Control) sweepHourly(ctx context.Context) error {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		if err := c.Sweep(ctx); err != nil && ctx.Err() == nil {
			c.o.Log.Warn("old invalidations and receipts not removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// sweepBatch is how many records one transaction removes: two operations each, within the
// 128 that an etcd cluster takes by default.
const sweepBatch = 50

// Sweep removes invalidations and receipts past their retention, and revocations that have
// ended.
func (c *Control) Sweep(ctx context.Context) error {
	limit := c.o.Now().Add(-c.o.Retention)
	c.fleet.forget(limit)
	invalidations, _, err := state.List[state.Invalidation](ctx, c.store, "", state.Page{})
	if err != nil {
		return err
	}
	revocations, _, err := state.List[state.Revocation](ctx, c.store, "", state.Page{})
	if err != nil {
		return err
	}
	receipts, err := c.store.Receipts(ctx, state.AllReceipts)
	if err != nil {
		return err
	}
	var removals []func(*state.Txn)
	for _, i := range invalidations {
		if i.Created.Before(limit) {
			removals = append(removals, func(txn *state.Txn) { dropInvalidation(txn, i) })
		}
	}
	for _, r := range revocations {
		if !r.Until.After(c.o.Now()) {
			removals = append(removals, func(txn *state.Txn) { txn.Delete(r) })
		}
	}
	for _, r := range receipts {
		if r.At.Before(limit) {
			removals = append(removals, func(txn *state.Txn) { txn.Remove(r.Key()) })
		}
	}
	for len(removals) > 0 {
		n := min(sweepBatch, len(removals))
		var txn state.Txn
		for _, remove := range removals[:n] {
			remove(&txn)
		}
		if _, err := c.store.Commit(ctx, &txn); err != nil {
			return err
		}
		removals = removals[n:]
	}
	return nil
}

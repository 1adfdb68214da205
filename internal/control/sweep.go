package control

import (
	"context"
	"errors"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// sweepHourly removes what is past its retention, at once and then every hour.
func (c *Control) sweepHourly(ctx context.Context) error {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		if err := c.Sweep(ctx); err != nil && ctx.Err() == nil {
			c.o.Log.Warn("what is old was not removed", "err", err)
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

// adoptAfter is the age from which a receipt that is not followed here is taken up: the process
// that made the change has ended, or it follows it as well, which does no harm.
const adoptAfter = time.Minute

// removal adds the removal of one record to a transaction.
type removal func(*state.Txn)

// Sweep removes what is past its retention, and revocations that have ended. It takes up receipts
// that nobody may be following.
func (c *Control) Sweep(ctx context.Context) error {
	now := c.o.Now()
	limit := now.Add(-c.o.Retention)
	c.fleet.forget(limit)
	var removals []removal
	for _, old := range []func(ctx context.Context, now, limit time.Time) ([]removal, error){
		c.oldInvalidations, c.endedRevocations, c.oldReceipts, c.oldRotations, c.oldUsages,
	} {
		more, err := old(ctx, now, limit)
		if err != nil {
			return err
		}
		removals = append(removals, more...)
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
	return c.forgetOldEdges(ctx, now, limit)
}

func (c *Control) oldInvalidations(ctx context.Context, _, limit time.Time) (out []removal, err error) {
	invalidations, _, err := state.List[state.Invalidation](ctx, c.store, "", state.Page{})
	for _, i := range invalidations {
		if i.Created.Before(limit) {
			out = append(out, func(txn *state.Txn) { dropInvalidation(txn, i) })
		}
	}
	return out, err
}

func (c *Control) endedRevocations(ctx context.Context, now, _ time.Time) (out []removal, err error) {
	revocations, _, err := state.List[state.Revocation](ctx, c.store, "", state.Page{})
	for _, r := range revocations {
		if !r.Until.After(now) {
			out = append(out, func(txn *state.Txn) { txn.Delete(r) })
		}
	}
	return out, err
}

func (c *Control) oldReceipts(ctx context.Context, now, limit time.Time) (out []removal, err error) {
	receipts, err := c.store.Receipts(ctx, state.AllReceipts)
	known := c.fleet.known()
	for _, r := range receipts {
		_, followed := known[r.Key()]
		switch {
		case r.At.Before(limit):
			out = append(out, func(txn *state.Txn) { txn.Remove(r.Key()) })
		case r.Completed == nil && !followed && r.At.Before(now.Add(-adoptAfter)):
			c.fleet.follow(r, r.At)
		}
	}
	return out, err
}

func (c *Control) oldRotations(ctx context.Context, _, limit time.Time) (out []removal, err error) {
	rotations, err := c.store.Rotations(ctx)
	for _, r := range rotations {
		if r.Finished != nil && r.Finished.Before(limit) {
			out = append(out, func(txn *state.Txn) { txn.RemoveRotation(r) })
		}
	}
	return out, err
}

// oldUsages are those of edges that are not live and have seen no key for long, nor a link that
// is still valid.
func (c *Control) oldUsages(ctx context.Context, now, limit time.Time) (out []removal, err error) {
	usages, err := c.store.Usages(ctx)
	if err != nil {
		return nil, err
	}
	edges, _, err := c.Edges(ctx)
	live := map[string]bool{}
	for _, e := range edges {
		live[e.ID] = true
	}
	for _, u := range usages {
		if !live[u.Edge] && u.Before(limit, now) {
			out = append(out, func(txn *state.Txn) { txn.RemoveUsage(u) })
		}
	}
	return out, err
}

// forgetOldEdges forgets edges that have been away for long and serve nothing restricted.
func (c *Control) forgetOldEdges(ctx context.Context, now, limit time.Time) error {
	for _, m := range c.fleet.absent() {
		if !m.Passed(now) || !m.Left.Before(limit) {
			continue
		}
		err := c.store.ForgetMember(ctx, m)
		if _, changed := errors.AsType[*state.ConflictError](err); err != nil && !changed {
			return err
		}
	}
	return nil
}

package control

import (
	"cmp"
	"context"
	"slices"

	"github.com/warmfront/warmfront/internal/state"
)

// Receipts lists the receipts of one record's changes, newest first: also those still
// outstanding, with what has been reported so far. recordID of an invalidation is
// "<distribution>/<id>".
func (c *Control) Receipts(ctx context.Context, kind state.Kind, recordID string) ([]Receipt, error) {
	known := c.fleet.known() // first: what is written meanwhile is then found in the state
	stored, err := c.store.Receipts(ctx, state.ReceiptPrefix(kind, recordID))
	if err != nil {
		return nil, c.unavailable(err)
	}
	out := make([]Receipt, len(stored))
	for i, s := range stored {
		r, ok := known[s.Key()]
		if !ok || s.Completed != nil {
			r = Receipt{Receipt: *s}
		}
		out[i] = r
	}
	slices.SortFunc(out, func(a, b Receipt) int { return cmp.Compare(b.Revision, a.Revision) })
	return out, nil
}

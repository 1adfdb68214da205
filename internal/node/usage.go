package node

import (
	"context"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// usageInterval is how often what the edge has seen of keys is written to the state, when there
// is news.
const usageInterval = 5 * time.Second

// reportUsage tells the state what the edge sees of keys, until ctx ends.
func (n *Node) reportUsage(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-n.management.attached:
	}
	s := n.management.state.Load()
	usage, err := s.Usage(ctx, n.id)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		n.o.Log.Warn("what was seen of keys before cannot be read", "error", err)
	}
	if usage.Since.IsZero() {
		usage.Since = n.o.Now().UTC()
	}
	counted := map[string]int64{} // requests that are in usage already
	tick := time.NewTicker(usageInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			n.addUsage(last, s, usage, counted)
			return nil
		case <-tick.C:
			n.addUsage(ctx, s, usage, counted)
		}
	}
}

// addUsage adds what is new to usage and writes it if there is anything.
func (n *Node) addUsage(ctx context.Context, s *state.Store, usage *state.Usage, counted map[string]int64) {
	now, news := n.o.Now(), false
	for id, use := range n.edge.KeyUse() {
		if more := use.Requests - counted[id]; more > 0 {
			usage.Add(id, more, use.LastSeen, use.LatestExpiry, now)
			counted[id], news = use.Requests, true
		}
	}
	if !news {
		return
	}
	if err := s.PutUsage(ctx, usage); err != nil && ctx.Err() == nil {
		n.o.Log.Warn("what was seen of keys cannot be written", "error", err)
	}
}

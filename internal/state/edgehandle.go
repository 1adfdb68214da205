package state

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// coalesce is the shortest time between two writes of an edge's record.
const coalesce = 5 * time.Millisecond

// EdgeHandle keeps one edge's record alive.
type EdgeHandle struct {
	store *Store
	done  chan struct{} // closed when run has ended
	end   context.CancelFunc
	wake  chan struct{} // capacity 1: applied has changed

	mu   sync.Mutex
	edge Edge // guarded by mu; only Applied changes
}

// KeepEdge writes e, normally with what it serves already in Applied, and keeps it until the
// handle or the store is closed or ctx ends; what it writes beside it, a Member, stays. An edge should keep its id when it restarts: it
// then takes over the record that a crash left behind, which would otherwise be waited for
// until its lease runs out. While the process lives the record's lease is renewed, and when
// etcd forgot it the record is written again. The first write has happened when it
// returns nil.
func (s *Store) KeepEdge(ctx context.Context, e Edge) (*EdgeHandle, error) {
	ctx, end := context.WithCancel(ctx)
	h := &EdgeHandle{store: s, done: make(chan struct{}), end: end, wake: make(chan struct{}, 1), edge: e}
	lease, alive, err := h.register(ctx)
	if err != nil {
		end()
		return nil, fmt.Errorf("register edge %s: %w", e.ID, err)
	}
	s.edges.Go(func() { h.run(ctx, lease, alive) })
	return h, nil
}

// Applied reports the mod revision of the newest config/ event the edge serves. It does not
// block: the record is written at once, or within 5 ms of the last write, and only when the
// revision is another than the one written.
func (h *EdgeHandle) Applied(revision int64) {
	h.mu.Lock()
	h.edge.Applied = revision
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Close removes the edge's record: the edge is no longer waited for.
func (h *EdgeHandle) Close() {
	h.end()
	<-h.done
}

func (h *EdgeHandle) current() Edge {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.edge
}

// register writes the record under a new lease that is being renewed while alive is open.
func (h *EdgeHandle) register(ctx context.Context) (clientv3.LeaseID, <-chan *clientv3.LeaseKeepAliveResponse, error) {
	ttl := int64((h.store.edgeTTL + time.Second - 1) / time.Second)
	lease, err := h.store.client.Grant(ctx, ttl)
	if err != nil {
		return 0, nil, reason(err)
	}
	if err := h.write(ctx, lease.ID, h.current(), edgePrefix, memberPrefix); err != nil {
		return 0, nil, err
	}
	alive, err := h.store.client.KeepAlive(ctx, lease.ID)
	if err != nil {
		return 0, nil, reason(err)
	}
	return lease.ID, alive, nil
}

// write puts the record at one or both of its places; only the live one is under the lease. A
// Member that has not left looks like its Edge.
func (h *EdgeHandle) write(ctx context.Context, lease clientv3.LeaseID, e Edge, places ...Key) error {
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode edge %s: %w", e.ID, err)
	}
	var ops []clientv3.Op
	for _, place := range places {
		var under clientv3.LeaseID
		if place == edgePrefix {
			under = lease
		}
		ops = append(ops, clientv3.OpPut(string(place)+e.ID, string(b), clientv3.WithLease(under)))
	}
	_, err = h.store.kv.Txn(ctx).Then(ops...).Commit()
	return reason(err)
}

// run writes what Applied reports and registers again when the lease is lost.
func (h *EdgeHandle) run(ctx context.Context, lease clientv3.LeaseID, alive <-chan *clientv3.LeaseKeepAliveResponse) {
	defer close(h.done)
	written := int64(-1) // unknown: Applied may have changed since register
	for {
		select {
		case <-ctx.Done():
			h.revoke(lease)
			return
		case <-h.store.closing:
			h.revoke(lease)
			return
		case _, ok := <-alive:
			if !ok && !h.again(ctx, &lease, &alive) {
				h.revoke(lease) // the end of ctx ends the renewal, too
				return
			}
		case <-h.wake:
			e := h.current()
			if e.Applied == written {
				continue
			}
			if err := h.write(ctx, lease, e, edgePrefix); err != nil {
				h.retry(ctx, err)
				continue
			}
			written = e.Applied
			pause(ctx, coalesce)
		}
	}
}

// retry comes back to a write that failed once etcd had time to recover.
func (h *EdgeHandle) retry(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	h.store.log.Warn("edge record not written", "edge", h.edge.ID, "err", err)
	pause(ctx, 200*time.Millisecond)
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// again registers until it succeeds or ctx ends.
func (h *EdgeHandle) again(ctx context.Context, lease *clientv3.LeaseID, alive *<-chan *clientv3.LeaseKeepAliveResponse) bool {
	for wait := 50 * time.Millisecond; ctx.Err() == nil && !h.store.isClosing(); wait = min(2*wait, 2*time.Second) {
		var err error
		if *lease, *alive, err = h.register(ctx); err == nil {
			return true
		}
		h.store.log.Warn("edge not registered", "edge", h.edge.ID, "err", err)
		pause(ctx, wait)
	}
	return false
}

// revoke takes the record away at once; if etcd is gone the lease runs out by itself.
func (h *EdgeHandle) revoke(lease clientv3.LeaseID) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if _, err := h.store.client.Revoke(ctx, lease); err != nil {
		h.store.log.Warn("edge record not removed", "edge", h.edge.ID, "err", err)
	}
}

func (s *Store) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

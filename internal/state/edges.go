package state

import (
	"context"
	"encoding/json"
	"fmt"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// EdgeEvent is an edge that came, reported or left.
type EdgeEvent struct {
	Revision int64
	ID       string
	Edge     *Edge // nil when the edge is gone
}

// Edges lists the live edges, all as of the returned revision.
func (s *Store) Edges(ctx context.Context) (edges []*Edge, revision int64, err error) {
	resp, err := s.kv.Get(ctx, string(edgePrefix), clientv3.WithPrefix())
	if err != nil {
		return nil, 0, fmt.Errorf("list edges: %w", reason(err))
	}
	for _, kv := range resp.Kvs {
		e, err := decodeEdge(kv)
		if err != nil {
			return nil, 0, err
		}
		edges = append(edges, e)
	}
	return edges, resp.Header.Revision, nil
}

// WatchEdges calls deliver with what edges report after a revision, as Watch does.
func (s *Store) WatchEdges(ctx context.Context, after int64, deliver func([]EdgeEvent) error) error {
	return s.watch(ctx, edgePrefix, after, func(resp clientv3.WatchResponse) error {
		events := make([]EdgeEvent, 0, len(resp.Events))
		for _, ev := range resp.Events {
			event := EdgeEvent{Revision: ev.Kv.ModRevision, ID: string(ev.Kv.Key[len(edgePrefix):])}
			if ev.Type != clientv3.EventTypeDelete {
				var err error
				if event.Edge, err = decodeEdge(ev.Kv); err != nil {
					return err
				}
			}
			events = append(events, event)
		}
		if len(events) == 0 {
			return nil
		}
		return deliver(events)
	})
}

func decodeEdge(kv *mvccpb.KeyValue) (*Edge, error) {
	e := new(Edge)
	if err := json.Unmarshal(kv.Value, e); err != nil {
		return nil, fmt.Errorf("record %s: %w", kv.Key, because(ErrDamaged, err))
	}
	e.Revision = kv.ModRevision
	return e, nil
}

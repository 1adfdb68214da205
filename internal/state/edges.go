package state

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// EdgeEvent is an edge that came, reported or left; with OfMember it is about what is kept of
// the edge beyond its lease.
type EdgeEvent struct {
	Revision int64
	ID       string
	Edge     *Edge // nil when the edge is gone
	OfMember bool
	Member   *Member // nil when the edge was forgotten
}

// Edges lists the live edges and the members, those among them, all as of the returned revision.
func (s *Store) Edges(ctx context.Context) (edges []*Edge, members []*Member, revision int64, err error) {
	resp, err := s.kv.Get(ctx, string(edgesPrefix), clientv3.WithPrefix())
	if err != nil {
		return nil, nil, 0, fmt.Errorf("list edges: %w", reason(err))
	}
	for _, kv := range resp.Kvs {
		ev, ok, err := edgeEvent(kv, false)
		switch {
		case err != nil:
			return nil, nil, 0, err
		case !ok:
		case ev.OfMember:
			members = append(members, ev.Member)
		default:
			edges = append(edges, ev.Edge)
		}
	}
	return edges, members, resp.Header.Revision, nil
}

// WatchEdges calls deliver with what happens to edges and members after a revision, as Watch
// does. An edge's registration is one event of each, together.
func (s *Store) WatchEdges(ctx context.Context, after int64, deliver func([]EdgeEvent) error) error {
	return s.watch(ctx, edgesPrefix, after, func(resp clientv3.WatchResponse) error {
		events := make([]EdgeEvent, 0, len(resp.Events))
		for _, ev := range resp.Events {
			event, ok, err := edgeEvent(ev.Kv, ev.Type == clientv3.EventTypeDelete)
			if err != nil {
				return err
			}
			if ok {
				events = append(events, event)
			}
		}
		if len(events) == 0 {
			return nil
		}
		return deliver(events)
	})
}

// edgeEvent reads what happened to a key; ok is false for a key that is of no edge.
func edgeEvent(kv *mvccpb.KeyValue, removed bool) (ev EdgeEvent, ok bool, err error) {
	ev.Revision = kv.ModRevision
	var record any
	if id, of := strings.CutPrefix(string(kv.Key), string(memberPrefix)); of {
		ev.ID, ev.OfMember = id, true
		if !removed {
			ev.Member = new(Member)
			ev.Member.Revision, record = kv.ModRevision, ev.Member
		}
	} else if id, of := strings.CutPrefix(string(kv.Key), string(edgePrefix)); of {
		ev.ID = id
		if !removed {
			ev.Edge = &Edge{Revision: kv.ModRevision}
			record = ev.Edge
		}
	} else {
		return ev, false, nil
	}
	if record == nil {
		return ev, true, nil
	}
	if err := json.Unmarshal(kv.Value, record); err != nil {
		return ev, false, fmt.Errorf("record %s: %w", kv.Key, because(ErrDamaged, err))
	}
	return ev, true, nil
}

// PutMember notes what m says of an edge that is not live. A *ConflictError says that the edge
// is live, or that m is not what is kept: it has Missing as its kind when the edge is not known.
func (s *Store) PutMember(ctx context.Context, m *Member) error {
	txn := changeMember(m)
	txn.Put(memberPrefix+Key(m.ID), m)
	_, err := s.Commit(ctx, txn)
	return err
}

// ForgetMember removes what is kept of an edge that is not live. Errors are those of PutMember.
func (s *Store) ForgetMember(ctx context.Context, m *Member) error {
	txn := changeMember(m)
	txn.Remove(memberPrefix + Key(m.ID))
	_, err := s.Commit(ctx, txn)
	return err
}

func changeMember(m *Member) *Txn {
	txn := &Txn{}
	txn.requireAbsent(edgePrefix + Key(m.ID))
	txn.RequireRevision(memberPrefix+Key(m.ID), m.Revision)
	return txn
}

// ForgetOtherEdges removes all that is kept of edges but one, live or not. Where no other edge
// can be, the others are what this one was called before.
func (s *Store) ForgetOtherEdges(ctx context.Context, id string) error {
	resp, err := s.kv.Get(ctx, string(edgesPrefix), clientv3.WithPrefix(), clientv3.WithKeysOnly())
	if err != nil {
		return fmt.Errorf("list edges: %w", reason(err))
	}
	var txn Txn
	for _, kv := range resp.Kvs {
		if k := Key(kv.Key); k != edgePrefix+Key(id) && k != memberPrefix+Key(id) {
			txn.Remove(k)
		}
	}
	if len(txn.writes) == 0 {
		return nil
	}
	_, err = s.Commit(ctx, &txn)
	return err
}

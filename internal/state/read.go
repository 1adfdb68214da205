package state

import (
	"context"
	"encoding/json"
	"fmt"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Read fills r, whose id is set, from the state; ErrNotFound when there is no such record.
func (s *Store) Read(ctx context.Context, r Record) error {
	resp, err := s.kv.Get(ctx, string(r.Key()))
	if err != nil {
		return reason(err)
	}
	if len(resp.Kvs) == 0 {
		return fmt.Errorf("%s: %w", r.Key(), ErrNotFound)
	}
	return decodeRecord(resp.Kvs[0], r)
}

// Has reports whether a key exists.
func (s *Store) Has(ctx context.Context, k Key) (bool, error) {
	resp, err := s.kv.Get(ctx, string(k), clientv3.WithCountOnly())
	if err != nil {
		return false, reason(err)
	}
	return resp.Count > 0, nil
}

// Newest returns the highest mod revision among keys, 0 when none of them exists.
func (s *Store) Newest(ctx context.Context, keys ...Key) (int64, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	gets := make([]clientv3.Op, len(keys))
	for i, k := range keys {
		gets[i] = clientv3.OpGet(string(k), clientv3.WithKeysOnly())
	}
	resp, err := s.kv.Txn(ctx).Then(gets...).Commit()
	if err != nil {
		return 0, reason(err)
	}
	var newest int64
	for _, r := range resp.Responses {
		for _, kv := range r.GetResponseRange().GetKvs() {
			newest = max(newest, kv.ModRevision)
		}
	}
	return newest, nil
}

// Holder returns the id that a claim key holds, or "" when nobody claimed it.
func (s *Store) Holder(ctx context.Context, k Key) (string, error) {
	resp, err := s.kv.Get(ctx, string(k))
	if err != nil || len(resp.Kvs) == 0 {
		return "", reason(err)
	}
	return string(resp.Kvs[0].Value), nil
}

// Value decodes the JSON value of a key that is not a record and returns its revision, or 0
// and an untouched value when the key does not exist.
func (s *Store) Value(ctx context.Context, k Key, value any) (revision int64, err error) {
	resp, err := s.kv.Get(ctx, string(k))
	if err != nil || len(resp.Kvs) == 0 {
		return 0, reason(err)
	}
	if err := json.Unmarshal(resp.Kvs[0].Value, value); err != nil {
		return 0, fmt.Errorf("%s: %w", k, because(ErrDamaged, err))
	}
	return resp.Kvs[0].ModRevision, nil
}

// values reads the JSON values of all keys under a prefix.
func values[T any](ctx context.Context, s *Store, prefix Key, at func(v *T, revision int64)) ([]*T, error) {
	resp, err := s.kv.Get(ctx, string(prefix), clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", prefix, reason(err))
	}
	out := make([]*T, len(resp.Kvs))
	for i, kv := range resp.Kvs {
		out[i] = new(T)
		if err := json.Unmarshal(kv.Value, out[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", kv.Key, because(ErrDamaged, err))
		}
		at(out[i], kv.ModRevision)
	}
	return out, nil
}

// Users lists the records that refer to kind/id, in order.
func (s *Store) Users(ctx context.Context, kind Kind, id string) ([]string, error) {
	prefix := string(ReferencePrefix(kind, id))
	resp, err := s.kv.Get(ctx, prefix, clientv3.WithPrefix(), clientv3.WithKeysOnly())
	if err != nil {
		return nil, reason(err)
	}
	users := make([]string, len(resp.Kvs))
	for i, kv := range resp.Kvs {
		users[i] = string(kv.Key)[len(prefix):]
	}
	return users, nil
}

// Count counts the records of a kind, within scope as List, that were written after revision.
func (s *Store) Count(ctx context.Context, kind Kind, scope string, revision int64) (int, error) {
	// With a lower bound on revisions etcd's own count would still be that of all keys.
	resp, err := s.kv.Get(ctx, string(RecordKey(kind, scope)), clientv3.WithPrefix(),
		clientv3.WithKeysOnly(), clientv3.WithMinModRev(revision+1))
	if err != nil {
		return 0, reason(err)
	}
	return len(resp.Kvs), nil
}

// Page bounds a list: records after the one with id After, at most Limit when positive.
type Page struct {
	After string
	Limit int
}

// List reads records of one type in the order of their ids, all at the returned revision.
// Invalidations are listed with a scope, "<distribution>/"; others with "".
func List[T any, P interface {
	*T
	Record
}](ctx context.Context, s *Store, scope string, page Page) (records []*T, revision int64, err error) {
	prefix := string(RecordKey(P(new(T)).Kind(), scope))
	from, opts := prefix, []clientv3.OpOption{clientv3.WithRange(clientv3.GetPrefixRangeEnd(prefix))}
	if page.After != "" {
		from = prefix + page.After + "\x00"
	}
	if page.Limit > 0 {
		opts = append(opts, clientv3.WithLimit(int64(page.Limit)))
	}
	resp, err := s.kv.Get(ctx, from, opts...)
	if err != nil {
		return nil, 0, reason(err)
	}
	for _, kv := range resp.Kvs {
		r := new(T)
		if err := decodeRecord(kv, P(r)); err != nil {
			return nil, 0, err
		}
		records = append(records, r)
	}
	return records, resp.Header.Revision, nil
}

func decodeRecord(kv *mvccpb.KeyValue, r Record) error {
	if err := json.Unmarshal(kv.Value, r); err != nil {
		return fmt.Errorf("record %s: %w", kv.Key, because(ErrDamaged, err))
	}
	r.meta().Revision = kv.ModRevision
	return nil
}

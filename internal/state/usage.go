package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

const usagePrefix Key = "usage/"

// UsageWindow is how far back the requests of keys are counted.
const UsageWindow = 24 * time.Hour

// Usage is what one edge has seen of keys. It outlives the edge.
type Usage struct {
	Edge  string               `json:"edge"`
	Since time.Time            `json:"since"` // when it began to look
	Keys  map[string]*KeyUsage `json:"keys"`  // by key id
}

// KeyUsage is what has been seen of one key.
type KeyUsage struct {
	LastSeen     time.Time       `json:"lastSeen"`
	LatestExpiry time.Time       `json:"latestExpiry"` // of the URLs and cookies seen
	Hours        map[int64]int64 `json:"hours"`        // requests by hour since 1970, within UsageWindow
}

// Add counts requests and forgets hours that have left the window.
func (u *Usage) Add(id string, requests int64, seen, expiry, now time.Time) {
	k := u.Keys[id]
	if k == nil {
		k = &KeyUsage{Hours: map[int64]int64{}}
		u.Keys[id] = k
	}
	if seen.After(k.LastSeen) {
		k.LastSeen = seen
	}
	if expiry.After(k.LatestExpiry) {
		k.LatestExpiry = expiry
	}
	hour := now.Unix() / 3600
	k.Hours[hour] += requests
	for h := range k.Hours {
		if h <= hour-int64(UsageWindow/time.Hour) {
			delete(k.Hours, h)
		}
	}
}

// Requests counts those in the window that ends at now.
func (k *KeyUsage) Requests(now time.Time) (n int64) {
	hour := now.Unix() / 3600
	for h, requests := range k.Hours {
		if h > hour-int64(UsageWindow/time.Hour) && h <= hour {
			n += requests
		}
	}
	return n
}

// Usage reads what an edge has seen, empty when it has not reported yet.
func (s *Store) Usage(ctx context.Context, edge string) (*Usage, error) {
	u := &Usage{Edge: edge}
	_, err := s.Value(ctx, usagePrefix+Key(edge), u)
	if u.Keys == nil {
		u.Keys = map[string]*KeyUsage{}
	}
	return u, err
}

// PutUsage writes what an edge has seen.
func (s *Store) PutUsage(ctx context.Context, u *Usage) error {
	var txn Txn
	txn.Put(usagePrefix+Key(u.Edge), u)
	_, err := s.Commit(ctx, &txn)
	return err
}

// Usages reads what all edges have seen.
func (s *Store) Usages(ctx context.Context) ([]*Usage, error) {
	resp, err := s.kv.Get(ctx, string(usagePrefix), clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("list the usage of keys: %w", reason(err))
	}
	out := make([]*Usage, len(resp.Kvs))
	for i, kv := range resp.Kvs {
		out[i] = &Usage{}
		if err := json.Unmarshal(kv.Value, out[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", kv.Key, because(ErrDamaged, err))
		}
	}
	return out, nil
}

// Rotation is the replacement of one key by another, of which only the old one's removal is
// left.
type Rotation struct {
	Old         string     `json:"old"`
	New         string     `json:"new"`
	Started     time.Time  `json:"started"`
	RemoveAfter *time.Time `json:"removeAfter,omitempty"` // nil: not before it is forced
	Finished    *time.Time `json:"finished,omitempty"`
}

// RotationKey is where the rotation of a key is kept.
func RotationKey(old string) Key { return Key("rotation/" + old) }

package state

import (
	"context"
	"time"
)

const usagePrefix Key = "usage/"

// UsageWindow is how far back the requests of keys are counted.
const UsageWindow = 24 * time.Hour

// Usage is what one edge has seen of keys. It outlives the edge.
type Usage struct {
	Edge  string               `json:"edge"`
	Since time.Time            `json:"since"` // when it began to look
	Keys  map[string]*KeyUsage `json:"keys"`  // by key id

	Revision int64 `json:"-"` // mod revision of the record's key
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

// Before reports whether all of it was seen before seen, is of links that expired before expired,
// and began before seen.
func (u *Usage) Before(seen, expired time.Time) bool {
	for _, k := range u.Keys {
		if !k.LastSeen.Before(seen) || !k.LatestExpiry.Before(expired) {
			return false
		}
	}
	return u.Since.Before(seen)
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
	return values(ctx, s, usagePrefix, func(u *Usage, revision int64) { u.Revision = revision })
}

// RemoveUsage has txn remove what an edge has seen, unless it has written since or is live.
func (t *Txn) RemoveUsage(u *Usage) {
	t.requireAbsent(edgePrefix + Key(u.Edge))
	t.RequireRevision(usagePrefix+Key(u.Edge), u.Revision)
	t.Remove(usagePrefix + Key(u.Edge))
}

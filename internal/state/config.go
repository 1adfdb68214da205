package state

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Config is every record under config/ at one moment: all an edge needs to serve. Records in
// it are shared and must not be changed. Not safe for concurrent use while Apply runs.
type Config struct {
	// ClusterID names the state the records come from (Store.ClusterID).
	ClusterID string
	// Revision is the mod revision of the newest event under config/: what an edge that
	// serves this Config has applied.
	Revision int64
	// Observed is the revision up to which this Config is known to be complete; Watch
	// resumes after it. It is at least Revision.
	Observed int64

	Distributions          map[string]*Distribution
	OriginAccessIdentities map[string]*OriginAccessIdentity
	OriginAccessControls   map[string]*OriginAccessControl
	PublicKeys             map[string]*PublicKey
	KeyGroups              map[string]*KeyGroup
	KeyPairs               map[string]*KeyPair
	// The custom policies; managed ones are not records.
	CachePolicies           map[string]*CachePolicy
	OriginRequestPolicies   map[string]*OriginRequestPolicy
	ResponseHeadersPolicies map[string]*ResponseHeadersPolicy
	// Invalidations are those still kept, by "<distribution>/<id>".
	Invalidations map[string]*Invalidation
	// Revocations are those still kept; RevocationsSince tells what changed among them.
	Revocations map[string]*Revocation

	revoked revocationLog
}

// NewConfig returns an empty Config.
func NewConfig(clusterID string) *Config {
	return &Config{
		ClusterID:              clusterID,
		Distributions:          map[string]*Distribution{},
		OriginAccessIdentities: map[string]*OriginAccessIdentity{},
		OriginAccessControls:   map[string]*OriginAccessControl{},
		PublicKeys:             map[string]*PublicKey{},
		KeyGroups:              map[string]*KeyGroup{},
		KeyPairs:               map[string]*KeyPair{},
		Invalidations:          map[string]*Invalidation{},
		Revocations:            map[string]*Revocation{},

		CachePolicies:           map[string]*CachePolicy{},
		OriginRequestPolicies:   map[string]*OriginRequestPolicy{},
		ResponseHeadersPolicies: map[string]*ResponseHeadersPolicy{},
	}
}

// Change is one record written or removed.
type Change struct {
	Kind     Kind
	ID       string // Record.RecordID
	Revision int64
	Record   Record // nil when the record was removed
}

// Batch is what happened under config/ in one or more whole revisions.
type Batch struct {
	// Revision is the newest mod revision in the batch.
	Revision int64
	// Observed is the revision up to which nothing was left out; at least Revision.
	Observed int64
	// Changes in the order they happened. Empty when the batch only brings Observed forward.
	Changes []Change
}

// Load reads the whole configuration at one revision.
func (s *Store) Load(ctx context.Context) (*Config, error) {
	resp, err := s.kv.Get(ctx, string(configPrefix), clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("load the configuration: %w", reason(err))
	}
	c := NewConfig(s.clusterID)
	batch := Batch{Observed: resp.Header.Revision}
	for _, kv := range resp.Kvs {
		if err := batch.add(kv, false); err != nil {
			return nil, fmt.Errorf("load the configuration: %w", err)
		}
	}
	c.Apply(batch)
	c.revoked.forget(c.Revision)
	return c, nil
}

// Clone is a copy that later calls of Apply do not change. Records are shared.
func (c *Config) Clone() *Config {
	out := *c
	out.Distributions = maps.Clone(c.Distributions)
	out.OriginAccessIdentities = maps.Clone(c.OriginAccessIdentities)
	out.OriginAccessControls = maps.Clone(c.OriginAccessControls)
	out.PublicKeys = maps.Clone(c.PublicKeys)
	out.KeyGroups = maps.Clone(c.KeyGroups)
	out.KeyPairs = maps.Clone(c.KeyPairs)
	out.CachePolicies = maps.Clone(c.CachePolicies)
	out.OriginRequestPolicies = maps.Clone(c.OriginRequestPolicies)
	out.ResponseHeadersPolicies = maps.Clone(c.ResponseHeadersPolicies)
	out.Invalidations = maps.Clone(c.Invalidations)
	out.Revocations = maps.Clone(c.Revocations)
	out.revoked.changes = slices.Clone(c.revoked.changes)
	return &out
}

// Apply brings c up to date with a batch that follows it.
func (c *Config) Apply(b Batch) {
	for _, ch := range b.Changes {
		c.apply(ch)
	}
	c.Revision = max(c.Revision, b.Revision)
	c.Observed = max(c.Observed, b.Observed, b.Revision)
}

func (c *Config) apply(ch Change) {
	switch ch.Kind {
	case KindDistribution:
		keep(c.Distributions, ch)
	case KindOriginAccessIdentity:
		keep(c.OriginAccessIdentities, ch)
	case KindOriginAccessControl:
		keep(c.OriginAccessControls, ch)
	case KindPublicKey:
		keep(c.PublicKeys, ch)
	case KindKeyGroup:
		keep(c.KeyGroups, ch)
	case KindKeyPair:
		keep(c.KeyPairs, ch)
	case KindInvalidation:
		keep(c.Invalidations, ch)
	case KindRevocation:
		keep(c.Revocations, ch)
		c.revoked.add(ch)
	case KindCachePolicy:
		keep(c.CachePolicies, ch)
	case KindOriginRequestPolicy:
		keep(c.OriginRequestPolicies, ch)
	case KindResponseHeadersPolicy:
		keep(c.ResponseHeadersPolicies, ch)
	}
}

func keep[P Record](m map[string]P, ch Change) {
	if r, ok := ch.Record.(P); ok {
		m[ch.ID] = r
	} else {
		delete(m, ch.ID)
	}
}

// add appends one key's event. Kinds that this version does not know only count as revisions.
func (b *Batch) add(kv *mvccpb.KeyValue, removed bool) error {
	b.Revision = max(b.Revision, kv.ModRevision)
	b.Observed = max(b.Observed, kv.ModRevision)
	kind, id, ok := splitRecordKey(string(kv.Key))
	record := newRecord(kind)
	if !ok || record == nil {
		return nil
	}
	ch := Change{Kind: kind, ID: id, Revision: kv.ModRevision}
	if !removed {
		if err := decodeRecord(kv, record); err != nil {
			return err
		}
		ch.Record = record
	}
	b.Changes = append(b.Changes, ch)
	return nil
}

package state

import (
	"context"
	"encoding/json"
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
	// Invalidations are those still kept, by "<distribution>/<id>".
	Invalidations map[string]*Invalidation
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
	return c, nil
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

// configFile is the JSON form of a Config, version 1: revisions are kept beside the records.
type configFile struct {
	Version   int          `json:"version"`
	ClusterID string       `json:"clusterID"`
	Revision  int64        `json:"revision"`
	Observed  int64        `json:"observed"`
	Records   []fileRecord `json:"records"`
}

type fileRecord struct {
	Kind     Kind            `json:"kind"`
	Revision int64           `json:"revision"`
	Record   json.RawMessage `json:"record"`
}

const configFileVersion = 1

// MarshalJSON writes the form an edge keeps on disk. Secrets in it stay sealed.
func (c *Config) MarshalJSON() ([]byte, error) {
	f := configFile{Version: configFileVersion, ClusterID: c.ClusterID, Revision: c.Revision, Observed: c.Observed}
	for r := range c.records() {
		raw, err := json.Marshal(r)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", r.Key(), err)
		}
		f.Records = append(f.Records, fileRecord{Kind: r.Kind(), Revision: r.meta().Revision, Record: raw})
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON wrote; ErrDamaged when it cannot.
func (c *Config) UnmarshalJSON(b []byte) error {
	var f configFile
	if err := json.Unmarshal(b, &f); err != nil {
		return because(ErrDamaged, err)
	}
	if f.Version != configFileVersion {
		return fmt.Errorf("%w: configuration file of version %d", ErrDamaged, f.Version)
	}
	*c = *NewConfig(f.ClusterID)
	c.Revision, c.Observed = f.Revision, f.Observed
	for _, fr := range f.Records {
		r := newRecord(fr.Kind)
		if r == nil {
			continue
		}
		if err := json.Unmarshal(fr.Record, r); err != nil {
			return fmt.Errorf("a record of kind %s: %w", fr.Kind, because(ErrDamaged, err))
		}
		r.meta().Revision = fr.Revision
		c.apply(Change{Kind: fr.Kind, ID: r.RecordID(), Record: r})
	}
	return nil
}

// records yields every record, kind by kind in the order of ids.
func (c *Config) records() func(yield func(Record) bool) {
	return func(yield func(Record) bool) {
		_ = each(c.Distributions, yield) && each(c.OriginAccessIdentities, yield) &&
			each(c.OriginAccessControls, yield) && each(c.PublicKeys, yield) &&
			each(c.KeyGroups, yield) && each(c.KeyPairs, yield) && each(c.Invalidations, yield)
	}
}

func each[P Record](m map[string]P, yield func(Record) bool) bool {
	for _, id := range slices.Sorted(maps.Keys(m)) {
		if !yield(m[id]) {
			return false
		}
	}
	return true
}

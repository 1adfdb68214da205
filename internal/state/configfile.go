package state

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

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
	c.revoked.forget(c.Revision)
	return nil
}

// records yields every record, kind by kind in the order of ids.
func (c *Config) records() func(yield func(Record) bool) {
	return func(yield func(Record) bool) {
		_ = each(c.Distributions, yield) && each(c.OriginAccessIdentities, yield) &&
			each(c.OriginAccessControls, yield) && each(c.PublicKeys, yield) &&
			each(c.KeyGroups, yield) && each(c.KeyPairs, yield) && each(c.CachePolicies, yield) &&
			each(c.OriginRequestPolicies, yield) && each(c.ResponseHeadersPolicies, yield) && each(c.Invalidations, yield) &&
			each(c.Revocations, yield)
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

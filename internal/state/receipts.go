package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Action is what a change did to a record.
type Action string

// The actions of changes.
const (
	Created Action = "create"
	Updated Action = "update"
	Removed Action = "delete"
)

// Receipt says how one change reached the edges. It is written with the change and completed
// when every live edge has applied it; a strict one when no absent edge can be without it, too.
type Receipt struct {
	Kind     Kind      `json:"kind"`
	RecordID string    `json:"record"`
	ID       string    `json:"id"` // unique within the record, ascending in time
	Action   Action    `json:"action"`
	At       time.Time `json:"at"`
	Strict   bool      `json:"strict,omitempty"` // of a change that takes access away
	// Completed is when the last edge that is waited for reported; nil while edges are outstanding.
	Completed *time.Time    `json:"completed,omitempty"`
	Edges     []EdgeReceipt `json:"edges,omitempty"`
	// Absent are edges that were not live, at the change or later, and had not applied it.
	Absent []string `json:"absent,omitempty"`
	// Revision is the change's: the create revision of the receipt's key.
	Revision int64 `json:"-"`
	// Written is the mod revision of the receipt's key.
	Written int64 `json:"-"`
}

// EdgeReceipt is one edge's part of a receipt.
type EdgeReceipt struct {
	Edge         string  `json:"edge"`
	POP          string  `json:"pop"`
	Applied      int64   `json:"applied"`      // revision the edge reported, at or past the change's
	Milliseconds float64 `json:"milliseconds"` // from the commit of the change to the report's arrival
}

// Key is where the receipt is kept.
func (r *Receipt) Key() Key {
	return ReceiptPrefix(r.Kind, r.RecordID) + Key(r.ID)
}

// ReceiptPrefix covers the receipts of one record.
func ReceiptPrefix(kind Kind, recordID string) Key {
	return receiptPrefix + Key(string(kind)+"/"+recordID+"/")
}

// AllReceipts covers the receipts of every record.
const AllReceipts = receiptPrefix

// Receipts reads the receipts under a prefix, oldest first within a record.
func (s *Store) Receipts(ctx context.Context, prefix Key) ([]*Receipt, error) {
	resp, err := s.kv.Get(ctx, string(prefix), clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", reason(err))
	}
	receipts := make([]*Receipt, len(resp.Kvs))
	for i, kv := range resp.Kvs {
		r := &Receipt{Revision: kv.CreateRevision, Written: kv.ModRevision}
		if err := json.Unmarshal(kv.Value, r); err != nil {
			return nil, fmt.Errorf("receipt %s: %w", kv.Key, because(ErrDamaged, err))
		}
		receipts[i] = r
	}
	return receipts, nil
}

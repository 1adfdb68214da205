package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Txn collects conditions and writes that Commit applies together or not at all. A key may be
// written once in a transaction. The zero value is ready; a Txn is used by one goroutine and
// committed once.
type Txn struct {
	conditions []condition
	writes     []clientv3.Op
	removes    bool // a config/ record goes away
	err        error
}

// condition is one comparison, how to look at what it compared, and what its failure means.
type condition struct {
	compare clientv3.Cmp
	look    clientv3.Op
	key     Key
	failure ConflictKind
	// For Changed: the revision demanded, or with newest the highest one allowed.
	revision int64
	newest   bool
}

// ConflictKind says what a failed condition found.
type ConflictKind uint8

// Exists: the key to be created is there. Missing: the required key is not. Changed: the
// record has another revision than the one read. InUse: references remain.
const (
	Exists ConflictKind = iota + 1
	Missing
	Changed
	InUse
)

// ConflictError is the first failed condition of a transaction, in the order they were added.
// Nothing was written.
type ConflictError struct {
	Kind  ConflictKind
	Key   Key    // for InUse, one of the references
	Value string // what the key holds: for claims, the id of the holder
}

// Error names the key and what was found.
func (e *ConflictError) Error() string {
	switch e.Kind {
	case Exists:
		return fmt.Sprintf("%s exists already", e.Key)
	case Missing:
		return fmt.Sprintf("%s does not exist", e.Key)
	case InUse:
		return fmt.Sprintf("%s is in use", e.Key)
	}
	return fmt.Sprintf("%s has changed", e.Key)
}

// Create adds a record that must not exist yet.
func (t *Txn) Create(r Record) {
	t.requireAbsent(r.Key())
	t.Put(r.Key(), r)
}

// Update replaces a record that must still have the revision r was read with.
func (t *Txn) Update(r Record) {
	t.RequireRevision(r.Key(), r.meta().Revision)
	t.Put(r.Key(), r)
}

// Delete removes a record that must still have the revision r was read with.
func (t *Txn) Delete(r Record) {
	t.RequireRevision(r.Key(), r.meta().Revision)
	t.Remove(r.Key())
	t.removes = t.removes || strings.HasPrefix(string(r.Key()), string(configPrefix))
}

// Claim takes a key that nobody may hold yet, for the record owner.
func (t *Txn) Claim(k Key, owner string) {
	t.requireAbsent(k)
	t.writes = append(t.writes, clientv3.OpPut(string(k), owner))
}

// Mark writes a key with a plain text value, whatever was there.
func (t *Txn) Mark(k Key, value string) {
	t.writes = append(t.writes, clientv3.OpPut(string(k), value))
}

// Put writes a key with a JSON value, whatever was there.
func (t *Txn) Put(k Key, value any) {
	b, err := json.Marshal(value)
	if err != nil {
		t.err = errors.Join(t.err, fmt.Errorf("encode %s: %w", k, err))
		return
	}
	t.writes = append(t.writes, clientv3.OpPut(string(k), string(b)))
}

// Remove removes a key, if it is there.
func (t *Txn) Remove(k Key) { t.writes = append(t.writes, clientv3.OpDelete(string(k))) }

// RemoveAll removes every key that begins with prefix.
func (t *Txn) RemoveAll(prefix Key) {
	t.writes = append(t.writes, clientv3.OpDelete(string(prefix), clientv3.WithPrefix()))
	t.removes = t.removes || strings.HasPrefix(string(prefix), string(configPrefix))
}

// Require demands that a key exists.
func (t *Txn) Require(k Key) {
	t.conditions = append(t.conditions, condition{
		compare: clientv3.Compare(clientv3.CreateRevision(string(k)), ">", 0),
		look:    clientv3.OpGet(string(k)), key: k, failure: Missing,
	})
}

// RequireRevision demands that a key has exactly this mod revision; 0 means absent.
func (t *Txn) RequireRevision(k Key, revision int64) {
	t.conditions = append(t.conditions, condition{
		compare: clientv3.Compare(clientv3.ModRevision(string(k)), "=", revision),
		look:    clientv3.OpGet(string(k)), key: k, failure: Changed, revision: revision,
	})
}

// RequireUnused demands that nothing refers to a record.
func (t *Txn) RequireUnused(kind Kind, id string) {
	prefix := ReferencePrefix(kind, id)
	t.conditions = append(t.conditions, condition{
		compare: clientv3.Compare(clientv3.CreateRevision(string(prefix)), "=", 0).WithPrefix(),
		look:    clientv3.OpGet(string(prefix), clientv3.WithPrefix(), clientv3.WithLimit(1)), key: prefix, failure: InUse,
	})
}

// RequireNoneNewer demands that no record of a kind was written after revision, so that a
// count made at that revision still is an upper bound.
func (t *Txn) RequireNoneNewer(kind Kind, revision int64) {
	prefix := RecordKey(kind, "")
	t.conditions = append(t.conditions, condition{
		compare: clientv3.Compare(clientv3.ModRevision(string(prefix)), "<", revision+1).WithPrefix(),
		look: clientv3.OpGet(string(prefix), clientv3.WithPrefix(), clientv3.WithLimit(1),
			clientv3.WithSort(clientv3.SortByModRevision, clientv3.SortDescend)),
		key: prefix, failure: Changed, revision: revision, newest: true,
	})
}

func (t *Txn) requireAbsent(k Key) {
	t.conditions = append(t.conditions, condition{
		compare: clientv3.Compare(clientv3.CreateRevision(string(k)), "=", 0),
		look:    clientv3.OpGet(string(k)), key: k, failure: Exists,
	})
}

// Commit applies t and returns the revision of its writes, or a *ConflictError, ErrTooLarge,
// ErrFull or ErrUnavailable. After ErrUnavailable the writes may or may not have happened.
// When Commit returns nil they are on disk.
func (s *Store) Commit(ctx context.Context, t *Txn) (revision int64, err error) {
	if t.err != nil {
		return 0, t.err
	}
	writes := t.writes
	if t.removes {
		writes = append(writes, clientv3.OpPut(string(removalKey), ""))
	}
	compares := make([]clientv3.Cmp, len(t.conditions))
	looks := make([]clientv3.Op, len(t.conditions))
	for i, c := range t.conditions {
		compares[i], looks[i] = c.compare, c.look
	}
	resp, err := s.kv.Txn(ctx).If(compares...).Then(writes...).Else(looks...).Commit()
	if err != nil {
		return 0, reason(err)
	}
	if resp.Succeeded {
		return resp.Header.Revision, nil
	}
	for i, c := range t.conditions {
		if conflict := c.check(resp.Responses[i].GetResponseRange().GetKvs()); conflict != nil {
			return 0, conflict
		}
	}
	return 0, fmt.Errorf("%w: transaction refused without a failed condition", ErrUnavailable)
}

// check looks at what a failed transaction found and says whether this condition failed.
func (c *condition) check(found []*mvccpb.KeyValue) error {
	conflict := &ConflictError{Kind: c.failure, Key: c.key}
	if len(found) > 0 {
		conflict.Value = string(found[0].Value)
	}
	switch c.failure {
	case Missing:
		if len(found) > 0 {
			return nil
		}
	case Exists, InUse:
		if len(found) == 0 {
			return nil
		}
		conflict.Key = Key(found[0].Key)
	case Changed:
		return c.checkRevision(conflict, found)
	}
	return conflict
}

func (c *condition) checkRevision(conflict *ConflictError, found []*mvccpb.KeyValue) error {
	var revision int64
	if len(found) > 0 {
		revision = found[0].ModRevision
	}
	switch {
	case c.newest && revision <= c.revision, !c.newest && revision == c.revision:
		return nil
	case !c.newest && revision == 0:
		conflict.Kind = Missing
	}
	return conflict
}

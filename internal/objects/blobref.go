package objects

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// referBlob changes a blob's reference count within a transaction. A blob
// nobody refers to any more becomes garbage; a reader that still holds a
// pinned blob may bring it back from there (a copy of a version that was
// deleted meanwhile).
func referBlob(tx *bbolt.Tx, id blobID, delta int) error {
	blobs, garbage := tx.Bucket(blobsBucket), tx.Bucket(garbageBucket)
	var count uint64
	if raw := blobs.Get(id[:]); raw != nil {
		var err error
		if count, err = decodeNum(raw); err != nil {
			return fmt.Errorf("blob %s: %w", id, err)
		}
	}
	if delta < 0 && count < uint64(-delta) {
		return fmt.Errorf("blob %s: %w: reference count below zero", id, ErrDamaged)
	}
	count += uint64(delta)
	if count == 0 {
		if err := blobs.Delete(id[:]); err != nil {
			return err
		}
		return garbage.Put(id[:], nil)
	}
	if err := garbage.Delete(id[:]); err != nil {
		return err
	}
	return blobs.Put(id[:], binary.AppendUvarint(nil, count))
}

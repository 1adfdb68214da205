package state

import (
	"context"
	"time"
)

// Rotation is the replacement of one key by another, of which only the old one's removal is
// left.
type Rotation struct {
	Old         string     `json:"old"`
	New         string     `json:"new"`
	Started     time.Time  `json:"started"`
	RemoveAfter *time.Time `json:"removeAfter,omitempty"` // nil: not before it is forced
	Finished    *time.Time `json:"finished,omitempty"`

	Revision int64 `json:"-"` // mod revision of the record's key
}

const rotationPrefix Key = "rotation/"

// RotationKey is where the rotation of a key is kept.
func RotationKey(old string) Key { return rotationPrefix + Key(old) }

// Rotations reads all rotations that are kept.
func (s *Store) Rotations(ctx context.Context) ([]*Rotation, error) {
	return values(ctx, s, rotationPrefix, func(r *Rotation, revision int64) { r.Revision = revision })
}

// RemoveRotation removes a rotation that must be as it was read.
func (t *Txn) RemoveRotation(r *Rotation) {
	t.RequireRevision(RotationKey(r.Old), r.Revision)
	t.Remove(RotationKey(r.Old))
}

package state

import "time"

// Revocation takes signed access back until a time: one policy, what a key has signed, or a
// path of a distribution. Exactly one of OfPolicy, OfKey and OfResource is set. It never
// changes.
type Revocation struct {
	Meta
	Comment string    `json:"comment,omitempty"`
	Until   time.Time `json:"until"` // when it ends; a policy's expiry
	// Cut says that downloads under way are cut off.
	Cut bool `json:"cut,omitempty"`

	OfPolicy   *RevokedPolicy   `json:"policy,omitempty"`
	OfKey      *RevokedKey      `json:"key,omitempty"`
	OfResource *RevokedResource `json:"resource,omitempty"`
}

// RevokedPolicy names a policy by the bytes that are signed and by the key, never by a
// signature: of one text ECDSA has many.
type RevokedPolicy struct {
	KeyID       string   `json:"keyID"`       // as it was named, for people
	Fingerprint []byte   `json:"fingerprint"` // SHA-256 of the key's SubjectPublicKeyInfo
	Texts       [][]byte `json:"texts"`       // SHA-256 of the policy; of canned ones with and without port
	Resource    string   `json:"resource"`    // that the policy is for, for people
}

// RevokedKey names what one key has signed: all of it, or what expires by a time.
type RevokedKey struct {
	KeyID       string     `json:"keyID"`
	Fingerprint []byte     `json:"fingerprint"`
	ExpiringBy  *time.Time `json:"expiringBy,omitempty"` // nil: all
}

// RevokedResource names paths of one distribution: one, or with a final * those that begin so.
type RevokedResource struct {
	DistributionID string `json:"distributionID"`
	Path           string `json:"path"`
}

// Kind is KindRevocation.
func (*Revocation) Kind() Kind { return KindRevocation }

// Key is where the record is kept.
func (r *Revocation) Key() Key { return RecordKey(KindRevocation, r.ID) }

// keptChanges is how many changes of revocations a Config remembers.
const keptChanges = 1024

// revocationLog is the latest changes of revocations, so that whoever keeps tables of many
// thousand need not compare them all.
type revocationLog struct {
	after   int64 // everything after this revision is in changes
	changes []Change
}

func (l *revocationLog) add(ch Change) {
	if len(l.changes) == 2*keptChanges {
		l.after = l.changes[keptChanges-1].Revision
		l.changes = append([]Change(nil), l.changes[keptChanges:]...)
	}
	l.changes = append(l.changes, ch)
}

// forget begins anew after a revision.
func (l *revocationLog) forget(revision int64) { l.after, l.changes = revision, nil }

// RevocationsSince lists the changes of revocations after a revision, in their order. known is
// false when they are not remembered that far back: then only Revocations tells.
func (c *Config) RevocationsSince(revision int64) (changes []Change, known bool) {
	if revision < c.revoked.after {
		return nil, false
	}
	for i, ch := range c.revoked.changes {
		if ch.Revision > revision {
			return c.revoked.changes[i:], true
		}
	}
	return nil, true
}

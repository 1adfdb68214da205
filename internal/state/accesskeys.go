package state

import (
	"context"
	"time"
)

// The kinds of records under access/, which only nodes with a door read.
const (
	KindAccessKey   Kind = "access-key"
	KindConsoleLink Kind = "console-link"
)

// Role is what an access key may do.
type Role string

// RoleRoot may do everything, RoleFull what no bucket policy denies, RoleReadOnly what changes
// nothing.
const (
	RoleRoot     Role = "root"
	RoleFull     Role = "full"
	RoleReadOnly Role = "read-only"
)

// AccessKey is an access key of the account; its id is the access key id. The root key, which
// is kept in its node's data directory, is not among them until it is replaced.
type AccessKey struct {
	Meta
	Role        Role       `json:"role"` // RoleRoot for a root key that has been replaced
	Description string     `json:"description,omitempty"`
	Active      bool       `json:"active"`
	Ends        *time.Time `json:"ends,omitempty"` // refused from then on; nil for never
	Replaces    string     `json:"replaces,omitempty"`
	ReplacedBy  string     `json:"replacedBy,omitempty"`
	Secret      []byte     `json:"secret"` // sealed for the name ID
}

// Admitted reports whether the key opens doors at a time.
func (k *AccessKey) Admitted(now time.Time) bool {
	return k.Active && (k.Ends == nil || now.Before(*k.Ends))
}

// ConsoleLink is a link into the console that nobody has followed yet. Its id is the SHA-256 of
// its secret, in hexadecimal.
type ConsoleLink struct {
	Meta
	Maker   string        `json:"maker"` // access key id
	Role    Role          `json:"role"`  // of the session it gives
	Session time.Duration `json:"session"`
	Ends    time.Time     `json:"ends"`
}

// Waits reports whether the link can still be followed at a time.
func (l *ConsoleLink) Waits(now time.Time) bool { return now.Before(l.Ends) }

// Kind is KindAccessKey.
func (*AccessKey) Kind() Kind { return KindAccessKey }

// Key is where the record is kept.
func (k *AccessKey) Key() Key { return RecordKey(KindAccessKey, k.ID) }

// Kind is KindConsoleLink.
func (*ConsoleLink) Kind() Kind { return KindConsoleLink }

// Key is where the record is kept.
func (l *ConsoleLink) Key() Key { return RecordKey(KindConsoleLink, l.ID) }

// AccessKey reads an access key as of now: a change that Commit has acknowledged on any node is
// seen. ErrNotFound when there is none.
func (s *Store) AccessKey(ctx context.Context, id string) (*AccessKey, error) {
	k := &AccessKey{Meta: Meta{ID: id}}
	return k, s.Read(ctx, k)
}

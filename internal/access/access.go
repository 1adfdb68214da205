// Package access finds out what an access key may do: the root key, the account's access keys
// and the temporary keys made with either. All doors of the API address ask it.
package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/sealed"
	"github.com/warmfront/warmfront/internal/state"
)

// Why a key is not admitted. Other errors of Find say that the state could not be asked.
var (
	// ErrUnknown: there is no such key, or it is inactive or has ended, or the key that it was
	// made with; or a temporary key came without its token.
	ErrUnknown = errors.New("the access key is not known")
	// ErrToken: the session token is not this key's.
	ErrToken = errors.New("the session token is not valid for the access key")
	// ErrExpired: a temporary key past its end.
	ErrExpired = errors.New("the session has expired")
)

// Key is a key that is admitted. Secret is what its signatures are made with.
type Key struct {
	ID, Secret string
	Role       state.Role
	// Maker is the access key that the key ends with: itself, unless it is temporary.
	Maker string
	// Ends is when the key ends; zero for never.
	Ends time.Time
}

// Temporary reports whether the key was made with another one.
func (k *Key) Temporary() bool { return k.Maker != k.ID }

// ReadOnly reports whether the key may only perform what changes nothing.
func (k *Key) ReadOnly() bool { return k.Role == state.RoleReadOnly }

// Options are what Keys need. All are required.
type Options struct {
	Root  func() (id, secret string) // the root key of this node
	Store func() *state.Store        // nil while the state is not available
	Ring  *sealed.Keyring            // opens secrets, seals session tokens
	Now   func() time.Time
}

// Keys are all keys that open a door of this node. Safe for concurrent use.
type Keys struct{ o Options }

// New returns the keys.
func New(o Options) *Keys { return &Keys{o} }

// Find finds an admitted key by its id and the session token it came with, "" for none: an
// error matching ErrUnknown, ErrToken or ErrExpired if it is not admitted. Keys other than the
// root key are read from the state each time, so that what ends a key does so at once.
func (k *Keys) Find(ctx context.Context, id, token string) (*Key, error) {
	if token != "" || strings.HasPrefix(id, temporaryPrefix) {
		return k.temporary(ctx, id, token)
	}
	return k.permanent(ctx, id)
}

// permanent finds a key that was not made with another one.
func (k *Keys) permanent(ctx context.Context, id string) (*Key, error) {
	if root, secret := k.o.Root(); subtle.ConstantTimeCompare([]byte(id), []byte(root)) == 1 {
		return &Key{ID: id, Secret: secret, Role: state.RoleRoot, Maker: id}, nil
	}
	if !WellFormed(id) {
		return nil, ErrUnknown // not worth a question to the state
	}
	store := k.o.Store()
	if store == nil {
		return nil, state.ErrUnavailable
	}
	record, err := store.AccessKey(ctx, id)
	switch {
	case errors.Is(err, state.ErrNotFound):
		return nil, ErrUnknown
	case err != nil:
		return nil, err
	case !record.Admitted(k.o.Now()):
		return nil, ErrUnknown
	}
	secret, err := k.o.Ring.Open(record.Secret, id)
	if err != nil {
		return nil, err
	}
	found := &Key{ID: id, Secret: string(secret), Role: record.Role, Maker: id}
	if record.Ends != nil {
		found.Ends = *record.Ends
	}
	return found, nil
}

const (
	permanentPrefix = "AKIA"
	temporaryPrefix = "ASIA"
	idLength        = 20
)

// WellFormed reports whether an id can be that of an access key of the account.
func WellFormed(id string) bool {
	return len(id) == idLength && strings.HasPrefix(id, permanentPrefix) && strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

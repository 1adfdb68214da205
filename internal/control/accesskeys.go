package control

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

const (
	maxAccessKeys     = 1000
	maxKeyDescription = 256 // characters

	// DefaultKeyGrace and MaxKeyGrace bound how long a rotated access key is still admitted.
	DefaultKeyGrace = 24 * time.Hour
	MaxKeyGrace     = 365 * 24 * time.Hour
)

// NewAccessKey is an access key just made, with the secret that is known only now.
type NewAccessKey struct {
	*state.AccessKey
	Plain string
}

// CreateAccessKey makes an access key, active at once on every node.
func (c *Control) CreateAccessKey(ctx context.Context, by *access.Key, role state.Role, description string) (*NewAccessKey, error) {
	if err := lasting(by, "make access keys"); err != nil {
		return nil, err
	}
	switch {
	case role != state.RoleFull && role != state.RoleReadOnly:
		return nil, cloudfront.Errorf("InvalidArgument", "The role must be full or read-only: %q.", role)
	case !utf8.ValidString(description) || strings.ContainsFunc(description, func(r rune) bool { return !unicode.IsPrint(r) }):
		return nil, cloudfront.Errorf("InvalidArgument", "The description has characters that cannot be printed.")
	case utf8.RuneCountInString(description) > maxKeyDescription:
		return nil, cloudfront.Errorf("InvalidArgument", "The description is longer than %d characters.", maxKeyDescription)
	}
	made, err := c.makeAccessKey(role, description)
	if err != nil {
		return nil, err
	}
	var txn state.Txn
	txn.Create(made.AccessKey)
	return made, c.addAccessKey(ctx, &txn, made.AccessKey)
}

// RotateAccessKey makes the successor of an access key, which itself is admitted for grace more.
func (c *Control) RotateAccessKey(ctx context.Context, by *access.Key, id string, grace time.Duration) (*NewAccessKey, error) {
	if err := lasting(by, "rotate access keys"); err != nil {
		return nil, err
	}
	if grace < 0 || grace > MaxKeyGrace {
		return nil, cloudfront.Errorf("InvalidArgument", "The time of grace must be 0 to %d seconds.", int64(MaxKeyGrace/time.Second))
	}
	old, err := c.AccessKey(ctx, id)
	if err != nil {
		return nil, err
	}
	if !old.Admitted(c.o.Now()) || old.ReplacedBy != "" {
		return nil, &cloudfront.Error{Code: "AccessKeyNotActive", Status: http.StatusConflict, Message: "The access key is inactive, has ended or was rotated before."}
	}
	made, err := c.makeAccessKey(old.Role, old.Description)
	if err != nil {
		return nil, err
	}
	now := c.now()
	old.Modified, old.ReplacedBy, made.Replaces = now, made.ID, old.ID
	if ends := now.Add(grace); old.Ends == nil || ends.Before(*old.Ends) {
		old.Ends = &ends
	}
	var txn state.Txn
	txn.Update(old)
	txn.Create(made.AccessKey)
	return made, c.addAccessKey(ctx, &txn, old)
}

// RetireRootKey has a root access key that is being replaced admitted for grace more, as an access
// key that can be deactivated and deleted.
func (c *Control) RetireRootKey(ctx context.Context, id, secret, successor string, grace time.Duration) error {
	if !access.WellFormed(id) {
		return cloudfront.Errorf("InvalidArgument", "The root access key %s was not made by Warmfront and ends when it is replaced: the time of grace must be 0.", id)
	}
	k := &state.AccessKey{Meta: c.newMeta(id), Role: state.RoleRoot, Description: "the root key before " + successor, Active: true, ReplacedBy: successor}
	ends := k.Created.Add(grace)
	k.Ends = &ends
	var err error
	if k.Secret, err = c.o.Keys.Seal([]byte(secret), id); err != nil {
		return err
	}
	var txn state.Txn
	txn.Put(k.Key(), k) // also in the place of one whose replacement failed half-way
	return c.addAccessKey(ctx, &txn, k)
}

// AccessKey answers with one access key.
func (c *Control) AccessKey(ctx context.Context, id string) (*state.AccessKey, error) {
	k := &state.AccessKey{Meta: state.Meta{ID: id}}
	return k, c.read(ctx, k)
}

// AccessKeys lists all access keys in the order of their creation.
func (c *Control) AccessKeys(ctx context.Context) ([]*state.AccessKey, error) {
	keys, _, err := state.List[state.AccessKey](ctx, c.store, "", state.Page{})
	slices.SortStableFunc(keys, func(a, b *state.AccessKey) int { return a.Created.Compare(b.Created) })
	return keys, c.unavailable(err)
}

// ActivateAccessKey makes an access key active or inactive, at once on every node.
func (c *Control) ActivateAccessKey(ctx context.Context, by *access.Key, id string, active bool) (*state.AccessKey, error) {
	if active {
		// Whoever holds a temporary key could bring back one that was taken from him.
		if err := lasting(by, "activate access keys"); err != nil {
			return nil, err
		}
	}
	for range attempts {
		k, err := c.AccessKey(ctx, id)
		if err != nil || k.Active == active {
			return k, err
		}
		k.Active, k.Modified = active, c.now()
		var txn state.Txn
		txn.Update(k)
		if err = c.save(ctx, &txn, k); cloudfront.CodeOf(err) != "PreconditionFailed" {
			return k, err
		}
	}
	return nil, keysBusy()
}

// DeleteAccessKey removes an access key, at once on every node.
func (c *Control) DeleteAccessKey(ctx context.Context, id string) error {
	for range attempts {
		k, err := c.AccessKey(ctx, id)
		if err != nil {
			return err
		}
		var txn state.Txn
		txn.Delete(k)
		if err = c.save(ctx, &txn, k); cloudfront.CodeOf(err) != "PreconditionFailed" {
			return err
		}
	}
	return keysBusy()
}

// makeAccessKey makes a key that is nowhere kept yet.
func (c *Control) makeAccessKey(role state.Role, description string) (*NewAccessKey, error) {
	k := &state.AccessKey{Meta: c.newMeta(cloudfront.NewAccessKeyID(c.o.Rand, "AKIA")), Role: role, Description: description, Active: true}
	plain := base64.StdEncoding.EncodeToString(randomSecret())
	var err error
	k.Secret, err = c.o.Keys.Seal([]byte(plain), k.ID)
	return &NewAccessKey{AccessKey: k, Plain: plain}, err
}

// addAccessKey commits a change about r that adds a key, unless there are too many.
func (c *Control) addAccessKey(ctx context.Context, txn *state.Txn, r state.Record) error {
	n, err := c.store.Count(ctx, state.KindAccessKey, "", 0)
	if err != nil {
		return c.unavailable(err)
	}
	if n >= maxAccessKeys {
		return tooMany("There are %d access keys, which is the maximum: delete one first.", n)
	}
	err = c.save(ctx, txn, r)
	if cloudfront.CodeOf(err) == "PreconditionFailed" {
		return keysBusy()
	}
	return err
}

// lasting refuses a temporary key what would outlive it.
func lasting(by *access.Key, what string) error {
	if by.Temporary() {
		return cloudfront.Errorf("AccessDenied", "A temporary key may not %s: use the access key that it was made with.", what)
	}
	return nil
}

func tooMany(format string, args ...any) error {
	err := cloudfront.Errorf("LimitExceeded", format, args...)
	err.Status = http.StatusConflict
	return err
}

func keysBusy() error {
	return cloudfront.Errorf("ServiceUnavailable", "The access keys are being changed by others; try again.")
}

// save commits a change to a record that edges know nothing of.
func (c *Control) save(ctx context.Context, txn *state.Txn, r state.Record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if _, err := c.store.Commit(ctx, txn); err != nil {
		return c.refused(err, r)
	}
	return nil
}

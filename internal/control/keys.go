package control

import (
	"context"
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// The types of keys.
const (
	TypePublicKey = "public-key"
	TypeKeyPair   = "key-pair"
)

// KeyStatus is a key that signs URLs and cookies, and what edges have seen of it. An unused
// link is invisible: what has been signed is not known.
type KeyStatus struct {
	ID        string
	Type      string // TypePublicKey or TypeKeyPair
	Name      string // of public keys
	PublicKey string // PEM
	Active    bool   // in a key group, or an active key pair
	Groups    []string
	Created   time.Time

	LastSeen     *time.Time // nil: never
	Requests     int64      // within state.UsageWindow
	LatestExpiry *time.Time // among the URLs and cookies seen
	Since        *time.Time // when all edges that have reported had begun to look
	Rotation     *state.Rotation
}

// Keys lists public keys and key pairs with what edges have seen of them.
func (c *Control) Keys(ctx context.Context) ([]KeyStatus, error) {
	usages, err := c.store.Usages(ctx)
	if err != nil {
		return nil, c.unavailable(err)
	}
	pairs, err := c.KeyPairs(ctx)
	if err != nil {
		return nil, err
	}
	keys, _, err := state.List[state.PublicKey](ctx, c.store, "", state.Page{})
	if err != nil {
		return nil, c.unavailable(err)
	}
	out := make([]KeyStatus, 0, len(pairs)+len(keys))
	for _, p := range pairs {
		out = append(out, pairStatus(p))
	}
	for _, k := range keys {
		status, err := c.publicKeyStatus(ctx, k)
		if err != nil {
			return nil, err
		}
		out = append(out, status)
	}
	for i := range out {
		if err := c.seen(ctx, &out[i], usages); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Key answers with one key and what edges have seen of it.
func (c *Control) Key(ctx context.Context, id string) (*KeyStatus, error) {
	var status KeyStatus
	pair, err := c.KeyPair(ctx, id)
	switch {
	case err == nil:
		status = pairStatus(pair)
	case cloudfront.CodeOf(err) != "NoSuchKeyPair":
		return nil, err
	default:
		k := &state.PublicKey{Meta: state.Meta{ID: id}}
		if err := c.read(ctx, k); cloudfront.CodeOf(err) == "NoSuchPublicKey" {
			return nil, noSuchKey(id)
		} else if err != nil {
			return nil, err
		}
		if status, err = c.publicKeyStatus(ctx, k); err != nil {
			return nil, err
		}
	}
	usages, err := c.store.Usages(ctx)
	if err != nil {
		return nil, c.unavailable(err)
	}
	return &status, c.seen(ctx, &status, usages)
}

func noSuchKey(id string) error {
	return &cloudfront.Error{Code: "NoSuchKey", Status: http.StatusNotFound, Message: "There is neither a public key nor a key pair " + id + "."}
}

func pairStatus(p *state.KeyPair) KeyStatus {
	return KeyStatus{ID: p.ID, Type: TypeKeyPair, PublicKey: p.PublicKeyPEM, Active: p.Active, Created: p.Created}
}

func (c *Control) publicKeyStatus(ctx context.Context, k *state.PublicKey) (KeyStatus, error) {
	groups, err := c.store.Users(ctx, state.KindPublicKey, k.ID)
	if err != nil {
		return KeyStatus{}, c.unavailable(err)
	}
	return KeyStatus{
		ID: k.ID, Type: TypePublicKey, Name: k.Config.Name, PublicKey: k.Config.EncodedKey, Active: len(groups) > 0, Groups: groups, Created: k.Created,
	}, nil
}

// seen merges what the edges have seen of a key, and adds its rotation.
func (c *Control) seen(ctx context.Context, k *KeyStatus, usages []*state.Usage) error {
	now := c.o.Now()
	for _, u := range usages {
		if k.Since == nil || u.Since.After(*k.Since) {
			k.Since = &u.Since
		}
		use := u.Keys[k.ID]
		if use == nil {
			continue
		}
		k.Requests += use.Requests(now)
		if k.LastSeen == nil || use.LastSeen.After(*k.LastSeen) {
			k.LastSeen = &use.LastSeen
		}
		if k.LatestExpiry == nil || use.LatestExpiry.After(*k.LatestExpiry) {
			k.LatestExpiry = &use.LatestExpiry
		}
	}
	var err error
	k.Rotation, err = c.rotation(ctx, k.ID)
	return err
}

// rotation reads a key's rotation, nil when there is none.
func (c *Control) rotation(ctx context.Context, old string) (*state.Rotation, error) {
	r := &state.Rotation{}
	revision, err := c.store.Value(ctx, state.RotationKey(old), r)
	if err != nil || revision == 0 {
		return nil, c.unavailable(err)
	}
	return r, nil
}

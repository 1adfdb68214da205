package control

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// Rotate begins to replace a key: the new public key is trusted wherever the old one is, in the
// same transaction. Of a rotation under way only the date changes, when one is given, and
// publicKeyPEM is not looked at: beginning again goes on.
func (c *Control) Rotate(ctx context.Context, old, publicKeyPEM string, removeAfter *time.Time) (*KeyStatus, error) {
	k, err := c.Key(ctx, old)
	if err != nil {
		return nil, err
	}
	switch r := k.Rotation; {
	case r != nil && r.Finished == nil:
		if removeAfter != nil {
			r.RemoveAfter = removeAfter
			var txn state.Txn
			txn.Put(state.RotationKey(old), r)
			_, err = c.store.Commit(ctx, &txn)
			err = c.unavailable(err)
		}
		return k, err
	case !k.Active:
		return nil, cloudfront.Errorf("InvalidArgument", "The key %s signs nothing now: it is in no key group, or not an active key pair.", old)
	case publicKeyPEM == "":
		return nil, cloudfront.Errorf("InvalidArgument", "The public key of the new key is required.")
	case k.Type == TypeKeyPair:
		err = c.rotatePair(ctx, k, publicKeyPEM, removeAfter)
	default:
		err = c.rotatePublicKey(ctx, k, publicKeyPEM, removeAfter)
	}
	if err != nil {
		return nil, err
	}
	return c.Key(ctx, old)
}

func (c *Control) newRotation(old, id string, removeAfter *time.Time) *state.Rotation {
	return &state.Rotation{Old: old, New: id, Started: c.now(), RemoveAfter: removeAfter}
}

func (c *Control) rotatePair(ctx context.Context, old *KeyStatus, publicKeyPEM string, removeAfter *time.Time) error {
	if err := checkPairKey(publicKeyPEM); err != nil {
		return err
	}
	k := &state.KeyPair{Meta: c.newMeta(cloudfront.NewKeyPairID(c.o.Rand)), PublicKeyPEM: publicKeyPEM, Active: true}
	return c.changePairs(ctx, k, state.Created, func(txn *state.Txn) {
		txn.Create(k)
		txn.Put(state.RotationKey(old.ID), c.newRotation(old.ID, k.ID, removeAfter))
	})
}

func (c *Control) rotatePublicKey(ctx context.Context, old *KeyStatus, publicKeyPEM string, removeAfter *time.Time) error {
	id := cloudfront.NewPublicKeyID(c.o.Rand)
	name := old.Name[:min(len(old.Name), 100)] + "-" + id
	cfg := cloudfront.PublicKeyConfig{CallerReference: "rotation-" + id, Name: name, EncodedKey: publicKeyPEM}
	if err := cloudfront.ValidatePublicKey(&cfg); err != nil {
		return err
	}
	if err := c.quota(ctx, state.KindPublicKey, 10, "TooManyPublicKeys"); err != nil {
		return err
	}
	k := &state.PublicKey{Meta: c.newMeta(id), Config: cfg}
	var txn state.Txn
	txn.Claim(state.CallerReferenceKey(string(state.KindPublicKey), cfg.CallerReference), id)
	txn.Claim(state.NameKey(state.KindPublicKey, cfg.Name), id)
	txn.Create(k)
	for _, groupID := range old.Groups {
		g := &state.KeyGroup{Meta: state.Meta{ID: groupID}}
		if err := c.read(ctx, g); err != nil {
			return err
		}
		g.Config.Items = append(slices.Clone(g.Config.Items), id)
		if err := cloudfront.ValidateKeyGroup(&g.Config, c.limits); err != nil {
			return err
		}
		g.Modified = c.now()
		txn.Update(g)
		txn.Mark(state.ReferenceKey(state.KindPublicKey, id, groupID), "")
	}
	txn.Put(state.RotationKey(old.ID), c.newRotation(old.ID, id, removeAfter))
	_, err := c.commit(ctx, &txn, k, state.Created)
	return err
}

// FinishRotation removes the old key of a rotation: from its key groups, or by deactivating the
// key pair. The key itself is kept, so that this can be undone. It refuses before the date that
// was set, or without one, unless forced.
func (c *Control) FinishRotation(ctx context.Context, old string, force bool) (*KeyStatus, error) {
	k, err := c.Key(ctx, old)
	if err != nil {
		return nil, err
	}
	r := k.Rotation
	switch {
	case r == nil:
		return nil, &cloudfront.Error{Code: "NoSuchRotation", Status: http.StatusNotFound, Message: "The key " + old + " is not being rotated."}
	case r.Finished != nil:
		return k, nil
	case force:
	case r.RemoveAfter == nil:
		return nil, notDue("no date has been set from which " + old + " may be removed")
	case c.o.Now().Before(*r.RemoveAfter):
		return nil, notDue(old + " may be removed from " + r.RemoveAfter.UTC().Format(time.RFC3339) + " on")
	}
	now := c.now()
	r.Finished = &now
	if k.Type == TypeKeyPair {
		err = c.removePair(ctx, k, r)
	} else {
		err = c.removeFromGroups(ctx, k, r)
	}
	if err != nil {
		return nil, err
	}
	return c.Key(ctx, old)
}

func notDue(why string) error {
	return &cloudfront.Error{Code: "RotationNotDue", Status: http.StatusConflict, Message: "The old key stays: " + why + ". To remove it now, force it."}
}

func (c *Control) removePair(ctx context.Context, k *KeyStatus, r *state.Rotation) error {
	if replacement, err := c.KeyPair(ctx, r.New); err != nil || !replacement.Active {
		return replacementGone(r)
	}
	if _, err := c.ActivateKeyPair(ctx, k.ID, false); err != nil {
		return err
	}
	var txn state.Txn
	txn.Put(state.RotationKey(k.ID), r)
	_, err := c.store.Commit(ctx, &txn)
	return c.unavailable(err)
}

func replacementGone(r *state.Rotation) error {
	return &cloudfront.Error{Code: "RotationBroken", Status: http.StatusConflict, Message: "The old key stays: its replacement " + r.New + " is no longer trusted in its place."}
}

func (c *Control) removeFromGroups(ctx context.Context, k *KeyStatus, r *state.Rotation) error {
	var txn state.Txn
	txn.Put(state.RotationKey(k.ID), r)
	var last *state.KeyGroup
	for _, groupID := range k.Groups {
		g := &state.KeyGroup{Meta: state.Meta{ID: groupID}}
		if err := c.read(ctx, g); err != nil {
			return err
		}
		if !slices.Contains(g.Config.Items, r.New) {
			return replacementGone(r)
		}
		g.Config.Items = slices.DeleteFunc(slices.Clone(g.Config.Items), func(id string) bool { return id == k.ID })
		g.Modified = c.now()
		txn.Update(g)
		txn.Remove(state.ReferenceKey(state.KindPublicKey, k.ID, groupID))
		last = g
	}
	if last == nil { // somebody has removed it already
		_, err := c.store.Commit(ctx, &txn)
		return c.unavailable(err)
	}
	_, err := c.takeAway(ctx, &txn, last, state.Updated)
	return err
}

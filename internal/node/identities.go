package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/internal/s3store"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/internal/state"
)

// newAccess finds access keys for every door: the node's root key, and what the state knows.
func (n *Node) newAccess() *access.Keys {
	return access.New(access.Options{
		Root:  func() (id, secret string) { return n.Root().AccessKeyID, n.Root().SecretAccessKey },
		Store: n.management.state.Load, Ring: n.keys, Now: n.o.Now,
	})
}

// rotateRoot replaces the root access key id, in root.env and at the doors of this node; it is
// admitted for grace more, like any access key.
func (n *Node) rotateRoot(ctx context.Context, id string, grace time.Duration) (newID, secret string, err error) {
	m := &n.management
	m.rotating.Lock()
	defer m.rotating.Unlock()
	old, made := n.Root(), datadir.NewRootKey()
	if old.AccessKeyID != id {
		return "", "", access.ErrUnknown // rotated meanwhile
	}
	if grace > 0 {
		if err := m.control.RetireRootKey(ctx, old.AccessKeyID, old.SecretAccessKey, made.AccessKeyID, grace); err != nil {
			return "", "", err
		}
	}
	if err := n.dir.PutRootKey(made); err != nil {
		return "", "", err
	}
	n.root.Store(&made)
	return made.AccessKeyID, made.SecretAccessKey, nil
}

// identities tells the S3 door who signs: the owner of an access key, or an identity of the
// snapshot being served.
type identities struct{ node *Node }

// ByAccessKey implements s3store.Identities.
func (i identities) ByAccessKey(ctx context.Context, id, token string) (s3store.Identity, error) {
	if found, ok := identity(i.node.edge.Snapshot().ByAccessKey(id)); ok {
		if token != "" {
			return s3store.Identity{}, s3store.ErrInvalidToken
		}
		return found, nil
	}
	key, err := i.node.access.Find(ctx, id, token)
	switch {
	case errors.Is(err, access.ErrUnknown):
		return s3store.Identity{}, s3store.ErrUnknownKey
	case errors.Is(err, access.ErrToken):
		return s3store.Identity{}, s3store.ErrInvalidToken
	case errors.Is(err, access.ErrExpired):
		return s3store.Identity{}, s3store.ErrExpiredToken
	case errors.Is(err, state.ErrUnavailable):
		return s3store.Identity{}, fmt.Errorf("%w: %w", s3store.ErrUnavailable, err)
	case err != nil:
		return s3store.Identity{}, err
	}
	return i.member(key), nil
}

// member is the owner of an access key as the S3 door sees it.
func (i identities) member(k *access.Key) s3store.Identity {
	account := i.node.config.AccountID
	out := s3store.Identity{
		Kind: s3store.User, AccessKeyID: k.ID, SecretAccessKey: k.Secret, CanonicalID: s3store.CanonicalID(account),
		ARN: "arn:aws:iam::" + account + ":user/" + k.Maker, ReadOnly: k.ReadOnly(),
	}
	if k.Role == state.RoleRoot {
		out.Kind, out.ARN = s3store.Root, "arn:aws:iam::"+account+":root"
	}
	return out
}

// OriginAccessIdentity finds an origin access identity by its id.
func (i identities) OriginAccessIdentity(id string) (s3store.Identity, bool) {
	return identity(i.node.edge.Snapshot().OriginAccessIdentity(id))
}

// OriginAccessIdentityByCanonicalID finds an origin access identity by its canonical user id.
func (i identities) OriginAccessIdentityByCanonicalID(id string) (s3store.Identity, bool) {
	return identity(i.node.edge.Snapshot().OriginAccessIdentityByCanonicalID(id))
}

func identity(i *snapshot.Identity) (s3store.Identity, bool) {
	if i == nil {
		return s3store.Identity{}, false
	}
	kind := s3store.DistributionOrigin
	if i.OriginAccessIdentityID != "" {
		kind = s3store.OriginAccessIdentity
	}
	return s3store.Identity{Kind: kind, AccessKeyID: i.AccessKeyID, SecretAccessKey: i.Secret, ARN: i.ARN, CanonicalID: i.CanonicalID}, true
}

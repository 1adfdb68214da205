package control

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// maxActivePairs is how many key pairs of the account can be active at once (Developer Guide,
// CloudFront key pairs of the AWS account).
const maxActivePairs = 2

// CreateKeyPair keeps the public half of a key pair, PEM text of a SubjectPublicKeyInfo
// (RSA of at least 1024 bits, or ECDSA on P-256), and makes it active under a fresh APKA id.
func (c *Control) CreateKeyPair(ctx context.Context, publicKeyPEM string) (*state.KeyPair, error) {
	if err := checkPairKey(publicKeyPEM); err != nil {
		return nil, err
	}
	k := &state.KeyPair{Meta: c.newMeta(cloudfront.NewKeyPairID(c.o.Rand)), PublicKeyPEM: publicKeyPEM, Active: true}
	if err := c.changePairs(ctx, k, state.Created, func(txn *state.Txn) { txn.Create(k) }); err != nil {
		return nil, err
	}
	return k, nil
}

// KeyPair answers with one key pair.
func (c *Control) KeyPair(ctx context.Context, id string) (*state.KeyPair, error) {
	k := &state.KeyPair{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, k); err != nil {
		return nil, err
	}
	return k, nil
}

// KeyPairs lists all key pairs by id.
func (c *Control) KeyPairs(ctx context.Context) ([]*state.KeyPair, error) {
	pairs, _, err := state.List[state.KeyPair](ctx, c.store, "", state.Page{})
	return pairs, c.unavailable(err)
}

// ActivateKeyPair makes a key pair active or inactive. Edges refuse signatures of inactive
// ones; deactivating waits up to Options.Hold for the live ones.
func (c *Control) ActivateKeyPair(ctx context.Context, id string, active bool) (*state.KeyPair, error) {
	for range attempts {
		k, err := c.KeyPair(ctx, id)
		if err != nil || k.Active == active {
			return k, err
		}
		k.Active, k.Modified = active, c.now()
		err = c.changePairs(ctx, k, state.Updated, func(txn *state.Txn) { txn.Update(k) })
		switch {
		case err == nil:
			return k, nil
		case cloudfront.CodeOf(err) != "PreconditionFailed":
			return nil, err
		}
	}
	return nil, pairsBusy()
}

// DeleteKeyPair removes a key pair, active or not. Removing an active one waits up to
// Options.Hold for the live edges.
func (c *Control) DeleteKeyPair(ctx context.Context, id string) error {
	for range attempts {
		k, err := c.KeyPair(ctx, id)
		if err != nil {
			return err
		}
		commit := c.commit
		if k.Active {
			commit = c.takeAway
		}
		var txn state.Txn
		txn.Delete(k)
		_, err = commit(ctx, &txn, k, state.Removed)
		if cloudfront.CodeOf(err) != "PreconditionFailed" {
			return err
		}
	}
	return pairsBusy()
}

// changePairs commits a change to k while at most two pairs are active, again when another
// change to any pair came first.
func (c *Control) changePairs(ctx context.Context, k *state.KeyPair, action state.Action, write func(*state.Txn)) error {
	commit := c.commit
	if !k.Active {
		commit = c.takeAway
	}
	for range attempts {
		pairs, revision, err := state.List[state.KeyPair](ctx, c.store, "", state.Page{})
		if err != nil {
			return c.unavailable(err)
		}
		active := 0
		for _, p := range pairs {
			if p.Active && p.ID != k.ID {
				active++
			}
		}
		if k.Active && active >= maxActivePairs {
			return &cloudfront.Error{Code: "TooManyKeyPairs", Status: http.StatusConflict, Message: "The account has two active key pairs, which is the maximum: deactivate or delete one first."}
		}
		var txn state.Txn
		write(&txn) // its condition comes first: a change to k itself is the caller's to retry
		txn.RequireNoneNewer(state.KindKeyPair, revision)
		revision, err = commit(ctx, &txn, k, action)
		if err == nil {
			k.Revision = revision
			return nil
		}
		conflict, ok := errors.AsType[*state.ConflictError](err)
		if !ok || conflict.Key != state.RecordKey(state.KindKeyPair, "") {
			return err
		}
	}
	return pairsBusy()
}

func pairsBusy() error {
	return cloudfront.Errorf("ServiceUnavailable", "The key pairs are being changed by others; try again.")
}

// minPairBits is the shortest RSA key of a legacy pair: CloudFront made 1024 bits in its
// first years.
const minPairBits = 1024

func checkPairKey(text string) error {
	block, rest := pem.Decode([]byte(text))
	if block == nil || strings.TrimSpace(string(rest)) != "" || block.Type != "PUBLIC KEY" {
		return invalidPair("it must be one PEM block of type PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return invalidPair("it is not a SubjectPublicKeyInfo structure")
	}
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= minPairBits {
			return nil
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return nil
		}
	}
	return invalidPair("it must be RSA of at least 1024 bits or ECDSA on P-256")
}

func invalidPair(why string) error {
	return cloudfront.Errorf("InvalidArgument", "The public key is not valid: %s.", why)
}

package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
	"github.com/warmfront/warmfront/test/load"
)

// revokedEach is how many revocations of each kind there are.
const revokedEach = 100_000

// revokedBatch is how many of each kind are written at once.
const revokedBatch = 500

// revoking starts another Warmfront with revocations that make requests for signed paths like
// path look as far as they can. It reports how long the server took to start with them.
func (f *field) revoking(ctx context.Context, path string) (*warmfront, time.Duration, error) {
	w, err := startWarmfront(ctx, f.binary, filepath.Join(f.dir, "access-revoked"), load.CustomOrigin(f.origin.Port))
	if err != nil {
		return nil, 0, err
	}
	w.stop()
	if err := w.revoke(ctx, path); err != nil {
		return nil, 0, err
	}
	took, err := w.run()
	if err != nil {
		return nil, 0, err
	}
	return w, took, w.rest(ctx)
}

// rest waits until the server has done what it does in the background after a start.
func (w *warmfront) rest(ctx context.Context) error {
	const look = 500 * time.Millisecond
	for quiet := 0; quiet < 12; { // memory is given back every five seconds
		before, err := w.cpu()
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
		after, err := w.cpu()
		if err != nil {
			return err
		}
		if quiet++; after-before > look/50 {
			quiet = 0
		}
	}
	return nil
}

// revoke writes revocations into the state of the server, which has stopped. Through its API each
// would be committed, and waited for, by itself.
func (w *warmfront) revoke(ctx context.Context, path string) error {
	key, err := signedurl.NewPublicKey(w.site.Signer.PrivateKey.Public())
	if err != nil {
		return err
	}
	store, err := state.Open(ctx, state.Options{Dir: w.dir.State()})
	if err != nil {
		return err
	}
	fingerprint, expires := key.Fingerprint(), time.Now().Add(24*time.Hour).UTC()
	create := func(txn *state.Txn, kind string, i int, r *state.Revocation) {
		r.ID, r.Created = fmt.Sprintf("R%s%d", kind, i), time.Now().UTC()
		txn.Create(r)
	}
	for i := 0; i < revokedEach && err == nil; {
		var txn state.Txn
		for end := min(i+revokedBatch, revokedEach); i < end; i++ {
			text := sha256.Sum256(fmt.Append(nil, i))
			by := expires.Add(-time.Duration(i+1) * time.Second) // before the viewers' expiries
			// In every second of the hour in which the viewers' policies expire.
			create(&txn, "P", i, &state.Revocation{Until: expires.Add(time.Duration(i%3600) * time.Second), OfPolicy: &state.RevokedPolicy{
				KeyID: w.site.Signer.KeyID, Fingerprint: fingerprint[:], Texts: [][]byte{text[:]}, Resource: "*",
			}})
			// The more they revoke, the sooner they end: none makes another needless.
			create(&txn, "K", i, &state.Revocation{Until: expires.Add(time.Duration(i+1) * time.Second), OfKey: &state.RevokedKey{
				KeyID: w.site.Signer.KeyID, Fingerprint: fingerprint[:], ExpiringBy: &by,
			}})
			create(&txn, "R", i, &state.Revocation{Until: expires.Add(time.Hour), OfResource: &state.RevokedResource{
				DistributionID: *w.site.Distribution.Id, Path: fmt.Sprintf("%s%d", path, revokedEach+i),
			}})
		}
		_, err = store.Commit(ctx, &txn)
	}
	return errors.Join(err, store.Close())
}

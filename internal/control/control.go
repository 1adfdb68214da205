// Package control says what the doors mean: it judges each request against the other
// resources, gives ids and secrets, commits the change in one transaction of state, and
// follows it to the edges, whose reports make a distribution Deployed and an invalidation
// Completed.
package control

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/sealed"
	"github.com/warmfront/warmfront/internal/state"
)

// Options are what a Control needs besides the state. AccountID, DomainSuffix and Keys are
// required.
type Options struct {
	// AccountID is the account's 12 digits, in every ARN.
	AccountID string
	// DomainSuffix ends the domain names given to distributions, such as
	// cloudfront.localhost.
	DomainSuffix string
	// Keys seal the secrets of identities.
	Keys *sealed.Keyring
	// AWSQuotas enforces AWS's quotas on accounts and documents.
	AWSQuotas bool
	// S3Suffixes are host suffixes of S3 stores besides AWS's own names
	// (cloudfront.Limits).
	S3Suffixes []string
	// Hold is how long Distribution, Invalidation and DeleteDistribution wait for edges that
	// have not yet reported; default 500 ms, negative for not at all.
	Hold time.Duration
	// Retention is how long invalidations, receipts, finished rotations, absent edges that serve
	// nothing restricted any more, and what they saw of keys are kept; default 30 days.
	Retention time.Duration
	Now       func() time.Time // default time.Now
	Real      func() time.Time // measures how long edges take; default Now
	Rand      io.Reader        // ids, never secrets; default crypto/rand.Reader
	Log       *slog.Logger     // nil discards
}

// Control is the one implementation of the API's meaning. All methods are safe for
// concurrent use.
type Control struct {
	store  *state.Store
	fleet  *fleet
	limits cloudfront.Limits
	o      Options
}

// New reads which edges are live and which changes they still have to report. Nothing they
// report later is seen unless Run is running.
func New(ctx context.Context, store *state.Store, o Options) (*Control, error) {
	if o.Hold == 0 {
		o.Hold = 500 * time.Millisecond
	}
	if o.Retention <= 0 {
		o.Retention = 30 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Real == nil {
		o.Real = o.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Keys == nil || o.AccountID == "" || o.DomainSuffix == "" {
		return nil, errors.New("control needs an account id, a domain suffix and keys")
	}
	c := &Control{store: store, fleet: newFleet(o.Now, o.Real), o: o}
	if o.AWSQuotas {
		c.limits = cloudfront.AWSQuotas()
	}
	c.limits.S3Suffixes = o.S3Suffixes
	if _, err := c.loadFleet(ctx); err != nil {
		return nil, err
	}
	pending, err := store.Receipts(ctx, state.AllReceipts)
	if err != nil {
		return nil, err
	}
	for _, r := range pending {
		if r.Completed == nil {
			c.fleet.follow(r, r.At)
		}
	}
	return c, nil
}

// Run follows the edges' reports, keeps the books of edges and receipts and removes what is past its retention,
// until ctx ends.
func (c *Control) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.watchFleet(ctx) })
	group.Go(func() error { return c.keepBooks(ctx) })
	group.Go(func() error { return c.sweepHourly(ctx) })
	return group.Wait()
}

// secret makes a 40-character secret access key and seals it for the access key's id.
func (c *Control) secret(accessKeyID string) ([]byte, error) {
	return c.o.Keys.Seal([]byte(base64.RawURLEncoding.EncodeToString(randomSecret())), accessKeyID)
}

// randomSecret is 30 bytes that nobody can guess, whatever the ids are made of.
func randomSecret() []byte {
	raw := make([]byte, 30)
	rand.Read(raw) // never fails
	return raw
}

// now is the time as records keep it: UTC, whole milliseconds as the API shows them.
func (c *Control) now() time.Time { return c.o.Now().UTC().Truncate(time.Millisecond) }

// newMeta begins a record.
func (c *Control) newMeta(id string) state.Meta {
	now := c.now()
	return state.Meta{ID: id, Created: now, Modified: now}
}

// quota refuses one more record of a kind when AWS's quotas hold and limit is reached.
func (c *Control) quota(ctx context.Context, kind state.Kind, limit int, code string) error {
	if !c.o.AWSQuotas {
		return nil
	}
	n, err := c.store.Count(ctx, kind, "", 0)
	if err != nil {
		return c.unavailable(err)
	}
	if n >= limit {
		return cloudfront.Errorf(code, "You have reached the maximum of %d for this account.", limit)
	}
	return nil
}

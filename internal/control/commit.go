package control

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// commitTimeout bounds a commit; the embedded etcd takes milliseconds.
const commitTimeout = 10 * time.Second

// commit commits a change to record r with its receipt and follows the change to the live edges.
// A failed condition becomes the API's error for it.
func (c *Control) commit(ctx context.Context, txn *state.Txn, r state.Record, action state.Action) (revision int64, err error) {
	return c.commitWith(ctx, txn, r, action, false)
}

// takeAway commits a change that takes access away: it waits up to Options.Hold for the live
// edges, and the receipt waits for the absent ones, too.
func (c *Control) takeAway(ctx context.Context, txn *state.Txn, r state.Record, action state.Action) (revision int64, err error) {
	revision, err = c.commitWith(ctx, txn, r, action, true)
	if err == nil {
		c.fleet.await(ctx, revision, c.o.Hold)
	}
	return revision, err
}

func (c *Control) commitWith(ctx context.Context, txn *state.Txn, r state.Record, action state.Action, strict bool) (revision int64, err error) {
	receipt, err := c.newReceipt(r, action)
	if err != nil {
		return 0, err
	}
	receipt.Strict = strict
	txn.Put(receipt.Key(), receipt)
	committed := c.o.Real()
	// A client that leaves must not leave a change behind that nobody follows.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	revision, err = c.store.Commit(ctx, txn)
	if err != nil {
		return 0, c.refused(err, r)
	}
	receipt.Revision, receipt.Written = revision, revision
	c.fleet.follow(receipt, committed)
	return revision, nil
}

func (c *Control) newReceipt(r state.Record, action state.Action) (*state.Receipt, error) {
	var salt [4]byte
	if _, err := io.ReadFull(c.o.Rand, salt[:]); err != nil {
		return nil, fmt.Errorf("make a receipt: %w", err)
	}
	now := c.o.Now().UTC()
	return &state.Receipt{
		Kind: r.Kind(), RecordID: r.RecordID(), Action: action, At: now,
		ID: fmt.Sprintf("%016x%s", now.UnixNano(), hex.EncodeToString(salt[:])),
	}, nil
}

// refused turns an error of a commit on record r into the API's.
func (c *Control) refused(err error, r state.Record) error {
	conflict, ok := errors.AsType[*state.ConflictError](err)
	if !ok {
		return c.unavailable(err)
	}
	kind, id := keyParts(conflict.Key)
	own := conflict.Key == r.Key()
	switch {
	case conflict.Kind == state.Changed && own:
		return preconditionFailed()
	case conflict.Kind == state.Missing && own:
		return missing(r.Kind())
	case conflict.Kind == state.Missing:
		return danglingReference(kind, id)
	case conflict.Kind == state.InUse:
		return inUse(kind)
	case conflict.Kind == state.Exists && strings.HasPrefix(string(conflict.Key), "alias/"):
		return cloudfront.Errorf("CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a different resource: %s.", id)
	case conflict.Kind == state.Exists && strings.HasPrefix(string(conflict.Key), "name/"):
		return nameTaken(kind, conflict.Value)
	case conflict.Kind == state.Exists && !own:
		return taken(kind, conflict.Value)
	}
	return err
}

// keyParts gives the kind and the rest of a key such as ref/<kind>/<rest>; for aliases, no
// kind and the name.
func keyParts(k state.Key) (kind state.Kind, rest string) {
	_, tail, _ := strings.Cut(string(k), "/")
	if strings.HasPrefix(string(k), "alias/") {
		return "", tail
	}
	name, rest, _ := strings.Cut(tail, "/")
	return state.Kind(name), rest
}

// unavailable turns the state's own troubles into the API's errors and leaves others alone.
func (c *Control) unavailable(err error) error {
	switch {
	case errors.Is(err, state.ErrTooLarge):
		return cloudfront.Errorf("InvalidArgument", "The request is too large to be kept: it has too many aliases, references or bytes.")
	case errors.Is(err, state.ErrFull):
		return cloudfront.Errorf("ServiceUnavailable", "The state has reached its space quota and takes no changes: %w", err)
	case errors.Is(err, state.ErrUnavailable):
		return cloudfront.Errorf("ServiceUnavailable", "The state is not available; try again: %w", err)
	}
	return err
}

// read fills r, or answers that there is no such resource.
func (c *Control) read(ctx context.Context, r state.Record) error {
	err := c.store.Read(ctx, r)
	if errors.Is(err, state.ErrNotFound) {
		return missing(r.Kind())
	}
	return c.unavailable(err)
}

// readMatching fills r and applies the If-Match rules (API reference, conditional requests).
func (c *Control) readMatching(ctx context.Context, r state.Record, ifMatch string) error {
	if err := c.read(ctx, r); err != nil {
		return err
	}
	revision, ok := state.ParseETag(strings.Trim(ifMatch, `"`))
	switch {
	case !ok:
		return cloudfront.Errorf("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
	case revision != r.ModRevision():
		return preconditionFailed()
	}
	return nil
}

func preconditionFailed() error {
	return cloudfront.Errorf("PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more request-header fields.")
}

package control

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

const (
	// ConsoleLinkLife is how long a console link may wait to be followed.
	ConsoleLinkLife = 5 * time.Minute

	maxConsoleLinks   = 100
	consoleLinkSecret = 32 // random bytes
)

// CreateConsoleLink makes a secret that TakeConsoleLink accepts once. The caller has checked
// that by covers role.
func (c *Control) CreateConsoleLink(ctx context.Context, by *access.Key, role state.Role, session time.Duration) (secret string, ends time.Time, err error) {
	if err := lasting(by, "make links into the console"); err != nil {
		return "", time.Time{}, err
	}
	waiting, _, err := state.List[state.ConsoleLink](ctx, c.store, "", state.Page{})
	if err != nil {
		return "", time.Time{}, c.unavailable(err)
	}
	var txn state.Txn
	n, now := 0, c.o.Now()
	for _, l := range waiting {
		if l.Waits(now) {
			n++
		} else {
			txn.Remove(l.Key())
		}
	}
	if n >= maxConsoleLinks {
		return "", time.Time{}, tooMany("There are %d console links that nobody has followed, which is the maximum: wait for %v.", n, ConsoleLinkLife)
	}
	var raw [consoleLinkSecret]byte
	rand.Read(raw[:])
	secret = base64.RawURLEncoding.EncodeToString(raw[:])
	l := &state.ConsoleLink{Meta: c.newMeta(linkID(secret)), Maker: by.ID, Role: role, Session: session, Ends: c.now().Add(ConsoleLinkLife)}
	txn.Create(l)
	return secret, l.Ends, c.save(ctx, &txn, l)
}

// TakeConsoleLink uses a link up. Of several callers with one secret, on whatever nodes, one
// gets it; the others, like those with a wrong or old one, get InvalidConsoleLink.
func (c *Control) TakeConsoleLink(ctx context.Context, secret string) (*state.ConsoleLink, error) {
	// What is looked up is a digest: how long that takes tells nothing of other secrets.
	l := &state.ConsoleLink{Meta: state.Meta{ID: linkID(secret)}}
	err := c.store.Read(ctx, l)
	if errors.Is(err, state.ErrNotFound) {
		return nil, BadConsoleLink()
	}
	if err != nil {
		return nil, c.unavailable(err)
	}
	var txn state.Txn
	txn.Delete(l) // only if nobody else did since
	_, err = c.store.Commit(ctx, &txn)
	if _, lost := errors.AsType[*state.ConflictError](err); lost {
		return nil, BadConsoleLink()
	}
	switch {
	case err != nil:
		return nil, c.unavailable(err)
	case !l.Waits(c.o.Now()):
		return nil, BadConsoleLink()
	}
	return l, nil
}

// BadConsoleLink is the answer to a secret that opens nothing.
func BadConsoleLink() error {
	return &cloudfront.Error{Code: "InvalidConsoleLink", Status: 403, Message: "The link into the console is unknown, used already or older than five minutes, or its access key is no longer valid: make a new one with `warmfront console`."}
}

func linkID(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

package control

import (
	"cmp"
	"context"
	"slices"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// policyLife is the life the three kinds of policies share. C is a policy's configuration, R
// its record, P the resource the API shows and S its form in lists.
type policyLife[C, P, S any, R state.Record] struct {
	kind    state.Kind
	tooMany string // code of the account's quota

	judge  func(*C, cloudfront.Limits) error // completes and validates
	name   func(*C) string
	record func(state.Meta, C) R
	parts  func(R) (*state.Meta, *C)
	page   func(ctx context.Context, c *Control, marker string, max int) ([]R, bool, error)
	show   func(state.Meta, C) P
	listed func(p P, managed bool) S

	// fits judges a new configuration beside the distributions that use the policy; nil when
	// any will do.
	fits func(c *Control, ctx context.Context, id string, cfg *C) error

	managed func() []P // by id
	id      func(P) string
	config  func(P) C
}

// create makes a policy under a name of its own, among the managed ones too.
func (l *policyLife[C, P, S, R]) create(ctx context.Context, c *Control, cfg *C) (p P, etag string, err error) {
	if err := l.accept(c, cfg); err != nil {
		return p, "", err
	}
	if err := c.quota(ctx, l.kind, cloudfront.AWSQuotas().PoliciesOfOneKind, l.tooMany); err != nil {
		return p, "", err
	}
	r := l.record(c.newMeta(cloudfront.NewUUID(c.o.Rand)), *cfg)
	meta, _ := l.parts(r)
	var txn state.Txn
	txn.Claim(state.NameKey(l.kind, l.name(cfg)), meta.ID)
	txn.Create(r)
	if meta.Revision, err = c.commit(ctx, &txn, r, state.Created); err != nil {
		return p, "", err
	}
	return l.show(*meta, *cfg), state.ETag(meta.Revision), nil
}

// accept judges a configuration by itself and its name beside the managed policies.
func (l *policyLife[C, P, S, R]) accept(c *Control, cfg *C) error {
	if err := l.judge(cfg, c.limits); err != nil {
		return err
	}
	for _, p := range l.managed() {
		if taken := l.config(p); l.name(&taken) == l.name(cfg) {
			return nameTaken(l.kind, l.id(p))
		}
	}
	return nil
}

// read answers with a policy and its ETag, managed ones included.
func (l *policyLife[C, P, S, R]) read(ctx context.Context, c *Control, id string) (p P, etag string, err error) {
	if p, ok := l.findManaged(id); ok {
		return p, cloudfront.ManagedETag, nil
	}
	r := l.record(state.Meta{ID: id}, *new(C))
	if err := c.read(ctx, r); err != nil {
		return p, "", err
	}
	meta, cfg := l.parts(r)
	return l.show(*meta, *cfg), state.ETag(meta.Revision), nil
}

// update replaces a custom policy. Distributions that use it follow without a change of their
// own.
func (l *policyLife[C, P, S, R]) update(ctx context.Context, c *Control, id, ifMatch string, cfg *C) (p P, etag string, err error) {
	if _, ok := l.findManaged(id); ok {
		return p, "", cloudfront.Errorf("IllegalUpdate", "A managed policy cannot be updated.")
	}
	r := l.record(state.Meta{ID: id}, *new(C))
	if err := c.readMatching(ctx, r, ifMatch); err != nil {
		return p, "", err
	}
	if err := l.accept(c, cfg); err != nil {
		return p, "", err
	}
	if l.fits != nil {
		if err := l.fits(c, ctx, id, cfg); err != nil {
			return p, "", err
		}
	}
	meta, old := l.parts(r)
	var txn state.Txn
	rename(&txn, r, l.name(old), l.name(cfg))
	*old, meta.Modified = *cfg, c.now()
	txn.Update(r)
	if meta.Revision, err = c.commit(ctx, &txn, r, state.Updated); err != nil {
		return p, "", err
	}
	return l.show(*meta, *cfg), state.ETag(meta.Revision), nil
}

// remove deletes a custom policy that no distribution uses.
func (l *policyLife[C, P, S, R]) remove(ctx context.Context, c *Control, id, ifMatch string) error {
	if _, ok := l.findManaged(id); ok {
		return cloudfront.Errorf("IllegalDelete", "A managed policy cannot be deleted.")
	}
	r := l.record(state.Meta{ID: id}, *new(C))
	if err := c.readMatching(ctx, r, ifMatch); err != nil {
		return err
	}
	_, cfg := l.parts(r)
	var txn state.Txn
	txn.Delete(r)
	txn.RequireUnused(l.kind, id)
	txn.Remove(state.NameKey(l.kind, l.name(cfg)))
	_, err := c.commit(ctx, &txn, r, state.Removed)
	return err
}

// list gives managed and custom policies in the order of their ids; typ is "managed",
// "custom" or "" for both.
func (l *policyLife[C, P, S, R]) list(ctx context.Context, c *Control, typ, marker string, max int) ([]S, bool, error) {
	type entry struct {
		policy  P
		managed bool
	}
	var entries []entry
	if typ != "custom" {
		for _, p := range l.managed() {
			if l.id(p) > marker {
				entries = append(entries, entry{p, true})
			}
		}
	}
	more := false
	if typ != "managed" {
		custom, following, err := l.page(ctx, c, marker, max)
		if err != nil {
			return nil, false, err
		}
		for _, r := range custom {
			meta, cfg := l.parts(r)
			entries = append(entries, entry{l.show(*meta, *cfg), false})
		}
		more = following
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(l.id(a.policy), l.id(b.policy)) })
	n := min(pageSize(max), len(entries))
	items := make([]S, n)
	for i, e := range entries[:n] {
		items[i] = l.listed(e.policy, e.managed)
	}
	return items, more || n < len(entries), nil
}

func (l *policyLife[C, P, S, R]) findManaged(id string) (p P, ok bool) {
	for _, p := range l.managed() {
		if l.id(p) == id {
			return p, true
		}
	}
	return p, false
}

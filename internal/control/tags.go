package control

import (
	"context"
	"errors"
	"slices"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// Tags lists the tags of a distribution named by its ARN, in the order of their keys.
func (c *Control) Tags(ctx context.Context, arn string) ([]cloudfront.Tag, error) {
	d, err := c.tagged(arn)
	if err != nil {
		return nil, err
	}
	if err := c.exists(ctx, d); err != nil {
		return nil, err
	}
	var tags []cloudfront.Tag
	_, err = c.store.Value(ctx, state.TagsKey(arn), &tags)
	slices.SortFunc(tags, compareTags)
	return tags, c.unavailable(err)
}

// TagResource adds tags, replacing the values of those whose keys are there.
func (c *Control) TagResource(ctx context.Context, arn string, tags []cloudfront.Tag) error {
	if err := cloudfront.ValidateTags(tags); err != nil {
		return err
	}
	return c.changeTags(ctx, arn, func(have []cloudfront.Tag) ([]cloudfront.Tag, error) {
		kept := slices.DeleteFunc(have, func(h cloudfront.Tag) bool {
			return slices.ContainsFunc(tags, func(t cloudfront.Tag) bool { return t.Key == h.Key })
		})
		all := append(kept, tags...)
		return all, cloudfront.ValidateTagCount(len(all))
	})
}

// UntagResource removes tags; keys that are not there are ignored.
func (c *Control) UntagResource(ctx context.Context, arn string, keys []string) error {
	if err := cloudfront.ValidateTagKeys(keys); err != nil {
		return err
	}
	return c.changeTags(ctx, arn, func(have []cloudfront.Tag) ([]cloudfront.Tag, error) {
		return slices.DeleteFunc(have, func(h cloudfront.Tag) bool { return slices.Contains(keys, h.Key) }), nil
	})
}

// attempts is how often a change is tried again after another one came first.
const attempts = 10

// changeTags applies change to the tags of a resource, again when another change came first.
func (c *Control) changeTags(ctx context.Context, arn string, change func([]cloudfront.Tag) ([]cloudfront.Tag, error)) error {
	d, err := c.tagged(arn)
	if err != nil {
		return err
	}
	for range attempts {
		var tags []cloudfront.Tag
		revision, err := c.store.Value(ctx, state.TagsKey(arn), &tags)
		if err != nil {
			return c.unavailable(err)
		}
		if tags, err = change(tags); err != nil {
			return err
		}
		slices.SortFunc(tags, compareTags)
		var txn state.Txn
		txn.Require(d.Key())
		txn.RequireRevision(state.TagsKey(arn), revision)
		txn.Put(state.TagsKey(arn), tags)
		_, err = c.store.Commit(ctx, &txn)
		conflict, ok := errors.AsType[*state.ConflictError](err)
		switch {
		case !ok:
			return c.unavailable(err)
		case conflict.Key == d.Key():
			return noSuchResource(arn)
		}
	}
	return cloudfront.Errorf("ServiceUnavailable", "The tags of %s are being changed by others; try again.", arn)
}

// tagged is the resource an ARN names; only distributions have tags.
func (c *Control) tagged(arn string) (state.Record, error) {
	account, kind, id, ok := cloudfront.ParseARN(arn)
	if !ok {
		return nil, cloudfront.Errorf("InvalidTagging", "The resource is not a valid CloudFront ARN: %q.", arn)
	}
	if account != c.o.AccountID || kind != string(state.KindDistribution) || arn != cloudfront.DistributionARN(account, id) {
		return nil, noSuchResource(arn)
	}
	return &state.Distribution{Meta: state.Meta{ID: id}}, nil
}

func (c *Control) exists(ctx context.Context, r state.Record) error {
	ok, err := c.store.Has(ctx, r.Key())
	if err == nil && !ok {
		return noSuchResource(r.RecordID())
	}
	return c.unavailable(err)
}

func noSuchResource(name string) error {
	return cloudfront.Errorf("NoSuchResource", "The specified resource does not exist: %s.", name)
}

func compareTags(a, b cloudfront.Tag) int {
	switch {
	case a.Key < b.Key:
		return -1
	case a.Key > b.Key:
		return 1
	}
	return 0
}

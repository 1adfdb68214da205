package control

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// invalidationScope is the scope of caller references: one distribution's invalidations.
func invalidationScope(distributionID string) string {
	return string(state.KindInvalidation) + "/" + distributionID
}

// CreateInvalidation begins an invalidation. The same caller reference with the same paths
// gives the invalidation made before; with others it is InvalidationBatchAlreadyExists.
func (c *Control) CreateInvalidation(ctx context.Context, distributionID string, batch *cloudfront.InvalidationBatch) (*cloudfront.Invalidation, error) {
	if err := c.read(ctx, &state.Distribution{Meta: state.Meta{ID: distributionID}}); err != nil {
		return nil, err
	}
	if err := cloudfront.ValidateInvalidationBatch(batch, c.limits); err != nil {
		return nil, err
	}
	if err := c.invalidationQuota(ctx, distributionID, batch); err != nil {
		return nil, err
	}
	inv := &state.Invalidation{Meta: c.newMeta(cloudfront.NewInvalidationID(c.o.Rand)), DistributionID: distributionID, Batch: *batch}
	reference := state.CallerReferenceKey(invalidationScope(distributionID), batch.CallerReference)
	var txn state.Txn
	txn.Require(state.RecordKey(state.KindDistribution, distributionID))
	txn.Claim(reference, inv.ID)
	txn.Create(inv)
	revision, err := c.commit(ctx, &txn, inv, state.Created)
	if conflict, ok := errors.AsType[*takenError](err); ok {
		return c.repeatedInvalidation(ctx, distributionID, conflict.holder, batch)
	}
	if err != nil {
		return nil, err
	}
	inv.Revision = revision
	return showInvalidation(inv, inProgress), nil
}

// repeatedInvalidation answers a caller reference that was used before.
func (c *Control) repeatedInvalidation(ctx context.Context, distributionID, id string, batch *cloudfront.InvalidationBatch) (*cloudfront.Invalidation, error) {
	known := &state.Invalidation{Meta: state.Meta{ID: id}, DistributionID: distributionID}
	if err := c.read(ctx, known); err != nil {
		return nil, err
	}
	if !slices.Equal(known.Batch.Paths.Items, batch.Paths.Items) {
		return nil, taken(state.KindInvalidation, id)
	}
	return showInvalidation(known, c.invalidationStatus(known)), nil
}

// Invalidation answers with an invalidation, waiting up to Options.Hold for edges to report.
func (c *Control) Invalidation(ctx context.Context, distributionID, id string) (*cloudfront.Invalidation, error) {
	inv := &state.Invalidation{Meta: state.Meta{ID: id}, DistributionID: distributionID}
	err := c.store.Read(ctx, inv)
	if errors.Is(err, state.ErrNotFound) {
		if err := c.read(ctx, &state.Distribution{Meta: state.Meta{ID: distributionID}}); err != nil {
			return nil, err
		}
		return nil, missing(state.KindInvalidation)
	}
	if err != nil {
		return nil, c.unavailable(err)
	}
	c.fleet.await(ctx, inv.Revision, c.o.Hold)
	return showInvalidation(inv, c.invalidationStatus(inv)), nil
}

// Invalidations lists a distribution's invalidations, newest first.
func (c *Control) Invalidations(ctx context.Context, distributionID, marker string, max int) ([]cloudfront.InvalidationSummary, bool, error) {
	if err := c.read(ctx, &state.Distribution{Meta: state.Meta{ID: distributionID}}); err != nil {
		return nil, false, err
	}
	all, _, err := state.List[state.Invalidation](ctx, c.store, distributionID+"/", state.Page{})
	if err != nil {
		return nil, false, c.unavailable(err)
	}
	slices.SortFunc(all, func(a, b *state.Invalidation) int { return int(b.Revision - a.Revision) })
	if i := slices.IndexFunc(all, func(inv *state.Invalidation) bool { return inv.ID == marker }); i >= 0 {
		all = all[i+1:]
	} else if marker != "" {
		return nil, false, cloudfront.Errorf("InvalidArgument", "The parameter Marker is not valid: %q.", marker)
	}
	n := min(pageSize(max), len(all))
	items := make([]cloudfront.InvalidationSummary, n)
	for i, inv := range all[:n] {
		items[i] = showInvalidation(inv, c.invalidationStatus(inv)).Summary()
	}
	return items, n < len(all), nil
}

func (c *Control) invalidationStatus(inv *state.Invalidation) string {
	if c.fleet.applied(inv.Revision) {
		return completed
	}
	return inProgress
}

func showInvalidation(inv *state.Invalidation, status string) *cloudfront.Invalidation {
	return &cloudfront.Invalidation{
		Id: inv.ID, Status: status, CreateTime: cloudfront.Time{Time: inv.Created}, InvalidationBatch: inv.Batch,
	}
}

// dropInvalidation removes an invalidation and frees its caller reference.
func dropInvalidation(txn *state.Txn, inv *state.Invalidation) {
	txn.Delete(inv)
	txn.Remove(state.CallerReferenceKey(invalidationScope(inv.DistributionID), inv.Batch.CallerReference))
}

// AWS's quotas on paths in progress at once, of all batches of a distribution (Developer
// Guide, Quotas on invalidations).
const (
	pathsInProgress     = 3000
	wildcardsInProgress = 15
)

// invalidationQuota applies them when AWS's quotas hold.
func (c *Control) invalidationQuota(ctx context.Context, distributionID string, batch *cloudfront.InvalidationBatch) error {
	if !c.o.AWSQuotas {
		return nil
	}
	all, _, err := state.List[state.Invalidation](ctx, c.store, distributionID+"/", state.Page{})
	if err != nil {
		return c.unavailable(err)
	}
	paths, wildcards := countPaths(batch)
	for _, inv := range all {
		if !c.fleet.applied(inv.Revision) {
			p, w := countPaths(&inv.Batch)
			paths, wildcards = paths+p, wildcards+w
		}
	}
	if paths > pathsInProgress || wildcards > wildcardsInProgress {
		return cloudfront.Errorf("TooManyInvalidationsInProgress", "You have exceeded the maximum number of allowable InProgress invalidation paths: %d, of which %d with wildcards.", pathsInProgress, wildcardsInProgress)
	}
	return nil
}

func countPaths(b *cloudfront.InvalidationBatch) (plain, wildcards int) {
	for _, p := range b.Paths.Items {
		if strings.HasSuffix(p, "*") {
			wildcards++
		} else {
			plain++
		}
	}
	return plain, wildcards
}

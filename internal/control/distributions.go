package control

import (
	"context"
	"slices"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// The statuses of distributions and invalidations.
const (
	inProgress = "InProgress"
	deployed   = "Deployed"
	completed  = "Completed"
)

// Distribution answers with the distribution and its ETag. While edges have not reported its
// last change, or that of a policy or another resource it names, it waits for them up to Options.Hold, so that clients who create and then wait
// are done at their first look.
func (c *Control) Distribution(ctx context.Context, id string) (*cloudfront.Distribution, string, error) {
	d := &state.Distribution{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, d); err != nil {
		return nil, "", err
	}
	revision, err := c.lastChange(ctx, d)
	if err != nil {
		return nil, "", err
	}
	status := inProgress
	if c.fleet.await(ctx, revision, c.o.Hold) {
		status = deployed
	}
	return c.showDistribution(ctx, d, status)
}

// DistributionConfig answers with the configuration and its ETag, without waiting.
func (c *Control) DistributionConfig(ctx context.Context, id string) (*cloudfront.DistributionConfig, string, error) {
	d := &state.Distribution{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, d); err != nil {
		return nil, "", err
	}
	return &d.Config, state.ETag(d.Revision), nil
}

// Distributions lists distributions by id.
func (c *Control) Distributions(ctx context.Context, marker string, max int) ([]cloudfront.DistributionSummary, bool, error) {
	records, more, err := page[state.Distribution](ctx, c, marker, max)
	if err != nil {
		return nil, false, err
	}
	items := make([]cloudfront.DistributionSummary, len(records))
	for i, d := range records {
		revision, err := c.lastChange(ctx, d)
		if err != nil {
			return nil, false, err
		}
		full := c.plainDistribution(d, c.status(revision))
		items[i] = full.Summary(state.ETag(d.Revision))
	}
	return items, more, nil
}

// DistributionsByKeyGroup lists the ids of the distributions that trust a key group.
func (c *Control) DistributionsByKeyGroup(ctx context.Context, id, marker string, max int) ([]string, bool, error) {
	if err := c.read(ctx, &state.KeyGroup{Meta: state.Meta{ID: id}}); err != nil {
		return nil, false, err
	}
	return c.users(ctx, state.KindKeyGroup, id, marker, max)
}

func (c *Control) users(ctx context.Context, kind state.Kind, id, marker string, max int) ([]string, bool, error) {
	ids, err := c.store.Users(ctx, kind, id)
	if err != nil {
		return nil, false, c.unavailable(err)
	}
	from, found := slices.BinarySearch(ids, marker)
	if found {
		from++
	}
	ids = ids[from:]
	n := min(pageSize(max), len(ids))
	return ids[:n], n < len(ids), nil
}

// lastChange is the revision at which a distribution or a resource it names last changed.
func (c *Control) lastChange(ctx context.Context, d *state.Distribution) (int64, error) {
	var named []state.Key
	for r := range references(&d.Config) {
		if !managed(r) {
			named = append(named, state.RecordKey(r.kind, r.id))
		}
	}
	newest, err := c.store.Newest(ctx, named...)
	if err != nil {
		return 0, c.unavailable(err)
	}
	return max(d.Revision, newest), nil
}

// status is Deployed when every live edge serves the revision.
func (c *Control) status(revision int64) string {
	if c.fleet.applied(revision) {
		return deployed
	}
	return inProgress
}

// plainDistribution is the resource without what has to be looked up elsewhere.
func (c *Control) plainDistribution(d *state.Distribution, status string) *cloudfront.Distribution {
	return &cloudfront.Distribution{
		Id:                 d.ID,
		ARN:                cloudfront.DistributionARN(c.o.AccountID, d.ID),
		Status:             status,
		LastModifiedTime:   cloudfront.Time{Time: d.Modified},
		DomainName:         d.Domain,
		DistributionConfig: d.Config,
	}
}

// showDistribution is the whole resource with its ETag.
func (c *Control) showDistribution(ctx context.Context, d *state.Distribution, status string) (*cloudfront.Distribution, string, error) {
	out := c.plainDistribution(d, status)
	// Everything that every live edge serves is complete: only later ones are in progress.
	n, err := c.store.Count(ctx, state.KindInvalidation, d.ID+"/", c.fleet.slowest())
	if err != nil {
		return nil, "", c.unavailable(err)
	}
	out.InProgressInvalidationBatches = int64(n)
	if out.ActiveTrustedSigners, err = c.activeSigners(ctx, &d.Config); err != nil {
		return nil, "", err
	}
	if out.ActiveTrustedKeyGroups, err = c.activeKeyGroups(ctx, &d.Config); err != nil {
		return nil, "", err
	}
	return out, state.ETag(d.Revision), nil
}

// maxPage is the longest list and the default of MaxItems.
const maxPage = 100

func pageSize(max int) int {
	if max <= 0 || max > maxPage {
		return maxPage
	}
	return max
}

// page reads up to max records after the marker and reports whether more follow.
func page[T any, P interface {
	*T
	state.Record
}](ctx context.Context, c *Control, marker string, max int) (records []*T, more bool, err error) {
	n := pageSize(max)
	records, _, err = state.List[T, P](ctx, c.store, "", state.Page{After: marker, Limit: n + 1})
	if err != nil {
		return nil, false, c.unavailable(err)
	}
	if len(records) > n {
		return records[:n], true, nil
	}
	return records, false, nil
}

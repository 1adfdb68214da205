package control

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

func TestInvalidations(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	startEdge(t, c.store, "e1")
	ctx := t.Context()
	d, _ := c.mustCreate(t, s3Config("d"))
	batch := func(ref string, paths ...string) *cloudfront.InvalidationBatch {
		return &cloudfront.InvalidationBatch{CallerReference: ref, Paths: cloudfront.Paths{Quantity: int64(len(paths)), Items: paths}}
	}
	var made []string
	for _, ref := range ids(5) {
		inv, err := c.CreateInvalidation(ctx, d.Id, batch(ref, "/a", "/b/*"))
		must(t, err)
		if inv.Status != inProgress {
			t.Fatalf("created %+v", inv)
		}
		made = append(made, inv.Id)
	}
	again, err := c.CreateInvalidation(ctx, d.Id, batch("2", "/a", "/b/*"))
	if err != nil || again.Id != made[2] {
		t.Fatal(again, err)
	}
	_, err = c.CreateInvalidation(ctx, d.Id, batch("2", "/other"))
	wantCode(t, err, "InvalidationBatchAlreadyExists", 409)
	got, err := c.Invalidation(ctx, d.Id, made[4])
	if err != nil || got.Status != completed {
		t.Fatal(got, err)
	}
	slices.Reverse(made)
	first, more, err := c.Invalidations(ctx, d.Id, "", 3)
	must(t, err)
	rest, moreStill, err := c.Invalidations(ctx, d.Id, first[2].Id, 3)
	must(t, err)
	var listed []string
	for _, s := range append(first, rest...) {
		listed = append(listed, s.Id)
	}
	if !slices.Equal(listed, made) || !more || moreStill || first[0].Status != completed {
		t.Fatalf("listed %v, want %v", listed, made)
	}
	_, _, err = c.Invalidations(ctx, d.Id, "nope", 3)
	wantCode(t, err, "InvalidArgument", 400)
	for _, id := range []string{"", "I404", made[0] + "/"} {
		_, err = c.Invalidation(ctx, d.Id, id)
		wantCode(t, err, "NoSuchInvalidation", 404)
	}
	_, err = c.Invalidation(ctx, "E404", made[0])
	wantCode(t, err, "NoSuchDistribution", 404)
	_, err = c.CreateInvalidation(ctx, "E404", batch("x", "/a"))
	wantCode(t, err, "NoSuchDistribution", 404)
	shown, _, err := c.Distribution(ctx, d.Id)
	if err != nil || shown.InProgressInvalidationBatches != 0 {
		t.Fatal(shown.InProgressInvalidationBatches, err)
	}
}

func TestStatusWithoutEdges(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = 30 * time.Millisecond })
	d, _ := c.mustCreate(t, s3Config("d"))
	began := time.Now()
	got, _, err := c.Distribution(t.Context(), d.Id)
	if err != nil || got.Status != inProgress || time.Since(began) < 30*time.Millisecond {
		t.Fatalf("%+v, %v after %v", got, err, time.Since(began))
	}
	off, etag, err := c.UpdateDistribution(t.Context(), d.Id, mustTag(t, c, d.Id), with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) { cfg.Enabled = false }))
	must(t, err)
	wantCode(t, c.DeleteDistribution(t.Context(), off.Id, etag), "DistributionNotDisabled", 409)
}

func mustTag(t *testing.T, c *Control, id string) string {
	t.Helper()
	_, etag, err := c.DistributionConfig(t.Context(), id)
	must(t, err)
	return etag
}

// TestReceipts walks a change past two edges: one that applies it, one that leaves.
func TestReceipts(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	clock.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	c := start(t, func(o *Options) { o.Now = func() time.Time { return time.Unix(0, clock.Load()).UTC() } })
	ctx := t.Context()
	one, err := c.store.KeepEdge(ctx, state.Edge{ID: "one", POP: "FRA50-C1"})
	must(t, err)
	two, err := c.store.KeepEdge(ctx, state.Edge{ID: "two"})
	must(t, err)
	awaitEdges(t, c, 2)
	d, _ := c.mustCreate(t, s3Config("d"))
	rev, _ := state.ParseETag(mustTag(t, c, d.Id))

	clock.Add(int64(7 * time.Millisecond))
	one.Applied(rev)
	awaitReceipt(t, c, d.Id, func(r Receipt) bool { return len(r.Edges) == 1 })
	if c.fleet.applied(rev) {
		t.Fatal("deployed though one edge has not reported")
	}
	two.Close()
	r := awaitReceipt(t, c, d.Id, func(r Receipt) bool { return r.Completed != nil })
	if r.Revision != rev || r.Action != state.Created || r.Edges[0].Edge != "one" || r.Edges[0].Milliseconds != 7 ||
		r.Edges[0].POP != "FRA50-C1" || !slices.Equal(r.Absent, []string{"two"}) {
		t.Fatalf("receipt %+v", r)
	}
	got, _, err := c.Distribution(ctx, d.Id)
	if err != nil || got.Status != deployed {
		t.Fatal(got, err)
	}
	// The receipt is kept, not only remembered.
	awaitStored(t, c, state.ReceiptPrefix(state.KindDistribution, d.Id))
	one.Close()
}

func awaitEdges(t *testing.T, c *Control, n int) {
	t.Helper()
	eventually(t, c, func() bool {
		c.fleet.mu.Lock()
		defer c.fleet.mu.Unlock()
		return len(c.fleet.edges) == n
	})
}

func awaitReceipt(t *testing.T, c *Control, id string, ok func(Receipt) bool) (last Receipt) {
	t.Helper()
	eventually(t, c, func() bool {
		receipts, err := c.Receipts(t.Context(), state.KindDistribution, id)
		must(t, err)
		last = receipts[0]
		return ok(last)
	})
	return last
}

func awaitStored(t *testing.T, c *Control, prefix state.Key) {
	t.Helper()
	eventually(t, c, func() bool {
		stored, err := c.store.Receipts(t.Context(), prefix)
		must(t, err)
		return stored[0].Completed != nil
	})
}

// eventually looks again whenever edges report, and every few milliseconds for what follows
// a report in the background.
func eventually(t *testing.T, c *Control, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !ok() {
		c.fleet.mu.Lock()
		changed := c.fleet.changed
		c.fleet.mu.Unlock()
		again := time.NewTimer(5 * time.Millisecond)
		select {
		case <-changed:
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("did not happen within a minute")
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	c := start(t, func(o *Options) {
		o.Hold, o.Retention = -1, time.Hour
		o.Now = func() time.Time { return time.Unix(clock.Load(), 0) }
	})
	ctx := t.Context()
	d, _ := c.mustCreate(t, s3Config("d"))
	batch := &cloudfront.InvalidationBatch{CallerReference: "r", Paths: cloudfront.Paths{Quantity: 1, Items: []string{"/a"}}}
	old, err := c.CreateInvalidation(ctx, d.Id, batch)
	must(t, err)
	clock.Store(3000)
	_, err = c.CreateInvalidation(ctx, d.Id, &cloudfront.InvalidationBatch{CallerReference: "new", Paths: batch.Paths})
	must(t, err)
	clock.Store(4000)
	must(t, c.Sweep(ctx))
	list, _, err := c.Invalidations(ctx, d.Id, "", 0)
	if err != nil || len(list) != 1 || list[0].Id == old.Id {
		t.Fatal(list, err)
	}
	receipts, err := c.Receipts(ctx, state.KindInvalidation, d.Id+"/"+old.Id)
	if err != nil || len(receipts) != 0 {
		t.Fatal(receipts, err)
	}
	again, err := c.CreateInvalidation(ctx, d.Id, batch)
	if err != nil || again.Id == old.Id {
		t.Fatal(again, err) // its caller reference is free again
	}
}

// TestWaiterLatency shows what clients feel: create, then wait until deployed.
func TestWaiterLatency(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	startEdge(t, c.store, "e1")
	began := time.Now()
	const n = 20
	for _, ref := range ids(n) {
		d, _ := c.mustCreate(t, s3Config(ref))
		if got, _, err := c.Distribution(t.Context(), d.Id); err != nil || got.Status != deployed {
			t.Fatal(got, err)
		}
	}
	t.Logf("create and deploy: %v each", time.Since(began)/n)
}

package control

import (
	"slices"
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

func TestPolicyLives(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	for _, p := range policyKinds(c) {
		t.Run(p.code, func(t *testing.T) {
			ctx := t.Context()
			id, etag, err := p.create(ctx, "one")
			must(t, err)
			two, _, err := p.create(ctx, "two")
			must(t, err)
			for _, taken := range []string{"one", managedName(t, p)} {
				_, _, err = p.create(ctx, taken)
				wantCode(t, err, p.code+"AlreadyExists", 409)
			}
			_, err = p.update(ctx, id, etag, "two")
			wantCode(t, err, p.code+"AlreadyExists", 409)
			_, err = p.update(ctx, id, "", "three")
			wantCode(t, err, "InvalidIfMatchVersion", 400)
			etag2, err := p.update(ctx, id, etag, "three")
			must(t, err)
			_, err = p.update(ctx, id, etag, "four")
			wantCode(t, err, "PreconditionFailed", 412)
			_, _, err = p.create(ctx, "one") // free again
			must(t, err)
			if name, tag, err := p.read(ctx, id); err != nil || name != "three" || tag != etag2 {
				t.Errorf("read %s %s, %v", name, tag, err)
			}

			d, dtag := c.mustCreate(t, with(s3Config("d "+p.code), func(cfg *cloudfront.DistributionConfig) { p.use(cfg, id) }))
			wantCode(t, p.remove(ctx, id, etag2), p.code+"InUse", 409)
			if ids, more, err := p.users(ctx, id, "", 0); err != nil || more || !slices.Equal(ids, []string{d.Id}) {
				t.Errorf("users %v, %v", ids, err)
			}
			_, _, err = p.users(ctx, "nope", "", 0)
			wantCode(t, err, "NoSuch"+p.code, 404)
			_, _, err = c.CreateDistribution(ctx, with(s3Config("e"), func(cfg *cloudfront.DistributionConfig) { p.use(cfg, "nope") }), nil)
			wantCode(t, err, "NoSuch"+p.code, 404)
			_, _, err = c.UpdateDistribution(ctx, d.Id, dtag, with(s3Config("d "+p.code), func(cfg *cloudfront.DistributionConfig) { p.use(cfg, p.managed) }))
			must(t, err)
			if ids, _, err := p.users(ctx, p.managed, "", 0); err != nil || !slices.Contains(ids, d.Id) {
				t.Errorf("users of the managed policy %v, %v", ids, err)
			}
			must(t, p.remove(ctx, id, etag2))
			wantCode(t, p.remove(ctx, id, etag2), "NoSuch"+p.code, 404)
			_, _, err = p.read(ctx, id)
			wantCode(t, err, "NoSuch"+p.code, 404)

			_, err = p.update(ctx, p.managed, cloudfront.ManagedETag, "x")
			wantCode(t, err, "IllegalUpdate", 400)
			wantCode(t, p.remove(ctx, p.managed, cloudfront.ManagedETag), "IllegalDelete", 400)
			testPolicyLists(t, p, two)
		})
	}
}

func managedName(t *testing.T, p policyCalls) string {
	t.Helper()
	name, etag, err := p.read(t.Context(), p.managed)
	if err != nil || etag != cloudfront.ManagedETag {
		t.Fatal(name, etag, err)
	}
	return name
}

// testPolicyLists pages through both types: two custom policies are left, two among them.
func testPolicyLists(t *testing.T, p policyCalls, two string) {
	ctx := t.Context()
	custom, more, err := p.list(ctx, "custom", "", 0)
	if err != nil || more || len(custom) != 2 || !slices.Contains(custom, two) {
		t.Fatalf("custom %v, %v, %v", custom, more, err)
	}
	managed, _, err := p.list(ctx, "managed", "", 0)
	if err != nil || slices.Contains(managed, two) || !slices.Contains(managed, p.managed) {
		t.Fatalf("managed %v, %v", managed, err)
	}
	all := slices.Sorted(slices.Values(slices.Concat(custom, managed)))
	for _, size := range []int{1, 2, 3, 100} {
		var got []string
		for marker, more := "", true; more; marker = got[len(got)-1] {
			var page []string
			page, more, err = p.list(ctx, "", marker, size)
			if err != nil || len(page) == 0 || len(page) > size {
				t.Fatalf("page %v, %v", page, err)
			}
			got = append(got, page...)
		}
		if !slices.Equal(got, all) {
			t.Errorf("pages of %d: %v, want %v", size, got, all)
		}
	}
}

func TestPolicyQuotas(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.AWSQuotas, o.Hold = true, -1 })
	ctx := t.Context()
	for _, p := range policyKinds(c) {
		var first string
		for _, name := range ids(20) {
			id, _, err := p.create(ctx, "n"+name)
			must(t, err)
			first = id
		}
		_, _, err := p.create(ctx, "one-more")
		wantCode(t, err, "TooMany"+p.code[:len(p.code)-1]+"ies", 400)
		c.limits.PolicyUsers = 1
		d, etag := c.mustCreate(t, with(s3Config(p.code), func(cfg *cloudfront.DistributionConfig) { p.use(cfg, first) }))
		_, _, err = c.CreateDistribution(ctx, with(s3Config("x"), func(cfg *cloudfront.DistributionConfig) { p.use(cfg, first) }), nil)
		wantCode(t, err, "TooManyDistributionsAssociatedTo"+p.code, 400)
		_, _, err = c.UpdateDistribution(ctx, d.Id, etag, with(s3Config(p.code), func(cfg *cloudfront.DistributionConfig) { p.use(cfg, first) }))
		must(t, err)
	}
}

func TestHostIsNotForS3(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	config := func(name string, headers ...string) *cloudfront.CachePolicyConfig {
		cfg := &cloudfront.CachePolicyConfig{Name: name}
		cloudfront.SetCachePolicyDefaults(cfg)
		if len(headers) > 0 {
			cfg.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig = cloudfront.CachePolicyHeadersConfig{
				HeaderBehavior: "whitelist", Headers: &cloudfront.Headers{Quantity: int64(len(headers)), Items: headers},
			}
		}
		return cfg
	}
	host, _, err := c.CreateCachePolicy(ctx, config("host", "HOST"))
	must(t, err)
	_, _, err = c.CreateDistribution(ctx, with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) { setPolicies(cfg, host.Id, "") }), nil)
	wantCode(t, err, "InvalidHeadersForS3Origin", 400)
	plain, etag, err := c.CreateCachePolicy(ctx, config("plain", "X-A"))
	must(t, err)
	c.mustCreate(t, with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) { setPolicies(cfg, plain.Id, "") }))
	_, _, err = c.UpdateCachePolicy(ctx, plain.Id, etag, config("plain", "host"))
	wantCode(t, err, "InvalidHeadersForS3Origin", 400)
	_, _, err = c.UpdateCachePolicy(ctx, plain.Id, etag, config("plain", "X-B"))
	must(t, err)
}

// TestPolicyDeletionRacesUse lets distributions and deletions of their policy race: whoever
// wins, no distribution names a policy that is gone.
func TestPolicyDeletionRacesUse(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	p, etag, err := c.CreateCachePolicy(ctx, &cloudfront.CachePolicyConfig{Name: "raced"})
	must(t, err)
	removed := make(chan error, 1)
	go func() { removed <- c.DeleteCachePolicy(ctx, p.Id, etag) }()
	_, _, used := c.CreateDistribution(ctx, with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) { setPolicies(cfg, p.Id, "") }), nil)
	gone := <-removed
	if (used == nil) == (gone == nil) {
		t.Errorf("used: %v, removed: %v", used, gone)
	}
	users, err := c.store.Users(ctx, state.KindCachePolicy, p.Id)
	if err != nil || (len(users) == 1) != (used == nil) {
		t.Errorf("users %v, %v", users, err)
	}
}

func TestPolicyUpdatesAreDeployments(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	stop := startEdge(t, c.store, "e1")
	ctx := t.Context()
	p, etag, err := c.CreateCachePolicy(ctx, &cloudfront.CachePolicyConfig{Name: "p"})
	must(t, err)
	d, _ := c.mustCreate(t, with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) { setPolicies(cfg, p.Id, "") }))
	if got, _, err := c.Distribution(ctx, d.Id); err != nil || got.Status != deployed {
		t.Fatal(got, err)
	}
	stop()
	h, err := c.store.KeepEdge(ctx, state.Edge{ID: "e2"})
	must(t, err)
	defer h.Close()
	_, _, err = c.UpdateCachePolicy(ctx, p.Id, etag, &cloudfront.CachePolicyConfig{Name: "p", MinTTL: 5})
	must(t, err)
	c.o.Hold = -1
	for {
		list, _, err := c.Distributions(ctx, "", 0)
		must(t, err)
		if list[0].Status == inProgress {
			break // as soon as control has seen that only e2 is live
		}
	}
}

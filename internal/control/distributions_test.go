package control

import (
	"strings"
	"sync"
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

func TestDistributionLife(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	startEdge(t, c.store, "e1")
	ctx := t.Context()

	d, etag := c.mustCreate(t, s3Config("ref"))
	if d.Status != inProgress || d.DomainName[0] != 'd' || !strings.HasSuffix(d.DomainName, ".cloudfront.localhost") ||
		d.ARN != "arn:aws:cloudfront::"+account+":distribution/"+d.Id || d.ActiveTrustedSigners.Enabled || d.ActiveTrustedKeyGroups.Enabled {
		t.Fatalf("created %+v", d)
	}
	got, tag, err := c.Distribution(ctx, d.Id)
	must(t, err)
	if got.Status != deployed || tag != etag || *got.DistributionConfig.PriceClass != cloudfront.PriceClass_All {
		t.Fatalf("got %+v, ETag %s", got, tag)
	}
	list, more, err := c.Distributions(ctx, "", 0)
	must(t, err)
	if len(list) != 1 || more || list[0].Id != d.Id || *list[0].ETag != etag || list[0].Status != deployed {
		t.Fatalf("list %+v", list)
	}

	wantCode(t, c.DeleteDistribution(ctx, d.Id, etag), "DistributionNotDisabled", 409)
	off := s3Config("ref")
	off.Enabled = false
	updated, etag2, err := c.UpdateDistribution(ctx, d.Id, etag, off)
	must(t, err)
	if updated.Status != inProgress || etag2 == etag || updated.LastModifiedTime.Before(d.LastModifiedTime.Time) {
		t.Fatalf("updated %+v", updated)
	}
	wantCode(t, c.DeleteDistribution(ctx, d.Id, etag), "PreconditionFailed", 412)
	must(t, c.DeleteDistribution(ctx, d.Id, etag2))
	_, _, err = c.Distribution(ctx, d.Id)
	wantCode(t, err, "NoSuchDistribution", 404)
	c.mustCreate(t, s3Config("ref")) // the caller reference is free again
}

func TestDistributionErrors(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	first, etag := c.mustCreate(t, with(s3Config("r1"), func(cfg *cloudfront.DistributionConfig) {
		cfg.Aliases = &cloudfront.Aliases{Quantity: 1, Items: []string{"a.example"}}
	}))
	cases := map[string]struct {
		change func(*cloudfront.DistributionConfig)
		code   string
		status int
	}{
		"same caller reference": {func(cfg *cloudfront.DistributionConfig) { cfg.CallerReference = "r1" }, "DistributionAlreadyExists", 409},
		"alias taken":           {func(cfg *cloudfront.DistributionConfig) { setAliases(cfg, "b.example", "a.example") }, "CNAMEAlreadyExists", 409},
		"alias of ours":         {func(cfg *cloudfront.DistributionConfig) { setAliases(cfg, first.DomainName) }, "InvalidArgument", 400},
		"other signer":          {func(cfg *cloudfront.DistributionConfig) { setSigners(cfg, "self", "999999999999") }, "TrustedSignerDoesNotExist", 400},
		"no key group":          {func(cfg *cloudfront.DistributionConfig) { setKeyGroups(cfg, "nope") }, "TrustedKeyGroupDoesNotExist", 400},
		"no cache policy":       {func(cfg *cloudfront.DistributionConfig) { setPolicies(cfg, "nope", "") }, "NoSuchCachePolicy", 404},
		"no origin request policy": {func(cfg *cloudfront.DistributionConfig) {
			setPolicies(cfg, "658327ea-f89d-4fab-a63d-7e88639e58f6", "nope")
		}, "NoSuchOriginRequestPolicy", 404},
		"no identity": {func(cfg *cloudfront.DistributionConfig) {
			cfg.Origins.Items[0].S3OriginConfig.OriginAccessIdentity = "origin-access-identity/cloudfront/E1"
		}, "InvalidOriginAccessIdentity", 400},
		"no access control": {func(cfg *cloudfront.DistributionConfig) {
			cfg.Origins.Items[0].OriginAccessControlId = new("E1")
		}, "InvalidOriginAccessControl", 400},
		"no origin":   {func(cfg *cloudfront.DistributionConfig) { cfg.DefaultCacheBehavior.TargetOriginId = "x" }, "NoSuchOrigin", 404},
		"unsupported": {func(cfg *cloudfront.DistributionConfig) { cfg.WebACLId = new("acl") }, "InvalidWebACLId", 400},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := c.CreateDistribution(ctx, with(s3Config("new"), tc.change), nil)
			wantCode(t, err, tc.code, tc.status)
			if name == "same caller reference" {
				if want := "associated with another distribution. Already exists: " + first.Id; !strings.HasSuffix(err.Error(), want) {
					t.Errorf("text %q does not end with %q", err, want)
				}
				return
			}
			_, _, err = c.UpdateDistribution(ctx, first.Id, etag, with(s3Config("r1"), func(cfg *cloudfront.DistributionConfig) {
				tc.change(cfg)
			}))
			if name != "alias taken" { // its own
				wantCode(t, err, tc.code, tc.status)
			} else {
				_, etag, err = c.Distribution(ctx, first.Id)
				must(t, err)
			}
		})
	}
	_, _, err := c.UpdateDistribution(ctx, first.Id, etag, s3Config("other"))
	wantCode(t, err, "IllegalUpdate", 400)
	_, _, err = c.UpdateDistribution(ctx, "E404", etag, s3Config("r1"))
	wantCode(t, err, "NoSuchDistribution", 404)
	for _, bad := range []string{"", "*", "E2QWRUHEXAMPLE"} {
		_, _, err = c.UpdateDistribution(ctx, first.Id, bad, s3Config("r1"))
		wantCode(t, err, "InvalidIfMatchVersion", 400)
	}
	_, _, err = c.UpdateDistribution(ctx, first.Id, state.ETag(1), s3Config("r1"))
	wantCode(t, err, "PreconditionFailed", 412)
}

func with(cfg *cloudfront.DistributionConfig, change func(*cloudfront.DistributionConfig)) *cloudfront.DistributionConfig {
	change(cfg)
	return cfg
}

func setAliases(cfg *cloudfront.DistributionConfig, names ...string) {
	cfg.Aliases = &cloudfront.Aliases{Quantity: int64(len(names)), Items: names}
}

func setSigners(cfg *cloudfront.DistributionConfig, accounts ...string) {
	cfg.DefaultCacheBehavior.TrustedSigners = &cloudfront.TrustedSigners{Enabled: true, Quantity: int64(len(accounts)), Items: accounts}
}

func setKeyGroups(cfg *cloudfront.DistributionConfig, ids ...string) {
	cfg.DefaultCacheBehavior.TrustedKeyGroups = &cloudfront.TrustedKeyGroups{Enabled: true, Quantity: int64(len(ids)), Items: ids}
}

func setPolicies(cfg *cloudfront.DistributionConfig, cachePolicy, originRequestPolicy string) {
	b := &cfg.DefaultCacheBehavior
	b.ForwardedValues, b.MinTTL, b.CachePolicyId = nil, nil, &cachePolicy
	if originRequestPolicy != "" {
		b.OriginRequestPolicyId = &originRequestPolicy
	}
}

func TestAliasesMove(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	one, etag := c.mustCreate(t, with(s3Config("1"), func(cfg *cloudfront.DistributionConfig) { setAliases(cfg, "a.example", "*.b.example") }))
	two := func(cfg *cloudfront.DistributionConfig) { setAliases(cfg, "*.b.example") }
	_, _, err := c.CreateDistribution(ctx, with(s3Config("2"), two), nil)
	wantCode(t, err, "CNAMEAlreadyExists", 409)
	_, _, err = c.UpdateDistribution(ctx, one.Id, etag, with(s3Config("1"), func(cfg *cloudfront.DistributionConfig) { setAliases(cfg, "a.example", "c.example") }))
	must(t, err)
	c.mustCreate(t, with(s3Config("2"), two))
	if id, err := c.store.Holder(ctx, state.AliasKey("c.example")); id != one.Id || err != nil {
		t.Fatal(id, err)
	}
}

func TestRaces(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	const n = 8
	race := func(f func(i int) error) (won int, failures []error) {
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { errs[i] = f(i) })
		}
		wg.Wait()
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				failures = append(failures, err)
			}
		}
		return won, failures
	}
	check := func(what string, won, want int, failures []error, code string, status int) {
		t.Helper()
		if won != want {
			t.Errorf("%s: %d won, want %d", what, won, want)
		}
		for _, err := range failures {
			wantCode(t, err, code, status)
		}
	}

	won, failed := race(func(i int) error {
		_, _, err := c.CreateDistribution(ctx, with(s3Config("alias"+ids(n)[i]), func(cfg *cloudfront.DistributionConfig) { setAliases(cfg, "one.example") }), nil)
		return err
	})
	check("creators of one alias", won, 1, failed, "CNAMEAlreadyExists", 409)

	d, etag := c.mustCreate(t, s3Config("x"))
	won, failed = race(func(int) error {
		_, _, err := c.UpdateDistribution(ctx, d.Id, etag, s3Config("x"))
		return err
	})
	check("updates with one ETag", won, 1, failed, "PreconditionFailed", 412)

	key := publicKeyPEM(t)
	won, failed = race(func(int) error {
		_, err := c.CreateKeyPair(ctx, key)
		return err
	})
	check("key pairs", won, 2, failed, "TooManyKeyPairs", 409)

	group, groupETag := c.mustGroup(t, "g", c.mustKey(t, "k"))
	errs := make([]error, 2)
	var wg sync.WaitGroup
	wg.Go(func() { errs[0] = c.DeleteKeyGroup(ctx, group, groupETag) })
	wg.Go(func() {
		_, _, errs[1] = c.CreateDistribution(ctx, with(s3Config("y"), func(cfg *cloudfront.DistributionConfig) { setKeyGroups(cfg, group) }), nil)
	})
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("deleting a key group and trusting it: %v, %v", errs[0], errs[1])
	}
}

func TestPagingAndUsers(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	policy := "658327ea-f89d-4fab-a63d-7e88639e58f6"
	for _, ref := range ids(5) {
		c.mustCreate(t, with(s3Config(ref), func(cfg *cloudfront.DistributionConfig) {
			setPolicies(cfg, policy, "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf")
		}))
	}
	var seen []string
	marker := ""
	for {
		items, more, err := c.Distributions(ctx, marker, 2)
		must(t, err)
		for _, d := range items {
			seen = append(seen, d.Id)
			marker = d.Id
		}
		if !more {
			break
		}
	}
	using, more, err := c.DistributionsByCachePolicy(ctx, policy, seen[1], 2)
	must(t, err)
	if len(seen) != 5 || len(using) != 2 || !more || using[0] != seen[2] {
		t.Fatalf("listed %v, then %v %v", seen, using, more)
	}
	using, more, err = c.DistributionsByOriginRequestPolicy(ctx, "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "", 100)
	if err != nil || len(using) != 5 || more {
		t.Fatal(using, more, err)
	}
	_, _, err = c.DistributionsByCachePolicy(ctx, "x", "", 0)
	wantCode(t, err, "NoSuchCachePolicy", 404)
	_, _, err = c.DistributionsByKeyGroup(ctx, "x", "", 0)
	wantCode(t, err, "NoSuchResource", 404)
}

func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	var d *cloudfront.Distribution
	var etag string
	t.Run("before", func(t *testing.T) {
		c := startOn(t, s, func(o *Options) { o.Hold = -1 })
		d, etag = c.mustCreate(t, with(s3Config("1"), func(cfg *cloudfront.DistributionConfig) { setAliases(cfg, "a.example") }))
	})
	must(t, s.Close())
	s = openStore(t, dir)
	defer s.Close()
	t.Run("after", func(t *testing.T) {
		c := startOn(t, s, nil)
		startEdge(t, s, "e1")
		got, tag, err := c.Distribution(t.Context(), d.Id)
		must(t, err)
		if tag != etag || got.DomainName != d.DomainName || got.Status != deployed {
			t.Fatalf("after restart: %+v %s", got, tag)
		}
		_, _, err = c.CreateDistribution(t.Context(), with(s3Config("2"), func(cfg *cloudfront.DistributionConfig) { setAliases(cfg, "a.example") }), nil)
		wantCode(t, err, "CNAMEAlreadyExists", 409)
		rec := &state.Distribution{Meta: state.Meta{ID: d.Id}}
		must(t, s.Read(t.Context(), rec))
		secret, err := keyring(t).Open(rec.OriginSecret, state.DistributionAccessKeyID(d.Id))
		if err != nil || len(secret) != 40 {
			t.Fatalf("secret of %d characters, %v", len(secret), err)
		}
		receipts, err := c.Receipts(t.Context(), state.KindDistribution, d.Id)
		if err != nil || len(receipts) != 1 || receipts[0].Completed == nil {
			t.Fatalf("the change's receipt is not completed after the restart: %+v, %v", receipts, err)
		}
	})
}

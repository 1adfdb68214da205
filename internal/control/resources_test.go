package control

import (
	"strings"
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

func TestOriginAccessIdentities(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	startEdge(t, c.store, "e1")
	ctx := t.Context()
	type config = cloudfront.CloudFrontOriginAccessIdentityConfig

	o, etag, err := c.CreateOriginAccessIdentity(ctx, &config{CallerReference: "r", Comment: "one"})
	must(t, err)
	again, etag2, err := c.CreateOriginAccessIdentity(ctx, &config{CallerReference: "r", Comment: "one"})
	must(t, err)
	if again.Id != o.Id || etag2 != etag || len(o.S3CanonicalUserId) != 96 || o.Id[0] != 'E' {
		t.Fatalf("made %+v, then %+v", o, again)
	}
	_, _, err = c.CreateOriginAccessIdentity(ctx, &config{CallerReference: "r", Comment: "two"})
	wantCode(t, err, "CloudFrontOriginAccessIdentityAlreadyExists", 409)
	_, _, err = c.UpdateOriginAccessIdentity(ctx, o.Id, etag, &config{CallerReference: "other"})
	wantCode(t, err, "IllegalUpdate", 400)
	_, etag, err = c.UpdateOriginAccessIdentity(ctx, o.Id, etag, &config{CallerReference: "r", Comment: "new"})
	must(t, err)

	d, dtag := c.mustCreate(t, with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) {
		cfg.Origins.Items[0].S3OriginConfig.OriginAccessIdentity = cloudfront.OriginAccessIdentityPath(o.Id)
	}))
	wantCode(t, c.DeleteOriginAccessIdentity(ctx, o.Id, etag), "CloudFrontOriginAccessIdentityInUse", 409)
	wantCode(t, c.DeleteOriginAccessIdentity(ctx, o.Id, ""), "InvalidIfMatchVersion", 400)
	_, _, err = c.UpdateDistribution(ctx, d.Id, dtag, s3Config("d"))
	must(t, err)
	list, more, err := c.OriginAccessIdentities(ctx, "", 10)
	if err != nil || more || len(list) != 1 || list[0].Comment != "new" {
		t.Fatalf("list %+v, %v", list, err)
	}
	must(t, c.DeleteOriginAccessIdentity(ctx, o.Id, etag))
	_, _, err = c.OriginAccessIdentity(ctx, o.Id)
	wantCode(t, err, "NoSuchCloudFrontOriginAccessIdentity", 404)
}

func TestOriginAccessControls(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	ctx := t.Context()
	config := func(name string) *cloudfront.OriginAccessControlConfig {
		return &cloudfront.OriginAccessControlConfig{
			Name: name, SigningProtocol: "sigv4", SigningBehavior: "always", OriginAccessControlOriginType: "s3",
		}
	}
	one, etag, err := c.CreateOriginAccessControl(ctx, config("one"))
	must(t, err)
	_, _, err = c.CreateOriginAccessControl(ctx, config("one"))
	wantCode(t, err, "OriginAccessControlAlreadyExists", 409)
	two, _, err := c.CreateOriginAccessControl(ctx, config("two"))
	must(t, err)
	_, _, err = c.UpdateOriginAccessControl(ctx, one.Id, etag, config("two"))
	wantCode(t, err, "OriginAccessControlAlreadyExists", 409)
	_, etag, err = c.UpdateOriginAccessControl(ctx, one.Id, etag, config("three"))
	must(t, err)
	_, _, err = c.CreateOriginAccessControl(ctx, config("one"))
	must(t, err)
	c.mustCreate(t, with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) {
		cfg.Origins.Items[0].OriginAccessControlId = &one.Id
	}))
	wantCode(t, c.DeleteOriginAccessControl(ctx, one.Id, etag), "OriginAccessControlInUse", 409)
	_, twoTag, err := c.OriginAccessControl(ctx, two.Id)
	must(t, err)
	must(t, c.DeleteOriginAccessControl(ctx, two.Id, twoTag))
	wantCode(t, c.DeleteOriginAccessControl(ctx, two.Id, twoTag), "NoSuchOriginAccessControl", 404)
	list, more, err := c.OriginAccessControls(ctx, "", 1)
	if err != nil || len(list) != 1 || !more {
		t.Fatal(list, more, err)
	}
}

func TestPublicKeysAndKeyGroups(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	pemText := publicKeyPEM(t)
	config := func(ref, name, comment string) *cloudfront.PublicKeyConfig {
		return &cloudfront.PublicKeyConfig{CallerReference: ref, Name: name, EncodedKey: pemText, Comment: &comment}
	}
	k, etag, err := c.CreatePublicKey(ctx, config("r", "n", ""))
	must(t, err)
	if k.Id[0] != 'K' || k.PublicKeyConfig.EncodedKey != pemText {
		t.Fatalf("created %+v", k)
	}
	_, _, err = c.CreatePublicKey(ctx, config("r", "n", ""))
	wantCode(t, err, "PublicKeyAlreadyExists", 409)
	_, _, err = c.CreatePublicKey(ctx, config("r2", "n", ""))
	wantCode(t, err, "PublicKeyAlreadyExists", 409)
	_, _, err = c.UpdatePublicKey(ctx, k.Id, etag, config("r", "other", ""))
	wantCode(t, err, "CannotChangeImmutablePublicKeyFields", 400)
	_, etag, err = c.UpdatePublicKey(ctx, k.Id, etag, config("r", "n", "new"))
	must(t, err)

	group := func(name string, keys ...string) *cloudfront.KeyGroupConfig {
		return &cloudfront.KeyGroupConfig{Name: name, Items: keys}
	}
	_, _, err = c.CreateKeyGroup(ctx, group("g", "KNOPE"))
	wantCode(t, err, "InvalidArgument", 400)
	g, gtag, err := c.CreateKeyGroup(ctx, group("g", k.Id))
	must(t, err)
	_, _, err = c.CreateKeyGroup(ctx, group("g", k.Id))
	wantCode(t, err, "KeyGroupAlreadyExists", 409)
	wantCode(t, c.DeletePublicKey(ctx, k.Id, etag), "PublicKeyInUse", 409)

	d, _ := c.mustCreate(t, with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) { setKeyGroups(cfg, g.Id) }))
	active := d.ActiveTrustedKeyGroups
	if !active.Enabled || *active.Items[0].KeyGroupId != g.Id || active.Items[0].KeyPairIds.Items[0] != k.Id {
		t.Fatalf("active key groups %+v", active)
	}
	wantCode(t, c.DeleteKeyGroup(ctx, g.Id, gtag), "ResourceInUse", 409)
	k2 := c.mustKey(t, "k2")
	_, gtag2, err := c.UpdateKeyGroup(ctx, g.Id, gtag, group("g2", k2))
	must(t, err)
	_, _, err = c.UpdateKeyGroup(ctx, g.Id, gtag, group("g2", k2))
	wantCode(t, err, "PreconditionFailed", 412)
	must(t, c.DeletePublicKey(ctx, k.Id, etag)) // no longer in the group
	using, _, err := c.DistributionsByKeyGroup(ctx, g.Id, "", 0)
	if err != nil || len(using) != 1 || using[0] != d.Id || gtag2 == gtag {
		t.Fatal(using, err)
	}
	_, _, err = c.KeyGroup(ctx, "nope")
	wantCode(t, err, "NoSuchResource", 404)
	_, _, err = c.PublicKey(ctx, k.Id)
	wantCode(t, err, "NoSuchPublicKey", 404)
	groups, _, err := c.KeyGroups(ctx, "", 0)
	keys, _, err2 := c.PublicKeys(ctx, "", 0)
	if err != nil || err2 != nil || len(groups) != 1 || groups[0].KeyGroup.KeyGroupConfig.Name != "g2" || len(keys) != 1 {
		t.Fatal(groups, keys, err, err2)
	}
}

func TestKeyPairs(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	for _, bad := range []string{"", "x", strings.Replace(rsaKeyPEM(t, 1024), "PUBLIC KEY", "PRIVATE KEY", 2), publicKeyPEM(t) + "more"} {
		_, err := c.CreateKeyPair(ctx, bad)
		wantCode(t, err, "InvalidArgument", 400)
	}
	one, err := c.CreateKeyPair(ctx, rsaKeyPEM(t, 1024))
	must(t, err)
	two, err := c.CreateKeyPair(ctx, publicKeyPEM(t))
	must(t, err)
	if !strings.HasPrefix(one.ID, "APKA") || !one.Active {
		t.Fatalf("made %+v", one)
	}
	_, err = c.CreateKeyPair(ctx, publicKeyPEM(t))
	wantCode(t, err, "TooManyKeyPairs", 409)
	if one, err = c.ActivateKeyPair(ctx, one.ID, false); err != nil || one.Active {
		t.Fatal(one, err)
	}
	d, _ := c.mustCreate(t, with(s3Config("d"), func(cfg *cloudfront.DistributionConfig) { setSigners(cfg, "self") }))
	if s := d.ActiveTrustedSigners; !s.Enabled || *s.Items[0].AwsAccountNumber != "self" || len(s.Items[0].KeyPairIds.Items) != 1 || s.Items[0].KeyPairIds.Items[0] != two.ID {
		t.Fatalf("active signers %+v", s)
	}
	_, err = c.CreateKeyPair(ctx, publicKeyPEM(t))
	must(t, err)
	_, err = c.ActivateKeyPair(ctx, one.ID, true)
	wantCode(t, err, "TooManyKeyPairs", 409)
	must(t, c.DeleteKeyPair(ctx, two.ID))
	_, err = c.ActivateKeyPair(ctx, one.ID, true)
	must(t, err)
	wantCode(t, c.DeleteKeyPair(ctx, two.ID), "NoSuchKeyPair", 404)
	pairs, err := c.KeyPairs(ctx)
	if err != nil || len(pairs) != 2 {
		t.Fatal(pairs, err)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.Hold = -1 })
	ctx := t.Context()
	tag := func(k, v string) cloudfront.Tag { return cloudfront.Tag{Key: k, Value: &v} }
	d, _, err := c.CreateDistribution(ctx, s3Config("d"), []cloudfront.Tag{tag("b", "1"), tag("a", "2")})
	must(t, err)
	_, _, err = c.CreateDistribution(ctx, s3Config("e"), []cloudfront.Tag{tag("aws:x", "1")})
	wantCode(t, err, "InvalidTagging", 400)
	must(t, c.TagResource(ctx, d.ARN, []cloudfront.Tag{tag("b", "3"), tag("c", "4")}))
	must(t, c.UntagResource(ctx, d.ARN, []string{"a", "zz"}))
	tags, err := c.Tags(ctx, d.ARN)
	if err != nil || len(tags) != 2 || tags[0].Key != "b" || *tags[0].Value != "3" {
		t.Fatal(tags, err)
	}
	_, err = c.Tags(ctx, "nonsense")
	wantCode(t, err, "InvalidTagging", 400)
	for _, arn := range []string{cloudfront.DistributionARN(account, "E404"), cloudfront.DistributionARN("999999999999", d.Id), cloudfront.OriginAccessControlARN(account, d.Id)} {
		_, err = c.Tags(ctx, arn)
		wantCode(t, err, "NoSuchResource", 404)
		wantCode(t, c.TagResource(ctx, arn, nil), "NoSuchResource", 404)
	}
	var many []cloudfront.Tag
	for _, k := range ids(49) {
		many = append(many, tag("k"+k, ""))
	}
	wantCode(t, c.TagResource(ctx, d.ARN, many), "InvalidTagging", 400)
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *Options) { o.AWSQuotas, o.Hold = true, -1 })
	ctx := t.Context()
	for _, name := range ids(10) {
		c.mustKey(t, name)
	}
	_, _, err := c.CreatePublicKey(ctx, &cloudfront.PublicKeyConfig{CallerReference: "x", Name: "x", EncodedKey: publicKeyPEM(t)})
	wantCode(t, err, "TooManyPublicKeys", 400)
	d, _ := c.mustCreate(t, s3Config("d"))
	batch := func(ref string, paths ...string) *cloudfront.InvalidationBatch {
		return &cloudfront.InvalidationBatch{CallerReference: ref, Paths: cloudfront.Paths{Quantity: int64(len(paths)), Items: paths}}
	}
	for _, ref := range ids(15) {
		_, err := c.CreateInvalidation(ctx, d.Id, batch(ref, "/"+ref+"/*"))
		must(t, err)
	}
	_, err = c.CreateInvalidation(ctx, d.Id, batch("one more", "/x*"))
	wantCode(t, err, "TooManyInvalidationsInProgress", 400)
	_, err = c.CreateInvalidation(ctx, d.Id, batch("plain", "/x"))
	must(t, err)
	got, _, err := c.Distribution(ctx, d.Id)
	if err != nil || got.InProgressInvalidationBatches != 16 {
		t.Fatal(got.InProgressInvalidationBatches, err)
	}
	startEdge(t, c.store, "e1")
	inv, _, err := c.Invalidations(ctx, d.Id, "", 1)
	must(t, err)
	c.o.Hold = 20e9
	last, err := c.Invalidation(ctx, d.Id, inv[0].Id)
	if err != nil || last.Status != completed {
		t.Fatal(last, err)
	}
	_, err = c.CreateInvalidation(ctx, d.Id, batch("one more", "/x*"))
	must(t, err)
	if n, err := c.store.Count(ctx, state.KindInvalidation, d.Id+"/", 0); n != 17 || err != nil {
		t.Fatal(n, err)
	}
}

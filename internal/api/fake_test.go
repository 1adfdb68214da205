package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// fake is a control of canned answers: every resource exists unless its id is "none", has the
// ETag "E1ETAG", and an update with any other If-Match fails. An id of "broken" fails
// untyped.
type fake struct {
	tags []cloudfront.Tag
}

var _ Control = (*fake)(nil)

var (
	errBroken = errors.New("the disk is gone: secret detail")
	made      = cloudfront.Time{Time: time.Date(2026, 3, 1, 12, 0, 0, 5e6, time.UTC)}
)

func check(id string) error {
	switch id {
	case "none":
		return cloudfront.Errorf("NoSuchDistribution", "The specified distribution does not exist.")
	case "broken":
		return errBroken
	}
	return nil
}

func match(ifMatch string) error {
	switch ifMatch {
	case "E1ETAG":
		return nil
	case "":
		return cloudfront.Errorf("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
	}
	return cloudfront.Errorf("PreconditionFailed", "The precondition given in one or more of the request-header fields evaluated to false.")
}

func (f *fake) distribution(id string, cfg *cloudfront.DistributionConfig) *cloudfront.Distribution {
	cloudfront.SetDefaults(cfg)
	return &cloudfront.Distribution{
		Id: id, ARN: cloudfront.DistributionARN("123456789012", id), Status: "InProgress", LastModifiedTime: made,
		DomainName:             "d111111abcdef8.cloudfront.localhost",
		ActiveTrustedSigners:   &cloudfront.ActiveTrustedSigners{},
		ActiveTrustedKeyGroups: &cloudfront.ActiveTrustedKeyGroups{},
		DistributionConfig:     *cfg,
	}
}

func sampleConfig() *cloudfront.DistributionConfig {
	return &cloudfront.DistributionConfig{
		CallerReference: "r",
		Origins: cloudfront.Origins{Quantity: 1, Items: []cloudfront.Origin{{
			Id: "o", DomainName: "media.s3.amazonaws.com", S3OriginConfig: &cloudfront.S3OriginConfig{},
		}}},
		DefaultCacheBehavior: cloudfront.DefaultCacheBehavior{
			TargetOriginId: "o", ViewerProtocolPolicy: cloudfront.ViewerProtocolPolicyAllowAll,
			CachePolicyId: new("658327ea-f89d-4fab-a63d-7e88639e58f6"),
		},
		Enabled: true,
	}
}

func (f *fake) CreateDistribution(_ context.Context, cfg *cloudfront.DistributionConfig, tags []cloudfront.Tag) (*cloudfront.Distribution, string, error) {
	f.tags = tags
	return f.distribution("E1CREATED", cfg), "E1ETAG", nil
}

func (f *fake) Distribution(_ context.Context, id string) (*cloudfront.Distribution, string, error) {
	return f.distribution(id, sampleConfig()), "E1ETAG", check(id)
}

func (f *fake) DistributionConfig(_ context.Context, id string) (*cloudfront.DistributionConfig, string, error) {
	return &f.distribution(id, sampleConfig()).DistributionConfig, "E1ETAG", check(id)
}

func (f *fake) UpdateDistribution(_ context.Context, id, ifMatch string, cfg *cloudfront.DistributionConfig) (*cloudfront.Distribution, string, error) {
	return f.distribution(id, cfg), "E2ETAG", errors.Join(check(id), match(ifMatch))
}

func (f *fake) DeleteDistribution(_ context.Context, id, ifMatch string) error {
	return errors.Join(check(id), match(ifMatch))
}

// Distributions are E001 to E150.
func (f *fake) Distributions(_ context.Context, marker string, max int) (items []cloudfront.DistributionSummary, more bool, err error) {
	for i := 1; i <= 150; i++ {
		if id := fmt.Sprintf("E%03d", i); id > marker {
			if len(items) == max {
				return items, true, nil
			}
			items = append(items, f.distribution(id, sampleConfig()).Summary("E1ETAG"))
		}
	}
	return items, false, nil
}

func (f *fake) DistributionsByKeyGroup(_ context.Context, id, _ string, _ int) ([]string, bool, error) {
	return []string{"E1", "E2"}, false, check(id)
}

func (f *fake) CreateInvalidation(_ context.Context, distribution string, batch *cloudfront.InvalidationBatch) (*cloudfront.Invalidation, error) {
	return &cloudfront.Invalidation{Id: "I1", Status: "InProgress", CreateTime: made, InvalidationBatch: *batch}, check(distribution)
}

func (f *fake) Invalidation(_ context.Context, distribution, id string) (*cloudfront.Invalidation, error) {
	return &cloudfront.Invalidation{Id: id, Status: "Completed", CreateTime: made, InvalidationBatch: cloudfront.InvalidationBatch{
		CallerReference: "r", Paths: cloudfront.Paths{Quantity: 1, Items: []string{"/*"}},
	}}, check(distribution)
}

func (f *fake) Invalidations(_ context.Context, distribution, _ string, _ int) ([]cloudfront.InvalidationSummary, bool, error) {
	return []cloudfront.InvalidationSummary{{Id: "I1", CreateTime: made, Status: "Completed"}}, false, check(distribution)
}

func (f *fake) CreateOriginAccessIdentity(_ context.Context, cfg *cloudfront.CloudFrontOriginAccessIdentityConfig) (*cloudfront.CloudFrontOriginAccessIdentity, string, error) {
	return &cloudfront.CloudFrontOriginAccessIdentity{Id: "E1OAI", S3CanonicalUserId: "abcdef", CloudFrontOriginAccessIdentityConfig: cfg}, "E1ETAG", nil
}

func (f *fake) OriginAccessIdentity(ctx context.Context, id string) (*cloudfront.CloudFrontOriginAccessIdentity, string, error) {
	cfg := &cloudfront.CloudFrontOriginAccessIdentityConfig{CallerReference: "r", Comment: ""}
	i, etag, _ := f.CreateOriginAccessIdentity(ctx, cfg)
	return i, etag, check(id)
}

func (f *fake) OriginAccessIdentities(ctx context.Context, _ string, _ int) ([]cloudfront.CloudFrontOriginAccessIdentitySummary, bool, error) {
	return nil, false, nil
}

func (f *fake) CreateOriginAccessControl(_ context.Context, cfg *cloudfront.OriginAccessControlConfig) (*cloudfront.OriginAccessControl, string, error) {
	return &cloudfront.OriginAccessControl{Id: "E1OAC", OriginAccessControlConfig: cfg}, "E1ETAG", nil
}

func (f *fake) CreatePublicKey(_ context.Context, cfg *cloudfront.PublicKeyConfig) (*cloudfront.PublicKey, string, error) {
	return &cloudfront.PublicKey{Id: "K1", CreatedTime: made, PublicKeyConfig: *cfg}, "E1ETAG", nil
}

func (f *fake) PublicKeys(_ context.Context, _ string, _ int) ([]cloudfront.PublicKeySummary, bool, error) {
	return []cloudfront.PublicKeySummary{{Id: "K1", Name: "n", CreatedTime: made, EncodedKey: "pem\n"}}, true, nil
}

func (f *fake) CreateKeyGroup(_ context.Context, cfg *cloudfront.KeyGroupConfig) (*cloudfront.KeyGroup, string, error) {
	return &cloudfront.KeyGroup{Id: "0a1b", LastModifiedTime: made, KeyGroupConfig: *cfg}, "E1ETAG", nil
}

func (f *fake) KeyGroups(_ context.Context, _ string, _ int) ([]cloudfront.KeyGroupSummary, bool, error) {
	g := cloudfront.KeyGroup{Id: "0a1b", LastModifiedTime: made, KeyGroupConfig: cloudfront.KeyGroupConfig{Name: "g", Items: []string{"K1"}}}
	return []cloudfront.KeyGroupSummary{g.Summary()}, false, nil
}

func (f *fake) Tags(_ context.Context, arn string) ([]cloudfront.Tag, error) { return f.tags, nil }

func (f *fake) TagResource(_ context.Context, arn string, tags []cloudfront.Tag) error {
	f.tags = append(f.tags, tags...)
	return nil
}

func (f *fake) UntagResource(_ context.Context, arn string, keys []string) error {
	f.tags = nil
	return nil
}

package api

import (
	"context"
	"errors"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

func (f *fake) DistributionsByCachePolicy(ctx context.Context, id, marker string, max int) ([]string, bool, error) {
	return f.DistributionsByKeyGroup(ctx, id, marker, max)
}

func (f *fake) DistributionsByOriginRequestPolicy(ctx context.Context, id, marker string, max int) ([]string, bool, error) {
	return f.DistributionsByKeyGroup(ctx, id, marker, max)
}

func (f *fake) DistributionsByResponseHeadersPolicy(ctx context.Context, id, marker string, max int) ([]string, bool, error) {
	return f.DistributionsByKeyGroup(ctx, id, marker, max)
}

func (f *fake) UpdateOriginAccessIdentity(ctx context.Context, id, ifMatch string, cfg *cloudfront.CloudFrontOriginAccessIdentityConfig) (*cloudfront.CloudFrontOriginAccessIdentity, string, error) {
	i, _, _ := f.CreateOriginAccessIdentity(ctx, cfg)
	return i, "E2ETAG", errors.Join(check(id), match(ifMatch))
}

func (f *fake) DeleteOriginAccessIdentity(_ context.Context, id, ifMatch string) error {
	return errors.Join(check(id), match(ifMatch))
}

func (f *fake) OriginAccessControl(ctx context.Context, id string) (*cloudfront.OriginAccessControl, string, error) {
	o, etag, _ := f.CreateOriginAccessControl(ctx, &cloudfront.OriginAccessControlConfig{
		Name: "n", Description: new(""), SigningProtocol: "sigv4", SigningBehavior: "always", OriginAccessControlOriginType: "s3",
	})
	return o, etag, check(id)
}

func (f *fake) UpdateOriginAccessControl(ctx context.Context, id, ifMatch string, cfg *cloudfront.OriginAccessControlConfig) (*cloudfront.OriginAccessControl, string, error) {
	o, _, _ := f.CreateOriginAccessControl(ctx, cfg)
	return o, "E2ETAG", errors.Join(check(id), match(ifMatch))
}

func (f *fake) DeleteOriginAccessControl(_ context.Context, id, ifMatch string) error {
	return errors.Join(check(id), match(ifMatch))
}

func (f *fake) OriginAccessControls(ctx context.Context, _ string, _ int) ([]cloudfront.OriginAccessControlSummary, bool, error) {
	o, _, _ := f.OriginAccessControl(ctx, "E1OAC")
	return []cloudfront.OriginAccessControlSummary{o.Summary()}, true, nil
}

func (f *fake) PublicKey(ctx context.Context, id string) (*cloudfront.PublicKey, string, error) {
	k, etag, _ := f.CreatePublicKey(ctx, &cloudfront.PublicKeyConfig{CallerReference: "r", Name: "n", EncodedKey: "pem\n"})
	return k, etag, check(id)
}

func (f *fake) UpdatePublicKey(ctx context.Context, id, ifMatch string, cfg *cloudfront.PublicKeyConfig) (*cloudfront.PublicKey, string, error) {
	k, _, _ := f.CreatePublicKey(ctx, cfg)
	return k, "E2ETAG", errors.Join(check(id), match(ifMatch))
}

func (f *fake) DeletePublicKey(_ context.Context, id, ifMatch string) error {
	return errors.Join(check(id), match(ifMatch))
}

func (f *fake) KeyGroup(ctx context.Context, id string) (*cloudfront.KeyGroup, string, error) {
	g, etag, _ := f.CreateKeyGroup(ctx, &cloudfront.KeyGroupConfig{Name: "g", Items: []string{"K1"}})
	return g, etag, check(id)
}

func (f *fake) UpdateKeyGroup(ctx context.Context, id, ifMatch string, cfg *cloudfront.KeyGroupConfig) (*cloudfront.KeyGroup, string, error) {
	g, _, _ := f.CreateKeyGroup(ctx, cfg)
	return g, "E2ETAG", errors.Join(check(id), match(ifMatch))
}

func (f *fake) DeleteKeyGroup(_ context.Context, id, ifMatch string) error {
	return errors.Join(check(id), match(ifMatch))
}

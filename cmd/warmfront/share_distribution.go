package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// makeDistribution finds the distribution by its comment, or makes it: private S3 origin,
// restricted viewer access, HTTP redirected to HTTPS, caching, compression.
func (r *recipe) makeDistribution(ctx context.Context, oac, keyGroup string) (arn string, err error) {
	cf := r.client.cloudfront()
	comment := "warmfront share " + r.bucket
	pages := cloudfront.NewListDistributionsPaginator(cf, &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, d := range page.DistributionList.Items {
			if aws.ToString(d.Comment) == comment && aws.ToBool(d.Enabled) {
				r.distributionID, r.domain = *d.Id, *d.DomainName
				return *d.ARN, nil
			}
		}
	}
	out, err := cf.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{
		DistributionConfig: r.distributionConfig(comment, oac, keyGroup),
	})
	if err != nil {
		return "", err
	}
	r.distributionID, r.domain = *out.Distribution.Id, *out.Distribution.DomainName
	r.made("distribution", r.distributionID+" "+r.domain)
	return *out.Distribution.ARN, nil
}

func (r *recipe) distributionConfig(comment, oac, keyGroup string) *cftypes.DistributionConfig {
	return &cftypes.DistributionConfig{
		CallerReference: aws.String("share-" + r.bucket + "-" + strconv.FormatInt(time.Now().UnixNano(), 36)),
		Comment:         &comment,
		Enabled:         aws.Bool(true),
		HttpVersion:     cftypes.HttpVersionHttp2and3,
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id:                    &r.bucket,
			DomainName:            aws.String(fmt.Sprintf("%s.s3.%s.amazonaws.com", r.bucket, r.client.aws.Region)),
			OriginAccessControlId: &oac,
			S3OriginConfig:        &cftypes.S3OriginConfig{OriginAccessIdentity: aws.String("")},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId:       &r.bucket,
			ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyRedirectToHttps,
			CachePolicyId:        aws.String(managedCachingOptimized),
			Compress:             aws.Bool(true),
			TrustedKeyGroups:     &cftypes.TrustedKeyGroups{Enabled: aws.Bool(true), Quantity: aws.Int32(1), Items: []string{keyGroup}},
		},
	}
}

// wait returns when every live edge serves the distribution.
func (r *recipe) wait(ctx context.Context) error {
	waiter := cloudfront.NewDistributionDeployedWaiter(r.client.cloudfront(), func(o *cloudfront.DistributionDeployedWaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, time.Second // AWS's minute is for AWS
	})
	return waiter.Wait(ctx, &cloudfront.GetDistributionInput{Id: &r.distributionID}, time.Minute)
}

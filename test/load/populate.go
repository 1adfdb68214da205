package load

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/warmfront/warmfront/internal/datadir"
)

// atOnce is how many requests Populate and Multiply have under way.
const atOnce = 16

// Populate makes a bucket on the server of dir and puts n objects of 1 KiB into it, through the
// S3 API: films/00000.jpg and so on.
func Populate(ctx context.Context, dir datadir.Dir, bucket string, n int) error {
	config, _, err := Account(dir)
	if err != nil {
		return err
	}
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		return err
	}
	body := make([]byte, 1<<10)
	return each(ctx, n, func(ctx context.Context, i int) error {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &bucket, Key: aws.String(fmt.Sprintf("films/%05d.jpg", i)), ContentType: aws.String("image/jpeg"), Body: bytes.NewReader(body),
		})
		return err
	})
}

// Multiply makes n further distributions with the site's origin and keys, through the
// management API, without waiting for their deployment.
func (s *Site) Multiply(ctx context.Context, n int) ([]*Site, error) {
	all := make([]*Site, n)
	err := each(ctx, n, func(ctx context.Context, i int) error {
		config := *s.Distribution.DistributionConfig
		config.CallerReference = aws.String(fmt.Sprintf("%s-%d", *config.CallerReference, i))
		config.Comment = aws.String(fmt.Sprintf("One of many: %04d", i))
		out, err := s.CloudFront.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &config})
		if err != nil {
			return err
		}
		one := *s
		one.Distribution = out.Distribution
		all[i] = &one
		return nil
	})
	return all, err
}

// each does n things, several at once, until one fails.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := range n {
		g.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			return do(ctx, i)
		})
	}
	return g.Wait()
}

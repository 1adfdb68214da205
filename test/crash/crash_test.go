// Package crash kills the built binary while clients upload and change the configuration, and
// proves that everything acknowledged is there after a restart.
package crash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/warmfront/warmfront/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// rounds is how often the server is killed: few in every run, WARMFRONT_SOAK times by
// `make soak`.
func rounds(t *testing.T) int {
	text := os.Getenv("WARMFRONT_SOAK")
	if text == "" {
		return 8
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const bucket = "crash"

// ledger is what the server has acknowledged.
type ledger struct {
	mu      sync.Mutex
	objects map[string][sha256.Size]byte // zero for a deletion
	ids     map[string]bool              // of origin access identities
	comment string                       // newest acknowledged comment of the distribution
	pending map[string][][sha256.Size]byte
	asked   string // newest comment sent
}

func TestAcknowledgedMeansKept(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	ctx := t.Context()
	if _, err := store(s).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	distribution := createDistribution(t, s)
	l := &ledger{objects: map[string][sha256.Size]byte{}, ids: map[string]bool{}, pending: map[string][][sha256.Size]byte{}}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	n := rounds(t)
	for round := range n {
		work, stop := context.WithCancel(ctx)
		var workers sync.WaitGroup
		for w := range 3 {
			r := rand.New(rand.NewPCG(seed, uint64(round*10+w+1)))
			workers.Go(func() { l.upload(work, s, r) })
		}
		r := rand.New(rand.NewPCG(seed, uint64(round*10+9)))
		workers.Go(func() { l.configure(work, s, distribution, r) })
		timer := time.NewTimer(time.Duration(50+random.IntN(700)) * time.Millisecond)
		<-timer.C // the moment of the kill is random; nothing waits for a condition
		s.Kill()
		stop()
		workers.Wait()
		s.Run()
		l.verify(t, s, distribution)
		if t.Failed() {
			t.Fatalf("after kill %d of %d", round+1, n)
		}
	}
	t.Logf("%d kills, %d objects, %d identities", n, len(l.objects), len(l.ids))
	if len(l.objects) == 0 || len(l.ids) == 0 {
		t.Error("nothing was acknowledged: the test has proved nothing")
	}
}

func sdk(s *harness.Server) aws.Config {
	return aws.Config{
		Region:           "us-east-1",
		Credentials:      credentials.NewStaticCredentialsProvider(s.Root.AccessKeyID, s.Root.SecretAccessKey, ""),
		BaseEndpoint:     aws.String(s.Endpoints.API),
		RetryMaxAttempts: 1, // what was not acknowledged is not repeated
	}
}

func store(s *harness.Server) *s3.Client {
	return s3.NewFromConfig(sdk(s), func(o *s3.Options) { o.UsePathStyle = true })
}

func createDistribution(t *testing.T, s *harness.Server) string {
	t.Helper()
	out, err := cloudfront.NewFromConfig(sdk(s)).CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{
		DistributionConfig: config("0"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Distribution.Id
}

func config(comment string) *cftypes.DistributionConfig {
	return &cftypes.DistributionConfig{
		CallerReference: aws.String("crash"), Comment: &comment, Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("o"), DomainName: aws.String(bucket + ".s3.amazonaws.com"),
			S3OriginConfig: &cftypes.S3OriginConfig{OriginAccessIdentity: aws.String("")},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
			CachePolicyId: aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6"),
		},
	}
}

// upload writes, overwrites and deletes objects, small and in parts, until ctx ends or the
// server is gone.
func (l *ledger) upload(ctx context.Context, s *harness.Server, r *rand.Rand) {
	client := store(s)
	worker := r.Uint64()
	for i := 0; ctx.Err() == nil; i++ {
		key := fmt.Sprintf("%d/%d", worker, i%5)
		if r.IntN(10) == 0 {
			l.ask(key, [sha256.Size]byte{})
			if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: &key}); err != nil {
				return
			}
			l.acknowledge(key, [sha256.Size]byte{})
			continue
		}
		size := r.IntN(64 << 10)
		if r.IntN(8) == 0 {
			size = 5<<20 + r.IntN(1<<20)
		}
		body := make([]byte, size)
		rand.NewChaCha8([32]byte{byte(i), byte(worker)}).Read(body)
		sum := sha256.Sum256(body)
		l.ask(key, sum)
		if err := put(ctx, client, key, body); err != nil {
			return
		}
		l.acknowledge(key, sum)
	}
}

// put stores a body, a large one as two parts.
func put(ctx context.Context, client *s3.Client, key string, body []byte) error {
	if len(body) < 5<<20 {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: bytes.NewReader(body)})
		return err
	}
	made, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String(bucket), Key: &key})
	if err != nil {
		return err
	}
	var parts []s3types.CompletedPart
	for i, part := range [][]byte{body[:5<<20], body[5<<20:]} {
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: aws.String(bucket), Key: &key, UploadId: made.UploadId, PartNumber: aws.Int32(int32(i + 1)), Body: bytes.NewReader(part),
		})
		if err != nil {
			return err
		}
		parts = append(parts, s3types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(int32(i + 1)), ChecksumCRC32: out.ChecksumCRC32})
	}
	_, err = client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(bucket), Key: &key, UploadId: made.UploadId, MultipartUpload: &s3types.CompletedMultipartUpload{Parts: parts},
	})
	return err
}

// configure makes identities and updates the distribution until the server is gone.
func (l *ledger) configure(ctx context.Context, s *harness.Server, id string, r *rand.Rand) {
	client := cloudfront.NewFromConfig(sdk(s))
	for ctx.Err() == nil {
		reference := strconv.FormatUint(r.Uint64(), 36)
		made, err := client.CreateCloudFrontOriginAccessIdentity(ctx, &cloudfront.CreateCloudFrontOriginAccessIdentityInput{
			CloudFrontOriginAccessIdentityConfig: &cftypes.CloudFrontOriginAccessIdentityConfig{CallerReference: &reference, Comment: aws.String("")},
		})
		if err != nil {
			return
		}
		l.mu.Lock()
		l.ids[*made.CloudFrontOriginAccessIdentity.Id] = true
		l.mu.Unlock()
		current, err := client.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: &id})
		if err != nil {
			return
		}
		l.mu.Lock()
		l.asked = reference
		l.mu.Unlock()
		if _, err := client.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
			Id: &id, IfMatch: current.ETag, DistributionConfig: config(reference),
		}); err != nil {
			return
		}
		l.mu.Lock()
		l.comment = reference
		l.mu.Unlock()
	}
}

// ask notes that a key may have this content from now on; acknowledge that it has.
func (l *ledger) ask(key string, sum [sha256.Size]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending[key] = append(l.pending[key], sum)
}

func (l *ledger) acknowledge(key string, sum [sha256.Size]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.objects[key] = sum
	delete(l.pending, key)
}

// verify compares the server with the ledger: each key holds what was acknowledged last, or
// what was asked for after that, whole.
func (l *ledger) verify(t *testing.T, s *harness.Server, distribution string) {
	t.Helper()
	ctx, client := t.Context(), store(s)
	keys := map[string]bool{}
	for key := range l.objects {
		keys[key] = true
	}
	for key := range l.pending {
		keys[key] = true
	}
	for key := range keys {
		got, err := sumOf(ctx, client, key)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		acknowledged := l.objects[key]
		right := got == acknowledged
		for _, sum := range l.pending[key] {
			right = right || got == sum
		}
		if !right {
			t.Errorf("%s holds neither what was acknowledged nor what was asked for since", key)
		}
		l.objects[key] = got // what is there now is what must stay
	}
	clear(l.pending)
	cf := cloudfront.NewFromConfig(sdk(s))
	for id := range l.ids {
		if _, err := cf.GetCloudFrontOriginAccessIdentity(ctx, &cloudfront.GetCloudFrontOriginAccessIdentityInput{Id: &id}); err != nil {
			t.Errorf("identity %s: %v", id, err)
		}
	}
	out, err := cf.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: &distribution})
	if err != nil {
		t.Errorf("distribution: %v", err)
		return
	}
	if got := *out.DistributionConfig.Comment; got != l.comment && got != l.asked && l.comment != "" {
		t.Errorf("the distribution's comment is %q, acknowledged %q, asked %q", got, l.comment, l.asked)
	}
	l.comment = *out.DistributionConfig.Comment
}

// sumOf reads an object; the sum of one that is not there is zero.
func sumOf(ctx context.Context, client *s3.Client, key string) (sum [sha256.Size]byte, err error) {
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: &key})
	if _, missing := errors.AsType[*s3types.NoSuchKey](err); missing {
		return sum, nil
	}
	if err != nil {
		return sum, err
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	return sha256.Sum256(body), err
}

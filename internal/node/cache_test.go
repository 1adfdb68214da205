package node_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/warmfront/warmfront/internal/nodetest"
)

// What was cached is a hit after a restart, but for what was invalidated before it.
func TestARestartKeepsTheCache(t *testing.T) {
	t.Parallel()
	o := nodetest.Options{Dir: t.TempDir()}
	origin := nodetest.NewOrigin(t)
	bodies := map[string][]byte{}
	for path, size := range map[string]int{"/small": 100, "/middle": 300_000, "/large": 3<<20 + 7, "/gone": 500} {
		bodies[path] = bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		origin.Reply(path, append([]byte("HTTP/1.1 200 OK\nCache-Control: max-age=3600\nETag: \"v1\"\n\n"), bodies[path]...))
	}
	n := nodetest.Start(t, o)
	id, domain := caching(t, n, origin.Port)
	for path, body := range bodies {
		expectCached(t, n, domain, path, body, "Miss from cloudfront")
	}
	invalidate(t, n, id, "/gone")
	n.Stop()

	n = nodetest.Start(t, o)
	asked := len(origin.Requests())
	for path, body := range bodies {
		if path != "/gone" {
			expectCached(t, n, domain, path, body, "Hit from cloudfront")
			for _, p := range []nodetest.Protocol{nodetest.HTTP1, nodetest.HTTP2, nodetest.HTTP3} {
				url := fmt.Sprintf("https://%s:%d%s", domain, n.HTTPSPort, path)
				expectAnswer(t, n.Viewer(t, p), url, "", body, "Hit from cloudfront")
			}
		}
	}
	if got := len(origin.Requests()); got != asked {
		t.Errorf("the origin was asked %d times", got-asked)
	}
	expectCached(t, n, domain, "/gone", bodies["/gone"], "Miss from cloudfront")
}

// expectCached asks over clear-text HTTP/1.1, where files go out by sendfile.
func expectCached(t *testing.T, n *nodetest.Node, domain, path string, body []byte, xCache string) {
	t.Helper()
	expectAnswer(t, n.Viewer(t, nodetest.HTTP1), fmt.Sprintf("http://127.0.0.1:%d%s", n.HTTPPort, path), domain, body, xCache)
}

func expectAnswer(t *testing.T, client *http.Client, url, host string, body []byte, xCache string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Equal(got, body) || resp.Header.Get("X-Cache") != xCache {
		t.Errorf("%s: %d bytes, %s, %v; want %d, %s", url, len(got), resp.Header.Get("X-Cache"), err, len(body), xCache)
	}
}

// caching makes a distribution with Managed-CachingOptimized.
func caching(t *testing.T, n *nodetest.Node, port int) (id, domain string) {
	t.Helper()
	out, err := client(n).CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String("c"), Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("o"), DomainName: aws.String("localhost"),
			CustomOriginConfig: &cftypes.CustomOriginConfig{
				HTTPPort: aws.Int32(int32(port)), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpOnly,
			},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
			CachePolicyId: aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6"),
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	id = *out.Distribution.Id
	err = cloudfront.NewDistributionDeployedWaiter(client(n)).Wait(t.Context(), &cloudfront.GetDistributionInput{Id: &id}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return id, *out.Distribution.DomainName
}

func invalidate(t *testing.T, n *nodetest.Node, id, path string) {
	t.Helper()
	out, err := client(n).CreateInvalidation(t.Context(), &cloudfront.CreateInvalidationInput{DistributionId: &id, InvalidationBatch: &cftypes.InvalidationBatch{
		CallerReference: aws.String("i"), Paths: &cftypes.Paths{Quantity: aws.Int32(1), Items: []string{path}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = cloudfront.NewInvalidationCompletedWaiter(client(n)).Wait(t.Context(), &cloudfront.GetInvalidationInput{DistributionId: &id, Id: out.Invalidation.Id}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
}

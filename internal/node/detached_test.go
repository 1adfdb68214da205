package node_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"

	"github.com/warmfront/warmfront/internal/config"
	"github.com/warmfront/warmfront/internal/nodetest"
)

// startEtcd is an etcd of its own, reachable on a unix socket.
func startEtcd(t *testing.T, dir, socket string, change ...func(*embed.Config)) *embed.Etcd {
	t.Helper()
	client := url.URL{Scheme: "unix", Path: socket}
	peer := url.URL{Scheme: "unix", Path: socket + "-peer"}
	cfg := embed.NewConfig()
	cfg.Dir, cfg.TickMs, cfg.ElectionMs = dir, 10, 100
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	for _, f := range change {
		f(cfg)
	}
	server, err := embed.StartEtcd(cfg)
	if err != nil {
		t.Fatal(err)
	}
	<-server.Server.ReadyNotify()
	return server
}

// An edge whose cluster is gone starts and serves from the configuration kept on disk, and
// attaches when the cluster is back.
func TestAnEdgeStartsWithoutItsCluster(t *testing.T) {
	t.Parallel()
	short, err := os.MkdirTemp("", "wf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(short) })
	etcdDir, socket := filepath.Join(short, "d"), filepath.Join(short, "etcd:1")
	etcd := startEtcd(t, etcdDir, socket)
	o := nodetest.Options{Dir: t.TempDir(), Settings: func(c *config.Config) { c.EtcdEndpoints = config.List{"unix://" + socket} }}
	origin := nodetest.NewOrigin(t)
	origin.Reply("", []byte("HTTP/1.1 200 OK\nCache-Control: no-store\n\nhello"))

	n := nodetest.Start(t, o)
	domain := distribution(t, n, origin.Port)
	expectBody(t, n, domain, "hello")
	n.Stop()
	etcd.Close()

	n = nodetest.Start(t, o)
	expectBody(t, n, domain, "hello")
	if resp, err := http.Get(n.API + "/readyz"); err != nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready without the state: %v %v", resp, err)
	}
	_, err = client(n).ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
	if err == nil {
		t.Error("the management API answers without the state")
	}

	t.Cleanup(startEtcd(t, etcdDir, socket).Close)
	for deadline := time.Now().Add(time.Minute); ; {
		out, err := client(n).ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
		if err == nil {
			if len(out.DistributionList.Items) != 1 {
				t.Errorf("%d distributions", len(out.DistributionList.Items))
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the node did not attach: %v", err)
		}
	}
	expectBody(t, n, domain, "hello")
}

func client(n *nodetest.Node) *cloudfront.Client {
	return cloudfront.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(n.API), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(n.Root.AccessKeyID, n.Root.SecretAccessKey, ""),
	})
}

func distribution(t *testing.T, n *nodetest.Node, port int) (domain string) {
	t.Helper()
	out, err := client(n).CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String("d"), Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("o"), DomainName: aws.String("localhost"),
			CustomOriginConfig: &cftypes.CustomOriginConfig{
				HTTPPort: aws.Int32(int32(port)), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpOnly,
			},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"), // Managed-CachingDisabled
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = cloudfront.NewDistributionDeployedWaiter(client(n), func(o *cloudfront.DistributionDeployedWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, 500*time.Millisecond
	}).Wait(t.Context(), &cloudfront.GetDistributionInput{Id: out.Distribution.Id}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return *out.Distribution.DomainName
}

func expectBody(t *testing.T, n *nodetest.Node, domain, want string) {
	t.Helper()
	resp, err := n.Viewer(t, nodetest.HTTP1).Get(fmt.Sprintf("https://%s:%d/", domain, n.HTTPSPort))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || string(body) != want {
		t.Errorf("%d %q %v", resp.StatusCode, body, err)
	}
}

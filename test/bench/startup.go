package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"github.com/warmfront/warmfront/internal/datadir"
)

// startups measures how long `warmfront serve` takes on a fresh directory from its start to
// its line of readiness, and how long a first distribution takes from CreateDistribution to
// the end of the SDK's DistributionDeployed waiter. Medians of n starts, in Markdown.
func startups(ctx context.Context, binary string, n int) (string, error) {
	var ready, deployed []float64
	for i := range n {
		r, d, err := startup(ctx, binary, i)
		if err != nil {
			return "", err
		}
		ready, deployed = append(ready, r.Seconds()*1000), append(deployed, d.Seconds()*1000)
	}
	r, _, rTop := medianInterval(ready)
	d, _, dTop := medianInterval(deployed)
	return fmt.Sprintf("### start and deploy\n\n%d starts on fresh directories\n\n| what | ms (median) | ms (top of the 95 %% interval) |\n|---|---|---|\n"+
		"| `warmfront serve` to ready | %.0f | %.0f |\n| CreateDistribution and waiter | %.0f | %.0f |\n", n, r, rTop, d, dTop), nil
}

func startup(ctx context.Context, binary string, i int) (ready, deployed time.Duration, err error) {
	dir, err := os.MkdirTemp("", "warmfront-start-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	data := datadir.Dir(filepath.Join(dir, "data"))
	cmd := exec.CommandContext(ctx, binary, "serve", "--data", string(data), "--api", "127.0.0.1:0", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return 0, 0, fmt.Errorf("start %d: %w", i, err)
	}
	ready = time.Since(began)
	root, err := data.RootKey()
	if err != nil {
		return 0, 0, err
	}
	endpoints, err := data.ReadEndpoints()
	if err != nil {
		return 0, 0, err
	}
	cf := cloudfront.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(endpoints.API),
		Credentials: credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.SecretAccessKey, ""),
	})
	_, group, err := makeKey(ctx, cf)
	if err != nil {
		return 0, 0, err
	}
	began = time.Now()
	d, err := makeDistribution(ctx, cf, group)
	if err != nil {
		return 0, 0, fmt.Errorf("start %d: %w", i, err)
	}
	err = cloudfront.NewDistributionDeployedWaiter(cf).Wait(ctx, &cloudfront.GetDistributionInput{Id: d.Id}, 2*time.Minute)
	return ready, time.Since(began), err
}

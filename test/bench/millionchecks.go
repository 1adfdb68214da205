package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// invalidations invalidates everything, several times: the first finds all objects valid.
func (f *field) invalidations(ctx context.Context, table *table, times int) error {
	var took []float64
	site := f.warmfront.site
	for i := range times {
		began := time.Now()
		out, err := site.CloudFront.CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{
			DistributionId: site.Distribution.Id,
			InvalidationBatch: &cftypes.InvalidationBatch{
				CallerReference: aws.String(strconv.Itoa(i)), Paths: &cftypes.Paths{Quantity: aws.Int32(1), Items: []string{"/*"}},
			},
		})
		if err != nil {
			return err
		}
		for status := *out.Invalidation.Status; status != "Completed"; {
			got, err := site.CloudFront.GetInvalidation(ctx, &cloudfront.GetInvalidationInput{DistributionId: site.Distribution.Id, Id: out.Invalidation.Id})
			if err != nil {
				return err
			}
			status = *got.Invalidation.Status
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		if i == 0 {
			if hits, err := f.probe(ctx, 1000, 20); err != nil || hits > 0 {
				return fmt.Errorf("%d hits after everything was invalidated: %w", hits, err)
			}
			table.row("invalidate `/*`: from CreateInvalidation to Completed as a client sees it, the first", fmt.Sprintf("%.1f ms; nothing is a hit afterwards", took[0]))
		}
	}
	m, low, top := medianInterval(took)
	table.row(fmt.Sprintf("the same, median of %d", times), fmt.Sprintf("%.1f ms (95 %% interval %.1f–%.1f)", m, low, top))
	return nil
}

var benchmarkMetric = regexp.MustCompile(`([0-9.e+]+) (B/object|s/checkpoint|s/journal)`)

// indexCost asks the disk tier's own benchmark what a million objects take in the heap, which
// the process's resident memory tells only roughly.
func indexCost(ctx context.Context, table *table) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkIndex$", "-benchtime", "1x", "./internal/cachestore/disk")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	words := map[string]string{
		"B/object": "index of a million, bytes of heap an object", "s/checkpoint": "reading it from a checkpoint, s", "s/journal": "reading it from a journal, s",
	}
	for _, m := range benchmarkMetric.FindAllSubmatch(out, -1) {
		table.row(fmt.Sprintf("%s (`%s`)", words[string(m[2])], strings.Join(cmd.Args, " ")), string(m[1]))
	}
	return nil
}

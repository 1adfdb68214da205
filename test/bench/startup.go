package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/test/load"
)

// starts is the row of how long `warmfront serve` takes on a fresh directory to its line of
// readiness, and a first distribution from CreateDistribution to the end of the SDK's waiter.
func (e *exam) starts(ctx context.Context) error {
	n := e.few(3, 15)
	var ready, deployed []float64
	for i := range n {
		r, d, err := e.startup(ctx, i)
		if err != nil {
			return fmt.Errorf("start %d: %w", i, err)
		}
		ready, deployed = append(ready, r.Seconds()*1000), append(deployed, d.Seconds()*1000)
	}
	section := e.report.section("Start and deployment")
	section.text("%d starts on fresh directories.", n)
	table := section.table("what", "ms, median", "ms, 95 % interval of the median")
	for _, row := range []struct {
		what   string
		values []float64
	}{{"`warmfront serve` to ready", ready}, {"CreateDistribution to the end of the waiter", deployed}} {
		m, low, top := medianInterval(row.values)
		table.row(row.what, fmt.Sprintf("%.0f", m), fmt.Sprintf("%.0f–%.0f", low, top))
	}
	return section.write()
}

func (e *exam) startup(ctx context.Context, i int) (ready, deployed time.Duration, err error) {
	dir := filepath.Join(e.dir, fmt.Sprint("start-", i))
	defer os.RemoveAll(dir)
	w := &warmfront{binary: e.binary, dir: datadir.Dir(dir)}
	w.peer = peer{name: "Warmfront", version: versionOf(e.binary, "--version"), signed: true, cache: true}
	if ready, err = w.run(); err != nil {
		return 0, 0, err
	}
	defer w.stop()
	if i == 0 {
		e.report.servers([]*peer{&w.peer})
	}
	if w.site, err = load.Deploy(ctx, w.dir, "bench", load.CachingOptimized, load.CustomOrigin(80)); err != nil {
		return 0, 0, err
	}
	err = w.site.Wait(ctx)
	return ready, time.Since(w.site.Asked), err
}

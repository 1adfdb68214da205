// Command bench measures Warmfront beside its peers from Debian on the machine it runs on:
// the servers take turns on one core, the load generator has the other, and what counts is
// CPU time per request from the kernel's accounting, as a ratio with its 95 % interval.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 15, "interleaved `pairs` of runs")
	duration := flag.Duration("duration", 2*time.Second, "load in each run")
	connections := flag.Int("connections", 32, "viewer connections")
	starts := flag.Int("starts", 15, "`number` of starts on fresh directories")
	binary := flag.String("warmfront", "bin/warmfront", "the `binary` to measure")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report, err := startups(ctx, *binary, *starts)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	fmt.Println(report)
	if err := run(ctx, *binary, load{duration: *duration, connections: *connections}, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures signed hits of a 4 KiB object over HTTP/1.1.
func run(ctx context.Context, binary string, l load, rounds int) error {
	if runtime.NumCPU() < 2 {
		return fmt.Errorf("two cores are needed: one for the servers, one for the load generator")
	}
	dir, err := os.MkdirTemp("", "warmfront-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	body := make([]byte, 4096)
	for i := range body {
		body[i] = byte('a' + i%26)
	}
	nginx, err := startNginx(ctx, dir, body)
	if err != nil {
		return fmt.Errorf("nginx: %w", err)
	}
	defer nginx.stop()
	warmfront, err := startWarmfront(ctx, binary, dir, body)
	if err != nil {
		return fmt.Errorf("warmfront: %w", err)
	}
	defer warmfront.stop()
	for _, p := range []*peer{warmfront, nginx} {
		if err := p.check(ctx, body); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	result, err := compare(ctx, warmfront, nginx, l, rounds)
	if err != nil {
		return err
	}
	fmt.Print(result.markdown("signed 4 KiB hit, HTTP/1.1, clear text"))
	return nil
}

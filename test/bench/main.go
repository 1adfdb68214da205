// Command bench measures Warmfront beside its peers from Debian on the machine it runs on:
// the servers take turns on one core, the load generator has the other, and what counts is
// CPU time per request from the kernel's accounting, as a ratio with its 95 % interval.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 15, "interleaved `pairs` of runs")
	duration := flag.Duration("duration", 2*time.Second, "load in each run")
	connections := flag.Int("connections", 32, "viewer connections")
	starts := flag.Int("starts", 15, "`number` of starts on fresh directories")
	only := flag.String("only", "", "measure only scenarios whose title contains this `text`")
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
	if err := run(ctx, *binary, *only, load{duration: *duration, connections: *connections}, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// scenario is one kind of request that all peers answer.
type scenario struct {
	size    int  // of the object, bytes
	tls     bool // over TLS 1.3 instead of clear text
	streams int  // of HTTP/2 at a time on each connection; 0: HTTP/1.1
}

func (s scenario) String() string {
	size := fmt.Sprintf("%d KiB", s.size>>10)
	if s.size >= 1<<20 {
		size = fmt.Sprintf("%d MiB", s.size>>20)
	}
	switch {
	case s.streams == 1:
		return "signed " + size + " hit, HTTP/2 over TLS, 1 stream"
	case s.streams > 1:
		return fmt.Sprintf("signed %s hit, HTTP/2 over TLS, %d streams", size, s.streams)
	case s.tls:
		return "signed " + size + " hit, HTTP/1.1 over TLS"
	}
	return "signed " + size + " hit, HTTP/1.1, clear text"
}

// scenarios are measured in this order.
var scenarios = []scenario{
	{size: 4 << 10},
	{size: 4 << 10, tls: true},
	{size: 64 << 10},
	{size: 64 << 10, tls: true},
	{size: 1 << 20},
	{size: 1 << 20, tls: true},
	{size: 4 << 10, tls: true, streams: 16},
	{size: 4 << 10, tls: true, streams: 1},
}

// run measures signed hits beside nginx in each scenario whose title contains only.
func run(ctx context.Context, binary, only string, l load, rounds int) error {
	if runtime.NumCPU() < 2 {
		return fmt.Errorf("two cores are needed: one for the servers, one for the load generator")
	}
	dir, err := os.MkdirTemp("", "warmfront-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bodies := map[int][]byte{}
	for _, s := range scenarios {
		bodies[s.size] = bytes.Repeat([]byte("0123456789abcdef"), s.size/16)
	}
	nginx, err := startNginx(ctx, dir, bodies)
	if err != nil {
		return fmt.Errorf("nginx: %w", err)
	}
	defer nginx.stop()
	warmfront, err := startWarmfront(ctx, binary, dir, bodies)
	if err != nil {
		return fmt.Errorf("warmfront: %w", err)
	}
	defer warmfront.stop()
	for _, s := range scenarios {
		if !strings.Contains(s.String(), only) {
			continue
		}
		for _, p := range []*peer{warmfront, nginx} {
			if err := p.check(ctx, s, bodies[s.size]); err != nil {
				return fmt.Errorf("%s, %v: %w", p.name, s, err)
			}
		}
		under := l
		if s.streams > 0 {
			under.connections = h2Connections
		}
		result, err := compare(ctx, s, warmfront, nginx, under, rounds)
		if err != nil {
			return err
		}
		fmt.Println(result.markdown())
	}
	return nil
}

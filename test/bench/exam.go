package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// exam is one run of the benchmarks: what all rows share.
type exam struct {
	binary string // Warmfront's
	dir    string // for everything that is written while measuring
	// scenarios and chosen are what of a row to measure, and beside whom; nil for all peers.
	scenarios *regexp.Regexp
	chosen    []string

	quick  bool
	rounds int           // interleaved rounds of Warmfront and nginx
	others int           // of the other peers, whose ratio is not judged
	lasts  time.Duration // load in each run
	report *report
}

// few picks the number of a quick run or of a full one.
func (e *exam) few(quick, full int) int {
	if e.quick {
		return quick
	}
	return full
}

// field is Warmfront and its peers, started on the same objects.
type field struct {
	*exam
	origin    *load.Origin
	warmfront *warmfront
	peers     []*peer // Warmfront first, then nginx if it is there
}

// start starts Warmfront and the peers of these names, or all, in a directory of the row's own;
// what cannot be started is named in the report. Caddy is given objects as files.
func (e *exam) start(ctx context.Context, row string, files []object, flags []string, names ...string) (*field, error) {
	f := &field{exam: e}
	dir := filepath.Join(e.dir, row)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := writeFiles(dir, files); err != nil {
		return nil, err
	}
	var err error
	if f.origin, err = origin(); err != nil {
		return nil, err
	}
	if f.warmfront, err = startWarmfront(ctx, e.binary, dir, load.CustomOrigin(f.origin.Port), flags...); err != nil {
		f.stop()
		return nil, fmt.Errorf("start Warmfront: %w", err)
	}
	f.peers = append(f.peers, &f.warmfront.peer)
	for _, r := range debianPeers() {
		if len(names) > 0 && !slices.Contains(names, r.name) || e.chosen != nil && !slices.Contains(e.chosen, r.name) {
			continue
		}
		p, err := r.start(ctx, dir, f.origin.Port)
		if err != nil {
			e.report.missing(r.name, err)
			continue
		}
		f.peers = append(f.peers, p)
	}
	e.report.servers(f.peers)
	return f, nil
}

func (f *field) stop() {
	for _, p := range f.peers {
		p.stop()
	}
	if f.origin != nil {
		f.origin.Close()
	}
}

// nginx is the peer that ratios are to, nil when it is missing.
func (f *field) nginx() *peer {
	for _, p := range f.peers {
		if p.name == "nginx" {
			return p
		}
	}
	return nil
}

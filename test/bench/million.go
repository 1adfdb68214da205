package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// million is the row of a million objects on disk: what their index costs, how soon they are
// back after a restart and after a kill, and how long invalidating them all takes.
func (e *exam) million(ctx context.Context) error {
	n := e.few(20_000, 1_000_000)
	f, err := e.start(ctx, "million", nil, []string{"--cache-bytes", fmt.Sprint(256 << 20), "--cache-disk-bytes", fmt.Sprint(32 << 30)}, "none")
	if err != nil {
		return err
	}
	defer f.stop()
	before, err := f.warmfront.pids[0].RSS()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := f.fill(ctx, n); err != nil {
		return err
	}
	section := e.report.section("A million objects")
	section.text("%d objects of 1 KiB were fetched through the edge and written to its disk tier (%v); the process had %d MiB before.",
		n, time.Since(began).Round(time.Second), before>>20)
	table := section.table("what", "result")
	if err := f.restarts(ctx, table, n); err != nil {
		return err
	}
	if err := f.invalidations(ctx, table, e.few(3, 15)); err != nil {
		return err
	}
	if err := indexCost(ctx, table); err != nil {
		return err
	}
	return section.write()
}

// fill asks for n objects over 16 connections until the disk has them: the disk tier writes
// behind, and what its queue does not take is written a minute later.
func (f *field) fill(ctx context.Context, n int) error {
	target, err := f.warmfront.site.Targets(false, "/million/")
	if err != nil {
		return err
	}
	crowd, err := load.HTTP1(ctx, target("").Address, 16, 0)
	if err != nil {
		return err
	}
	defer crowd.Close()
	var next atomic.Int64
	err = crowd.Each(func(_ int, v load.Viewer) error {
		for i := next.Add(1); i <= int64(n); i = next.Add(1) {
			if i%100_000 == 0 {
				fmt.Printf("%d of %d objects\n", i, n)
			}
			if err := f.get(ctx, v, target, int(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(5 * time.Minute); ; {
		have, err := countFiles(filepath.Join(string(f.warmfront.dir), "cache", "files"))
		if err != nil || have >= n {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("only %d of %d objects are on disk", have, n)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

func (f *field) get(ctx context.Context, v load.Viewer, target func(string) load.Target, i int) error {
	resp, err := v.Get(ctx, target(newObject("million", 1<<10, i).path), func() {})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return errors.New(resp.Status)
	}
	return (&load.Check{Content: 1 << 10}).All(resp.Body)
}

func countFiles(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return n, err
}

// restarts ends the process, once gently and once by SIGKILL, and starts it again.
func (f *field) restarts(ctx context.Context, table *table, n int) error {
	for _, end := range []struct {
		name string
		by   syscall.Signal
	}{{"restart", syscall.SIGTERM}, {"restart after kill -9", syscall.SIGKILL}} {
		w := f.warmfront
		w.process.Process.Signal(end.by)
		w.process.Wait()
		began := time.Now()
		ready, err := w.run()
		if err != nil {
			return err
		}
		hits, err := f.probe(ctx, n, 1000)
		if err != nil {
			return err
		}
		table.row(end.name+": from the process's start to ready", fmt.Sprintf("%.2f s", ready.Seconds()))
		table.row(end.name+": from its start until 1000 objects at random have been answered", fmt.Sprintf("%.2f s, %d of them hits", time.Since(began).Seconds(), hits))
		rss, err := w.pids[0].RSS()
		if err != nil {
			return err
		}
		table.row(end.name+": resident memory of the process then", fmt.Sprintf("%d MiB", rss>>20))
	}
	return nil
}

// probe asks for objects at random and counts hits by what the origin is not asked.
func (f *field) probe(ctx context.Context, n, times int) (hits int, err error) {
	target, err := f.warmfront.site.Targets(false, "/million/")
	if err != nil {
		return 0, err
	}
	crowd, err := load.HTTP1(ctx, target("").Address, 1, 0)
	if err != nil {
		return 0, err
	}
	defer crowd.Close()
	asked := f.origin.Total()
	for range times {
		if err := f.get(ctx, crowd.Viewers[0], target, 1+rand.IntN(n)); err != nil {
			return 0, err
		}
	}
	return times - (f.origin.Total() - asked), nil
}

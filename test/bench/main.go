// Command bench measures Warmfront beside its peers from Debian on the machine it runs on: the
// servers take turns on one core, everything else has the other, and what counts is CPU time
// from the kernel's accounting. Each row of the examination writes its own Markdown file and
// plot.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// row is a part of the examination that can be chosen by name.
type row struct {
	name string
	run  func(*exam, context.Context) error
}

// rows are measured in this order.
func rows() []row {
	return []row{
		{"start", (*exam).starts},
		{"hit", (*exam).hits},
		{"bare", (*exam).bare},
		{"h2", (*exam).h2Hits},
		{"miss", (*exam).misses},
		{"viewers", (*exam).viewers},
		{"disk", (*exam).onDisk},
		{"million", (*exam).million},
		{"access", (*exam).access},
		{"forged", (*exam).forged},
	}
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == bareCommand {
		fmt.Fprintln(os.Stderr, "bench:", serveBare(os.Args[2]))
		os.Exit(1)
	}
	var names []string
	for _, r := range rows() {
		names = append(names, r.name)
	}
	chosen := flag.String("rows", strings.Join(names, ","), "comma-separated `rows` to measure")
	quick := flag.Bool("quick", false, "few rounds and small numbers, to see that everything works")
	out := flag.String("out", "docs/benchmarks", "`directory` for the results")
	scenarios := flag.String("scenarios", "", "measure only scenarios whose title this `pattern` matches")
	peers := flag.String("peers", "", "comma-separated `names` of the peers to start, all unless given")
	binary := flag.String("warmfront", "bin/warmfront", "the `binary` to measure")
	flag.Parse()
	if err := pin(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command := "make bench ROWS=" + *chosen
	if *quick {
		command += " QUICK=1"
	}
	pattern, err := regexp.Compile(*scenarios)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: -scenarios:", err)
		os.Exit(1)
	}
	if *scenarios != "" {
		command += " SCENARIOS='" + *scenarios + "'"
	}
	e := &exam{binary: *binary, scenarios: pattern, quick: *quick, rounds: 15, others: 5, lasts: 2 * time.Second, report: &report{dir: *out, command: command}}
	if *peers != "" {
		e.chosen, e.report.command = strings.Split(*peers, ","), command+" PEERS="+*peers
	}
	if err := e.examine(ctx, strings.Split(*chosen, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// pinned says that this process already runs on the load generator's core.
const pinned = "WARMFRONT_BENCH_PINNED"

// pin starts the program again on the load generator's core, unless it is there.
func pin() error {
	if os.Getenv(pinned) != "" {
		return nil
	}
	if runtime.NumCPU() < 2 {
		return fmt.Errorf("two cores are needed: one for the servers, one for the load generator")
	}
	taskset, err := exec.LookPath("taskset")
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(taskset, append([]string{"taskset", "-c", loadCore, self}, os.Args[1:]...), append(os.Environ(), pinned+"=1"))
}

// examine measures the chosen rows. A row that fails does not keep the others from being measured.
func (e *exam) examine(ctx context.Context, chosen []string) error {
	r := e.report
	for _, name := range chosen {
		if !slices.ContainsFunc(rows(), func(r row) bool { return r.name == name }) {
			return fmt.Errorf("there is no row %q", name)
		}
	}
	dir, err := os.MkdirTemp("", "warmfront-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := errors.Join(os.Chmod(dir, 0o755), os.MkdirAll(r.dir, 0o755)); err != nil { // workers are other users
		return err
	}
	e.dir = dir
	if e.quick {
		e.rounds, e.others = 3, 1
	}
	failed := 0
	for _, row := range rows() {
		if !slices.Contains(chosen, row.name) || ctx.Err() != nil {
			continue
		}
		began := time.Now()
		r.begin(row.name)
		if err := row.run(e, ctx); err != nil {
			fmt.Fprintf(os.Stderr, "bench: row %s: %v\n", row.name, err)
			failed++
		}
		fmt.Printf("row %s took %v\n\n", row.name, time.Since(began).Round(time.Second))
	}
	if err := r.index(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d rows failed", failed)
	}
	return ctx.Err()
}

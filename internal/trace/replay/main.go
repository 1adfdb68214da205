// Replay measures object and byte hit ratios of the cache and of well-known eviction policies on
// traces of "time id size" lines, or on generated ones.
//
//	go run ./internal/trace/replay                      the table of docs/benchmarks
//	go run ./internal/trace/replay -disk                the same of memory over disk
//	go run ./internal/trace/replay access.trace         of a trace of yours
//	go run ./internal/trace/replay -generate DIR        writes the generated traces
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/warmfront/warmfront/internal/trace"
)

func main() {
	requests := flag.Int("requests", 500_000, "requests of each generated trace")
	generate := flag.String("generate", "", "write the generated traces into this directory and stop")
	onDisk := flag.Bool("disk", false, "measure memory of a tenth of the disk over disk, instead of memory alone")
	only := flag.String("only", "", "names of generated traces, separated by commas")
	flag.Parse()
	if err := run(*requests, *generate, *onDisk, *only, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

func run(requests int, dir string, onDisk bool, only string, files []string) error {
	overhead := trace.Overhead()
	t := &trace.Table{Makers: append(stores(onDisk), trace.Peers()...), Shares: []float64{0.001, 0.01, 0.1}}
	add := func(name string, requests []trace.Request) {
		s := trace.Measure(requests, overhead)
		fmt.Printf("* %s: %d requests for %d objects, %d of them once; %.0f MiB asked for, footprint %.0f MiB\n",
			name, s.Requests, s.Objects, s.OneHit, float64(s.Bytes)/(1<<20), float64(s.Footprint)/(1<<20))
		t.Add(name, requests, overhead)
	}
	for _, file := range files {
		requests, err := read(file)
		if err != nil {
			return err
		}
		add(filepath.Base(file), requests)
	}
	if len(files) == 0 {
		for _, spec := range trace.Specs(requests) {
			switch {
			case only != "" && !strings.Contains(","+only+",", ","+spec.Name+","):
			case dir != "":
				if err := write(filepath.Join(dir, strings.ReplaceAll(spec.Name, " ", "-")+".trace"), trace.Generate(spec)); err != nil {
					return err
				}
			default:
				add(spec.Name, trace.Generate(spec))
			}
		}
	}
	if dir != "" {
		return nil
	}
	fmt.Println()
	return t.Write(os.Stdout)
}

// stores makes the cache itself.
func stores(onDisk bool) []trace.Maker {
	if !onDisk {
		return []trace.Maker{{Name: "Warmfront", New: func(capacity, _ int64) trace.Policy { return trace.NewStore(capacity, 0, "") }}}
	}
	return []trace.Maker{{Name: "Warmfront", New: func(capacity, _ int64) trace.Policy {
		dir, err := os.MkdirTemp("", "replay-")
		if err != nil {
			panic(err)
		}
		return &temporary{trace.NewStore(capacity/10, capacity, dir), dir}
	}}}
}

// temporary is a cache whose directory goes with it.
type temporary struct {
	*trace.Store
	dir string
}

// Close stops the cache and removes its files.
func (t *temporary) Close() {
	t.Store.Close()
	_ = os.RemoveAll(t.dir) // of the temporary directory
}

func read(name string) ([]trace.Request, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	requests, err := trace.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return requests, nil
}

func write(name string, requests []trace.Request) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := trace.Write(f, requests); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

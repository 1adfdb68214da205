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
	"strconv"
	"strings"

	"github.com/warmfront/warmfront/internal/trace"
)

func main() {
	requests := flag.Int("requests", 500_000, "requests of each generated trace")
	generate := flag.String("generate", "", "write the generated traces into this directory and stop")
	onDisk := flag.Bool("disk", false, "measure memory of a tenth of the disk over disk, instead of memory alone")
	shares := flag.String("shares", "0.1,1,10", "sizes of the cache in per cent of the footprint, separated by commas")
	only := flag.String("only", "", "names of generated traces, separated by commas")
	flag.Parse()
	if err := run(*requests, *generate, *onDisk, *shares, *only, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

func run(requests int, dir string, onDisk bool, shares, only string, files []string) error {
	cost := trace.InMemory()
	if onDisk {
		cost = trace.OnDisk
	}
	t := &trace.Table{Makers: append(stores(onDisk), trace.Peers()...)}
	for share := range strings.SplitSeq(shares, ",") {
		percent, err := strconv.ParseFloat(share, 64)
		if err != nil {
			return err
		}
		t.Shares = append(t.Shares, percent/100)
	}
	add := func(name string, requests []trace.Request) {
		s := trace.Measure(requests, cost)
		fmt.Printf("* %s: %d requests for %d objects, %d of them once; %.0f MiB asked for, footprint %.0f MiB\n",
			name, s.Requests, s.Objects, s.OneHit, float64(s.Bytes)/(1<<20), float64(s.Footprint)/(1<<20))
		t.Add(name, requests, cost)
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

// minMemory is the memory over a disk: any less could not take a part of an object on its way.
const minMemory = 4 << 20

// stores makes the cache itself.
func stores(onDisk bool) []trace.Maker {
	if !onDisk {
		return []trace.Maker{{Name: "Warmfront", New: func(capacity int64, _ trace.Cost) trace.Policy { return trace.NewStore(capacity, 0, "") }}}
	}
	return []trace.Maker{{Name: "Warmfront", New: func(capacity int64, _ trace.Cost) trace.Policy {
		dir, err := os.MkdirTemp("", "replay-")
		if err != nil {
			panic(err)
		}
		return &temporary{trace.NewStore(max(capacity/10, minMemory), capacity, dir), dir}
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

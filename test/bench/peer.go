package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// serverCore and loadCore are the cores of servers and of everything else: load generators,
// origin and viewers.
const (
	serverCore = "0"
	loadCore   = "1"
)

// peer is one server under test.
type peer struct {
	name    string
	version string
	process *exec.Cmd
	pids    []load.Process // whose time and memory count
	started string         // its command, for the report
	h2      bool           // it speaks HTTP/2 over TLS
	tls     bool
	signed  bool // it checks signatures
	cache   bool // it fetches from the origin; otherwise its files are on disk

	// target signs a request for a path.
	target func(secure bool, path string) (load.Target, error)
}

// launch runs a command pinned to the servers' core; its output goes to standard error.
func (p *peer) launch(name string, args ...string) error {
	p.started = strings.Join(append([]string{name}, args...), " ")
	p.process = exec.Command("taskset", append([]string{"-c", serverCore, name}, args...)...)
	p.process.Stderr = os.Stderr
	return p.process.Start()
}

// settle waits until the peer accepts connections and finds its processes: those that keep
// picks among it and its descendants.
func (p *peer) settle(ctx context.Context, address string, keep func(name string) bool) error {
	err := waitFor(ctx, p.name, func() error {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err
	})
	if err != nil {
		return err
	}
	return waitFor(ctx, "the worker of "+p.name, func() error {
		p.pids = nil
		for todo := []load.Process{load.Process(p.process.Process.Pid)}; len(todo) > 0; todo = todo[1:] {
			children, err := todo[0].Children()
			if err != nil {
				return err
			}
			todo = slices.Concat(todo, children)
			command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", todo[0]))
			if err != nil {
				return err
			}
			if keep(strings.ReplaceAll(string(command), "\x00", " ")) {
				p.pids = append(p.pids, todo[0])
			}
		}
		if len(p.pids) == 0 {
			return errors.New("no such process")
		}
		return nil
	})
}

func (p *peer) stop() {
	if p.process != nil && p.process.Process != nil {
		p.process.Process.Signal(syscall.SIGTERM)
		p.process.Wait()
	}
}

// cpu is the CPU time the peer's processes have used, user and system.
func (p *peer) cpu() (total time.Duration, err error) {
	for _, pid := range p.pids {
		used, err := pid.CPU()
		if err != nil {
			return 0, err
		}
		total += used
	}
	return total, nil
}

// peak is the most memory the peer's processes had together, at different times perhaps.
func (p *peer) peak() (total int64, err error) {
	for _, pid := range p.pids {
		n, err := pid.PeakRSS()
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// resetPeak lets it begin anew.
func (p *peer) resetPeak() error {
	for _, pid := range p.pids {
		if err := pid.ResetPeak(); err != nil {
			return err
		}
	}
	return nil
}

// check fetches an object twice and proves that both have the right bytes, that the origin is
// asked only once, and that a damaged signature is refused where signatures are checked.
func (p *peer) check(ctx context.Context, origin *load.Origin, secure bool, path string, size int64) error {
	t, err := p.target(secure, path)
	if err != nil {
		return err
	}
	before := origin.Total()
	for range 2 {
		if err := fetch(ctx, t, size); err != nil {
			return err
		}
	}
	if n := origin.Total() - before; n > 1 {
		return fmt.Errorf("the second request was no hit: %d origin requests", n)
	}
	if !p.signed {
		return nil
	}
	for _, name := range []string{"ignature=", "&S="} {
		t.Path = strings.Replace(t.Path, name, name+"0", 1)
	}
	resp, err := ask(ctx, t)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		return fmt.Errorf("a damaged signature got %s", resp.Status)
	}
	return nil
}

// waitFor polls until try succeeds or half a minute has passed.
func waitFor(ctx context.Context, what string, try func() error) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("%s did not get ready", what), err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

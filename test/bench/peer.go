package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// serverCore and loadCore are the cores servers and load generator are pinned to.
const (
	serverCore = "0"
	loadCore   = "1"
)

// peer is one server under test with the signed request it is asked.
type peer struct {
	name    string
	version string
	pids    []int // processes whose CPU time counts
	process *exec.Cmd
	targets map[scenario]target
}

// target is the signed request of a scenario.
type target struct {
	url  string // http://127.0.0.1:port/path?signature
	host string // Host header
}

// start runs a command pinned to the servers' core; its output goes to standard error.
func start(name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command("taskset", append([]string{"-c", serverCore, name}, args...)...)
	cmd.Stderr = os.Stderr
	return cmd, cmd.Start()
}

func (p *peer) stop() {
	if p.process != nil {
		p.process.Process.Signal(syscall.SIGTERM)
		p.process.Wait()
	}
}

// check fetches the object twice and proves that the second is a hit with the right bytes,
// and that a damaged signature is refused.
func (p *peer) check(ctx context.Context, s scenario, body []byte) error {
	t := p.targets[s]
	for _, want := range []string{"", "hit"} {
		status, header, got, err := get(ctx, t)
		if err != nil {
			return err
		}
		if status != 200 || !bytes.Equal(got, body) {
			return fmt.Errorf("got %d with %d bytes", status, len(got))
		}
		if !strings.Contains(strings.ToLower(header.Get("X-Cache")), want) {
			return fmt.Errorf("X-Cache is %q on the second request", header.Get("X-Cache"))
		}
	}
	t.url = strings.Replace(t.url, "ignature=", "ignature=x", 1)
	status, _, _, err := get(ctx, t)
	if err == nil && status != 403 {
		err = fmt.Errorf("a damaged signature got %d", status)
	}
	return err
}

// viewer fetches as wrk does: HTTP/1.1, and any certificate will do.
var viewer = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}

func get(ctx context.Context, t target) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", t.url, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	req.Host = t.host
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := viewer.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, data, err
}

// cpu is the CPU time the peer's processes have used, user and system.
func (p *peer) cpu() (time.Duration, error) {
	var total time.Duration
	for _, pid := range p.pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		// Fields 14 and 15, counted after the command name in parentheses.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
		for _, field := range fields[11:13] {
			ticks, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, err
			}
			total += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return total, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// waitFor polls until try succeeds or five seconds have passed.
func waitFor(ctx context.Context, what string, try func() error) error {
	deadline := time.Now().Add(5 * time.Second)
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

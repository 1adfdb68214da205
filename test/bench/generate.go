package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// pressure is what a load generator does in one run.
type pressure struct {
	duration    time.Duration
	connections int
	streams     int // of HTTP/2 on each connection; 0: HTTP/1.1
}

// outcome is what it has seen: hits only, or the run failed.
type outcome struct {
	requests int
	bytes    int64 // of bodies and heads
	elapsed  time.Duration
}

// The script for wrk: it asks for the paths of a file at random if there are several, and prints exact
// totals at the end.
const wrkScript = `
local paths = {}
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = wrk.format("GET", line) end
  math.randomseed(1)
end
if %t then
  function request() return paths[math.random(#paths)] end
end
function done(s)
  local e = s.errors
  io.write(string.format("totals %%d %%d %%d %%d\n", s.requests, s.bytes, s.duration, e.connect + e.read + e.write + e.timeout + e.status))
end
`

var wrkTotals = regexp.MustCompile(`(?m)^totals (\d+) (\d+) (\d+) (\d+)$`)

// wrk asks for targets, which are of one server, over HTTP/1.1.
func wrk(ctx context.Context, dir string, targets []load.Target, l pressure) (outcome, error) {
	script, list := filepath.Join(dir, "wrk.lua"), filepath.Join(dir, "paths")
	if err := os.WriteFile(script, fmt.Appendf(nil, wrkScript, len(targets) > 1), 0o644); err != nil {
		return outcome{}, err
	}
	if err := writePaths(list, "", targets); err != nil {
		return outcome{}, err
	}
	t := targets[0]
	cmd := exec.CommandContext(ctx, "wrk", "-t", "1", "-c", strconv.Itoa(l.connections), "-d", seconds(l.duration), "--timeout", "60s",
		"-H", "Host: "+t.Host, "-s", script, t.URL(), "--", list)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return outcome{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	m := wrkTotals.FindSubmatch(out)
	if m == nil || string(m[4]) != "0" {
		return outcome{}, fmt.Errorf("wrk saw errors: %s", out)
	}
	return outcome{requests: int(number(m[1])), bytes: number(m[2]), elapsed: time.Duration(number(m[3])) * time.Microsecond}, nil
}

var (
	h2loadTotals = regexp.MustCompile(`requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded`)
	h2loadBytes  = regexp.MustCompile(`traffic: .* \((\d+)\) total`)
	h2loadGood   = regexp.MustCompile(`status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx`)
)

// h2load asks for targets, which are of one server, in turn over HTTP/2. Name and SNI are the
// targets', whatever address they have.
func h2load(ctx context.Context, dir string, targets []load.Target, l pressure) (outcome, error) {
	list := filepath.Join(dir, "urls")
	if err := writePaths(list, "https://"+targets[0].Host, targets); err != nil {
		return outcome{}, err
	}
	cmd := exec.CommandContext(ctx, "h2load", "-t", "1", "-c", strconv.Itoa(l.connections), "-m", strconv.Itoa(l.streams),
		"-D", seconds(l.duration), "--connect-to="+targets[0].Address, "-i", list)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return outcome{}, fmt.Errorf("h2load: %w: %s", err, out)
	}
	total, bytes, good := h2loadTotals.FindSubmatch(out), h2loadBytes.FindSubmatch(out), h2loadGood.FindSubmatch(out)
	// A response whose head has come when time is up has a status and is not done.
	if total == nil || bytes == nil || good == nil || string(total[1]) != string(total[2]) || number(good[1]) < number(total[1]) {
		return outcome{}, fmt.Errorf("h2load saw more than hits: %s", out)
	}
	return outcome{requests: int(number(total[1])), bytes: number(bytes[1]), elapsed: l.duration}, nil
}

func writePaths(name, prefix string, targets []load.Target) error {
	var b strings.Builder
	for _, t := range targets {
		b.WriteString(prefix + t.Path + "\n")
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

// number reads digits that a regular expression has found.
func number(digits []byte) int64 {
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

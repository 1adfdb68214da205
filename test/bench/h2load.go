package main

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// h2Connections is how many viewer connections HTTP/2 is measured with.
const h2Connections = 8

var (
	h2loadRequests = regexp.MustCompile(`requests: \d+ total, \d+ started, (\d+) done`)
	h2loadRate     = regexp.MustCompile(`finished in [^,]+, ([0-9.]+) req/s`)
	h2loadGood     = regexp.MustCompile(`status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx`)
)

// h2load loads t over HTTP/2 and returns how many requests were answered, and how many a
// second. Name and SNI are the target's, whatever address it has.
func h2load(ctx context.Context, t target, s scenario, l load) (int, float64, error) {
	u, err := url.Parse(t.url)
	if err != nil {
		return 0, 0, err
	}
	address := u.Host
	cmd := exec.CommandContext(ctx, "taskset", "-c", loadCore, "h2load", "-t", "1", "-c", strconv.Itoa(l.connections), "-m", strconv.Itoa(s.streams),
		"-D", strconv.Itoa(int(l.duration.Seconds())), "--connect-to="+address, strings.Replace(t.url, address, t.host, 1))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("h2load: %w: %s", err, out)
	}
	n, perSec, err := totals("h2load", out, h2loadRequests, h2loadRate)
	if err != nil {
		return 0, 0, err
	}
	good := h2loadGood.FindSubmatch(out)
	if good == nil || string(good[1]) != strconv.Itoa(n) {
		return 0, 0, fmt.Errorf("h2load saw more than hits: %s", out)
	}
	return n, perSec, nil
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/test/load"
)

// warmfront is the server that is examined: a distribution behind a key group, as the recipe
// makes it, with HTTP allowed and the same origin as its peers.
type warmfront struct {
	peer
	binary string
	dir    datadir.Dir
	flags  []string
	site   *load.Site
}

// startWarmfront serves the origin from a fresh directory below dir.
func startWarmfront(ctx context.Context, binary, dir string, origin cftypes.Origin, flags ...string) (*warmfront, error) {
	w := &warmfront{binary: binary, dir: datadir.Dir(filepath.Join(dir, "warmfront")), flags: flags}
	w.peer = peer{name: "Warmfront", version: versionOf(binary, "--version"), h2: true, tls: true, cache: true, signed: true}
	w.target = func(secure bool, path string) (load.Target, error) { return w.site.Target(secure, path) }
	if _, err := w.run(); err != nil {
		return nil, err
	}
	var err error
	if w.site, err = load.Deploy(ctx, w.dir, "bench", load.CachingOptimized, origin); err == nil {
		err = w.site.Wait(ctx)
	}
	if err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

// run starts the process on its directory and reports how long it took to its line of
// readiness.
func (w *warmfront) run() (time.Duration, error) {
	args := append([]string{
		"-c", serverCore, w.binary, "serve", "--data", string(w.dir),
		"--api", "127.0.0.1:0", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0",
	}, w.flags...)
	w.process = exec.Command("taskset", args...)
	w.process.Stderr = os.Stderr
	w.started = fmt.Sprint("warmfront serve --data DIR", spaced(w.flags))
	out, err := w.process.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := w.process.Start(); err != nil {
		return 0, err
	}
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		w.stop()
		return 0, fmt.Errorf("warmfront did not get ready: %w", err)
	}
	took := time.Since(began)
	go io.Copy(io.Discard, lines)
	w.pids = []load.Process{load.Process(w.process.Process.Pid)}
	if w.site != nil {
		err = w.site.Reach(w.dir)
	}
	return took, err
}

func spaced(words []string) (text string) {
	for _, w := range words {
		text += " " + w
	}
	return text
}

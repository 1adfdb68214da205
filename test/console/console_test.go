// Package console uses the built console in a real browser: playwright-core drives Debian's
// chromium by what a person sees. Every *.test.mjs file has a fresh server of its own.
package console

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/test/harness"
)

const assets = "../../internal/console/assets/dist/index.html.gz"

// TestMain builds the console first if nobody has: the binary of the harness embeds it.
func TestMain(m *testing.M) {
	if _, err := os.Stat(assets); err != nil {
		if out, err := exec.Command("make", "-C", "../..", "web").CombinedOutput(); err != nil {
			os.Stderr.WriteString("make web: " + err.Error() + "\n" + string(out))
			os.Exit(1)
		}
	}
	harness.Main(m)
}

func TestConsole(t *testing.T) {
	files, err := filepath.Glob("*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".test.mjs"), func(t *testing.T) { run(t, file) })
	}
}

// flags are what the server of a file is started with.
var flags = map[string][]string{
	"access.test.mjs":   {"--test-clock"}, // sessions expire
	"basepath.test.mjs": {"--base-path", "/media/warmfront"},
}

// run drives the browser of one file against a fresh server. One at a time: a browser keeps
// two cores busy by itself.
func run(t *testing.T, file string) {
	s := harness.Start(t, flags[file]...)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--test", "--test-reporter=spec", file)
	copies := t.TempDir()
	cmd.Env = append(environment(t, s), "CONSOLE_COPIES="+copies)
	if file == "basepath.test.mjs" {
		cmd.Env = append(cmd.Env, "CONSOLE_PROXY="+nginx(t, s))
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node --test %s: %v\n%s", file, err, out)
	}
	t.Logf("%s", out)
	if file == "distributions.test.mjs" {
		checkTerraform(t, filepath.Join(copies, "distribution.tf"))
	}
}

// environment tells a script of the browser where the server is, and where screenshots go.
func environment(t *testing.T, s *harness.Server) []string {
	t.Helper()
	shots, err := filepath.Abs("screenshots")
	if err != nil {
		t.Fatal(err)
	}
	env := append(s.Env(), "CONSOLE_API="+s.Endpoints.API, "CONSOLE_HTTPS_PORT="+s.HTTPSPort(), "CONSOLE_BINARY="+harness.Binary(t), "CONSOLE_DATA="+string(s.Dir),
		"CONSOLE_SCREENSHOTS="+shots, "TMPDIR="+t.TempDir())
	if name := os.Getenv("CHROMIUM"); name != "" {
		env = append(env, "CHROMIUM="+name)
	}
	return env
}

// Package docs keeps what documents say in step with what the code does.
package docs

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/internal/api"
	"github.com/warmfront/warmfront/internal/cloudfront"
)

var update = flag.Bool("update", false, "rewrite the generated parts of documents")

// TestDivergences compares the generated parts of docs/divergences.md with the tables the
// API answers from. `go test ./test/docs -update` rewrites them.
func TestDivergences(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "divergences.md")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for part, want := range map[string]string{
		"refusals":    cloudfront.RefusalsMarkdown(),
		"relaxations": cloudfront.RelaxationsMarkdown(),
		"operations":  operations(),
	} {
		begin, end := fmt.Sprintf("<!-- generated: %s -->\n", part), fmt.Sprintf("<!-- end: %s -->", part)
		head, rest, found := strings.Cut(text, begin)
		got, tail, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("docs/divergences.md has no part %q", part)
		}
		want = "\n" + strings.TrimSpace(want) + "\n\n"
		if got != want && !*update {
			t.Errorf("docs/divergences.md, part %q, is not what the code does: run go test ./test/docs -update", part)
		}
		text = head + begin + want + end + tail
	}
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// operations lists the operations that answer UnsupportedOperation.
func operations() string {
	var b strings.Builder
	b.WriteString("| operation | what the answer advises |\n|---|---|\n")
	unsupported := api.Unsupported()
	for _, name := range slices.Sorted(maps.Keys(unsupported)) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.ReplaceAll(unsupported[name], "|", "\\|"))
	}
	return b.String()
}

var link = regexp.MustCompile(`\]\(([^)#: ]+)[^)]*\)`)

// TestLinks follows every relative link of the repository's documents.
func TestLinks(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range link.FindAllStringSubmatch(string(data), -1) {
				if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
					t.Errorf("%s links to %s, which is not there", file, m[1])
				}
			}
		}
	}
}

// TestScripts checks the syntax of the shell scripts.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("..", "..", "scripts", "*.sh"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts found: %v", err)
	}
	for _, script := range append(scripts, filepath.Join("..", "..", ".ci", "run")) {
		if out, err := exec.Command("bash", "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", script, err, out)
		}
	}
}

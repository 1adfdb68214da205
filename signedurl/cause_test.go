package signedurl_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestCausesAreDocumented: the ids of findings are part of a documented format.
func TestCausesAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/formats/ops-api.md")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "cause.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			id := strings.Trim(lit.Value, `"`)
			if seen[id] || !strings.Contains(string(doc), "`"+id+"`:") {
				t.Errorf("%s is used twice or not documented", id)
			}
			seen[id] = true
		}
		return true
	})
	if len(seen) < 60 {
		t.Errorf("only %d causes", len(seen))
	}
}

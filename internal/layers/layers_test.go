package layers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/warmfront/warmfront"

// rooms is the import picture: each room and the rooms of ours it may import (itself and its
// own sub-packages are always allowed). Change it together with docs/architecture.md.
var rooms = map[string][]string{
	"signedurl":           nil,
	"internal/sigv4":      nil,
	"internal/httpcache":  nil,
	"internal/compress":   nil,
	"internal/manifest":   nil,
	"internal/sealed":     nil,
	"internal/cloudfront": nil,
	"internal/config":     nil,
	"internal/bind":       nil,
	"internal/clock":      nil,
	"internal/accesslog":  nil,
	"internal/metrics":    nil,
	"internal/certs":      nil,
	"internal/console":    nil,
	"internal/origin":     nil,
	"internal/objects":    nil,
	"internal/layers":     nil,
	"internal/datadir":    nil,

	"internal/history":    {"internal/metrics"},
	"internal/cachestore": {"internal/httpcache"},
	"internal/trace":      {"internal/cachestore", "internal/httpcache"},
	"internal/state":      {"internal/cloudfront"},
	"internal/s3store":    {"internal/objects", "internal/sigv4"},
	"internal/snapshot":   {"internal/state", "internal/cloudfront", "internal/cachestore", "internal/httpcache", "internal/compress", "internal/origin", "signedurl"},
	"internal/edge":       {"internal/snapshot", "internal/cachestore", "internal/httpcache", "internal/compress", "internal/manifest", "internal/origin", "internal/accesslog", "internal/metrics", "internal/cloudfront", "signedurl"},
	"internal/listener":   {"internal/bind", "internal/edge", "internal/cachestore"},
	"internal/access":     {"internal/state", "internal/cloudfront", "internal/sealed"},
	"internal/control":    {"internal/access", "internal/state", "internal/cloudfront", "internal/sealed", "signedurl"},
	"internal/endpoint":   {"internal/bind", "internal/sigv4"},
	"internal/api":        {"internal/access", "internal/control", "internal/state", "internal/cloudfront", "internal/sigv4", "internal/endpoint"},
	"examples":            {"signedurl"},
	"internal/opsapi":     {"internal/access", "internal/clock", "internal/control", "internal/cloudfront", "internal/sigv4", "internal/endpoint", "internal/state", "internal/metrics", "internal/history", "internal/accesslog"},
}

// pure rooms do no I/O, read no clock and start no goroutine.
var pure = []string{"signedurl", "internal/sigv4", "internal/httpcache", "internal/cloudfront", "internal/manifest"}

// impureImports are standard packages a pure room has no business with.
var impureImports = []string{"os", "net", "os/exec", "io/ioutil", "log", "log/slog", "sync", "syscall"}

type source struct {
	room, file string
	ast        *ast.File
}

func TestImportsGoDown(t *testing.T) {
	for _, s := range sources(t) {
		if s.room == "cmd/warmfront" || s.room == "internal/node" {
			continue // the wiring places import everything
		}
		allowed, known := rooms[s.room]
		if !known {
			if !strings.HasPrefix(s.room, "test/") && s.room != "internal/nodetest" {
				t.Errorf("%s: room %q is not in the import picture", s.file, s.room)
			}
			continue
		}
		for _, imp := range s.ast.Imports {
			target, ours := strings.CutPrefix(strings.Trim(imp.Path.Value, `"`), module+"/")
			if ours && roomOf(target) != s.room && !slices.Contains(allowed, roomOf(target)) {
				t.Errorf("%s imports %s, which is not below %s", s.file, target, s.room)
			}
		}
	}
}

func TestPureRooms(t *testing.T) {
	for _, s := range sources(t) {
		if !slices.Contains(pure, s.room) || strings.Contains(s.file, "/gen/") {
			continue
		}
		for _, imp := range s.ast.Imports {
			if p := strings.Trim(imp.Path.Value, `"`); slices.Contains(impureImports, p) || strings.Contains(strings.Split(p, "/")[0], ".") {
				t.Errorf("%s: a pure room imports %s", s.file, p)
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a pure room starts a goroutine", s.file)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && (n.Sel.Name == "Now" || n.Sel.Name == "Sleep" || n.Sel.Name == "Since") {
					t.Errorf("%s: a pure room reads the clock (time.%s)", s.file, n.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestEveryRoomSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		dir := path.Dir(s.file)
		documented[dir] = documented[dir] || s.ast.Doc != nil
	}
	for _, dir := range slices.Sorted(maps.Keys(documented)) {
		if !documented[dir] {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// roomOf maps a package path inside the module to its room: the first element, or the first
// two below internal, cmd and test.
func roomOf(pkg string) string {
	parts := strings.Split(pkg, "/")
	switch parts[0] {
	case "internal", "cmd", "test":
		return path.Join(parts[:min(2, len(parts))]...)
	}
	return parts[0]
}

// sources parses every non-test Go file of the module. It reads the tree itself: a test that
// shells out to the go command is served stale from the test cache.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(p, root+string(filepath.Separator)))
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "node_modules" || d.Name() == "testdata" || rel == "web" || rel == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, source{room: roomOf(path.Dir(rel)), file: rel, ast: file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

package conformance

import (
	"os/exec"
	"testing"
)

// pythonWith is the first Python 3 that has a module: the one on the PATH or Debian's. It is
// the interpreter itself, since a version manager's wrapper costs more than a short program.
func pythonWith(t *testing.T, module string) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if out, err := exec.Command(name, "-c", "import sys, "+module+"; sys.stdout.write(sys.executable)").Output(); err == nil {
			return string(out)
		}
	}
	t.Fatalf("no python3 with %s here: run scripts/setup.sh test", module)
	return ""
}

package conformance

import (
	"os/exec"
	"sync"
	"testing"
)

// python is the first Python 3 that has boto3: the one on the PATH or Debian's.
var python = sync.OnceValue(func() string {
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import boto3").Run() == nil {
			return name
		}
	}
	return ""
})

func pythonWithBoto3(t *testing.T) string {
	t.Helper()
	if python() == "" {
		t.Fatal("no python3 with boto3 here: run scripts/setup.sh test")
	}
	return python()
}

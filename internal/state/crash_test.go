package state

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// crashDir names the directory a child process of TestCrash writes to.
const crashDir = "WARMFRONT_TEST_CRASH_DIR"

// TestCrash kills a process that commits as fast as it can, five times, and looks for every
// commit it had acknowledged.
func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		commitForever(t, dir)
	}
	t.Parallel()
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for round := range 5 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
		child.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 20+round*37 && lines.Scan(); n++ {
			acknowledged[lines.Text()] = true
		}
		child.Process.Kill()
		child.Wait()

		s := openDir(t, dir)
		cfg, err := s.Load(t.Context())
		s.Close()
		if err != nil {
			t.Fatal(err)
		}
		for id := range acknowledged {
			if d := cfg.Distributions[id]; d == nil || len(d.Config.Comment) != 2000 {
				t.Fatalf("round %d: acknowledged %s is lost", round, id)
			}
		}
	}
}

func commitForever(t *testing.T, dir string) {
	s := openDir(t, dir)
	for i := 0; ; i++ {
		d := distribution(fmt.Sprintf("E%d-%d", os.Getpid(), i))
		d.Config.Comment = strings.Repeat("x", 2000)
		var txn Txn
		txn.Create(d)
		txn.Claim(AliasKey(d.ID), d.ID)
		mustCommit(t, s, &txn)
		fmt.Println(d.ID)
	}
}

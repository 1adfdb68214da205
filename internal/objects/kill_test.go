package objects

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// childEnv names the directory on which a copy of this test binary works
// until it is killed.
const childEnv = "WARMFRONT_OBJECTS_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child writes to the store for ever and says what it is about to do and what
// was answered: one line each, of an operation's number, key and body seed.
func child(dir string, out io.Writer) error {
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	if err := createIn(s, "b", "", owner); err != nil {
		return err
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				key, seed := fmt.Sprintf("w%d/%d", w, rand.IntN(8)), int(rand.Uint32()>>8)
				if rand.IntN(6) == 0 {
					seed = -1
				}
				op := fmt.Sprintf("%d.%d %s %d", w, n, key, seed)
				fmt.Fprintf(out, "try %s\n", op)
				if err := childStep(s, key, seed); err != nil {
					fmt.Fprintf(out, "failed %s: %v\n", op, err)
					continue
				}
				fmt.Fprintf(out, "done %s\n", op)
			}
		})
	}
	wg.Wait()
	return nil
}

func childStep(s *Store, key string, seed int) error {
	switch {
	case seed < 0:
		_, err := s.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: ptr("b"), Key: &key})
		return err
	case seed%4 == 0:
		return multipartPut(s, key, childBody(seed))
	}
	_, err := s.PutObject(context.Background(), putInput("b", key, childBody(seed)))
	return err
}

func childBody(seed int) string {
	return fmt.Sprintf("%d ", seed) + pattern(seed%3*(seed%70000), byte(seed))
}

// A process writing to the store is killed at random moments. What it was
// answered is there, and nothing is torn.
func TestKill(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sure, maybe := map[string]int{}, map[string][]int{}
	for range soak(8) {
		for _, line := range killOnce(t, exe, dir) {
			readLine(t, line, sure, maybe)
		}
		checkKilled(t, dir, sure, maybe)
		if t.Failed() {
			return
		}
	}
	if len(sure) == 0 {
		t.Error("no operation was answered")
	}
}

// killOnce runs the child for a while and returns what it said.
func killOnce(t *testing.T, exe, dir string) (lines []string) {
	t.Helper()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	after := 1 + rand.IntN(300) // lines
	pause := time.Duration(rand.IntN(3000)) * time.Microsecond
	sc := bufio.NewScanner(out)
	for sc.Scan() {
		lines = append(lines, sc.Text())
		if len(lines) == after {
			time.Sleep(pause) // between the steps of an operation
			if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
	if len(lines) < after {
		t.Fatalf("the child ended by itself after %q", lines)
	}
	return lines
}

// readLine updates what is known of a key: sure is the seed of the body last
// answered for, -1 for none; maybe what was begun since.
func readLine(t *testing.T, line string, sure map[string]int, maybe map[string][]int) {
	t.Helper()
	f := strings.Fields(line)
	if len(f) != 4 || f[0] == "failed" {
		t.Errorf("child said %q", line)
		return
	}
	seed, err := strconv.Atoi(f[3])
	if err != nil {
		t.Fatal(err)
	}
	if f[0] == "try" {
		maybe[f[2]] = append(maybe[f[2]], seed)
		return
	}
	sure[f[2]] = seed
	delete(maybe, f[2])
}

func checkKilled(t *testing.T, dir string, sure map[string]int, maybe map[string][]int) {
	t.Helper()
	s, err := Open(dir, Options{CollectEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for w := range 4 {
		for k := range 8 {
			key := fmt.Sprintf("w%d/%d", w, k)
			seed, ok := sure[key]
			if !ok {
				seed = -1
			}
			candidates := append([]int{seed}, maybe[key]...)
			got := -1
			body, code := get(s, "b", key, "")
			if code == "" {
				if _, err := fmt.Sscanf(body, "%d ", &got); err != nil || body != childBody(got) {
					t.Errorf("%s is torn: %d bytes", key, len(body))
				}
			} else if code != "NoSuchKey" && code != "NoSuchBucket" {
				t.Errorf("%s: %s", key, code)
			}
			found := false
			for _, c := range candidates {
				found = found || c == got
			}
			if !found {
				t.Errorf("%s: found %d, want one of %v", key, got, candidates)
			}
			sure[key], maybe[key] = got, nil // what is there now stays
		}
	}
	collect(t, s)
	if got, want := blobFiles(t, s), referredBlobs(t, s); got != want {
		t.Errorf("%d blob files after collection, %d referred to", got, want)
	}
}

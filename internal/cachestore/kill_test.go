package cachestore

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// childDir names the directory of the process to be killed.
const childDir = "WARMFRONT_CACHE_CHILD"

// openKilled opens a cache so small that it evicts all the time.
func openKilled(dir string) *Store {
	s := New(Options{
		MaxBytes: 4 << 20, WindowBytes: 2 << 20,
		Disk: disk.Options{Dirs: []string{dir}, Bytes: 48 << 20, ReadTimeout: time.Minute, Log: slog.New(slog.DiscardHandler)},
	})
	s.Advance(1)
	return s
}

// killedBody is the body of a version of a key, of a size that depends on both.
func killedBody(key string, version int) []byte {
	r := rand.New(rand.NewPCG(uint64(version), uint64(len(key))+uint64(key[0])))
	n := r.IntN(40_000)
	if r.IntN(8) == 0 {
		n = r.IntN(4 << 20)
	}
	return bytes.Repeat(fmt.Appendf(nil, "%s:%d,", key, version), n/8+1)[:n]
}

// fillForever stores random versions of random keys, says so, and is killed.
func fillForever(dir string) {
	s := openKilled(dir)
	out := make(chan string, 100)
	for worker := range 4 {
		go func() {
			r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(worker)))
			for {
				key, version := strconv.Itoa(r.IntN(40)), r.IntN(1e6)
				if f, leader := s.Join(key, target); leader {
					body := killedBody(key, version)
					h := head(int64(len(body)))
					h.ETag = fmt.Sprintf(`"%d"`, version)
					o := f.Start(h)
					go io.Copy(io.Discard, o.Reader(context.Background(), 0, -1))
					stream(f, body)
				}
				out <- key
			}
		}()
	}
	for key := range out {
		fmt.Println(key)
	}
}

// A process killed by SIGKILL in the midst of fills and evictions: the next finds right bytes
// only, and enough of them to be warm.
func TestKilledProcess(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		fillForever(dir)
	}
	rounds := 8
	if n, err := strconv.Atoi(os.Getenv("WARMFRONT_SOAK")); err == nil {
		rounds = n
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(4, 2))
	hits := 0
	for round := range rounds {
		kill(t, dir, 20+r.IntN(200))
		s := openKilled(dir)
		warm := 0
		for key := range 40 {
			o := s.LookupString(strconv.Itoa(key))
			if o == nil {
				continue
			}
			var version int
			fmt.Sscanf(o.Head().ETag, `"%d"`, &version)
			p, err := read(o, 0, -1)
			if want := killedBody(strconv.Itoa(key), version); !bytes.HasPrefix(want, p) || err == nil && len(p) < len(want) {
				t.Fatalf("round %d: key %d: %d bytes that are not those of version %d, %v", round, key, len(p), version, err)
			}
			if err == nil {
				warm++
			}
		}
		if bad := s.Stats().Disk.Bad; bad > 0 {
			t.Errorf("round %d: %d files were damaged", round, bad)
		}
		s.Close()
		hits += warm
	}
	t.Logf("%d hits over %d kills", hits, rounds)
	if hits < 5*rounds { // of 40 each; the first may be killed before anything is written
		t.Error("cold after a kill")
	}
}

// kill runs a child until it has reported n fills, and kills it.
func kill(t *testing.T, dir string, n int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop := func() { once.Do(func() { cmd.Process.Kill(); cmd.Wait() }) }
	defer stop()
	lines := bufio.NewScanner(out)
	for i := 0; i < n && lines.Scan(); i++ {
	}
}

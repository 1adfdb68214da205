package cachestore

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// soaking reports whether the long form of a test is asked for: it alone measures time.
func soaking() bool { return os.Getenv("WARMFRONT_SOAK") != "" }

// heapBytes is what the live heap takes.
func heapBytes() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func millionth(i int) (string, Target) {
	path := fmt.Sprintf("/media/2026/11/24/object-%d.m4s", i)
	return "E123456789ABCD " + path + "  ", Target{DistributionID: "E1", Path: path}
}

// putMany stores objects from..to-1 and waits until all are on disk.
func putMany(t testing.TB, s *Store, from, to int) {
	t.Helper()
	body := pattern(100)
	for i := from; i < to; i++ {
		key, tgt := millionth(i)
		put(t, s, key, tgt, head(100), body)
		if i%1000 == 999 || i == to-1 {
			for s.Stats().Disk.Queued > 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}
	if d := s.Stats().Disk.Dropped; d > 0 {
		t.Fatalf("%d files not written", d)
	}
}

// A million objects in files: what they cost in memory, how soon they are back after a restart,
// and how long it takes to invalidate them all. The short form has fewer and measures no time.
func TestMillionObjects(t *testing.T) {
	n := 2000
	if soaking() {
		n = 1_000_000
	}
	o := Options{MaxBytes: 4 << 20, Disk: disk.Options{Dirs: []string{t.TempDir()}, Bytes: 1 << 40, Files: int64(n) + 10, QueueBytes: 1 << 30}}
	s := New(o)
	s.Advance(1)
	putMany(t, s, 0, 1000)
	before := heapBytes() - s.Stats().Bytes
	began := time.Now()
	putMany(t, s, 1000, n)
	each := float64(heapBytes()-s.Stats().Bytes-before) / float64(n-1000)
	t.Logf("%d objects written in %v, %.1f bytes of memory each", n, time.Since(began).Round(time.Millisecond), each)
	s.Close()

	began = time.Now()
	s = New(o)
	defer s.Close()
	s.Advance(1)
	key, _ := millionth(n / 2)
	found := s.LookupString(key)
	back := time.Since(began)
	if got := s.Stats().Disk.Objects; got != int64(n) || found == nil {
		t.Fatalf("%d of %d objects are back, hit %v", got, n, found != nil)
	}
	began = time.Now()
	s.Invalidate(Rule{Revision: 2, DistributionID: "E1", Path: "/*"})
	took := time.Since(began)
	for i := 0; i < n; i += n / 1000 {
		if key, _ := millionth(i); s.LookupString(key) != nil {
			t.Fatalf("object %d is found after its invalidation", i)
		}
	}
	t.Logf("back in %v, invalidated in %v", back, took)
	if soaking() && (each > 100 || back > 5*time.Second || took > 10*time.Millisecond) {
		t.Error("want at most 100 bytes each, 5 s and 10 ms")
	}
}

// Objects come and go at the bounds: memory, files and blocks stay within them.
func TestChurn(t *testing.T) {
	batch, rounds, until := 300, 6, time.Now()
	if soaking() {
		batch, until = 50_000, until.Add(10*time.Minute)
	}
	o := Options{MaxBytes: 256 << 10, Disk: disk.Options{Dirs: []string{t.TempDir()}, Bytes: 1 << 40, Files: int64(batch), QueueBytes: 1 << 30}}
	s := New(o)
	defer s.Close()
	s.Advance(1)
	warm := int64(0)
	for round := 0; round < rounds || time.Now().Before(until); round++ {
		putMany(t, s, round*batch, (round+1)*batch)
		revision := int64(round + 2)
		_, tgt := millionth(round * batch)
		s.Invalidate(Rule{Revision: revision, DistributionID: "E1", Path: tgt.Path}, Rule{Revision: revision, DistributionID: "E1", Tag: fmt.Sprint("t", round)})
		s.PruneRules(revision - 1)
		heap, st := heapBytes(), s.Stats()
		if st.Bytes > o.MaxBytes || st.Disk.Files > o.Disk.Files || st.Rules > 2 || st.Fills != 0 {
			t.Fatalf("round %d: beyond the bounds: %+v", round, st)
		}
		if round == 1 {
			warm = heap
		}
		if limit := warm + warm/4 + 4<<20; round > 1 && heap > limit {
			t.Fatalf("round %d: the heap has grown from %d to %d bytes", round, warm, heap)
		}
	}
}

package disk

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// million fills an index without files, as if so many objects had been saved.
func million(v *volume, n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range n {
		var h Hash
		binary.LittleEndian.PutUint64(h[:], mix(uint64(i)+1))
		binary.LittleEndian.PutUint64(h[8:], mix(uint64(i)+1e9))
		v.put(entry{hash: h, gen: uint64(i) + 1, rev: 1, size: 5000}, false)
	}
	v.rotate = true // no journal has them
}

// heap is what the live heap takes.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// indexCost measures an index of n objects: bytes of memory for each, and how long a start that
// reads it takes, from a checkpoint and from a journal.
func indexCost(t testing.TB, n int) (bytesEach float64, fromCheckpoint, fromJournal time.Duration) {
	dir := t.TempDir()
	o := quiet(dir)
	o.Bytes, o.Files = 1<<40, int64(n)+10
	c := Open(o)
	c.Activate(5)
	v := c.volumes[0]
	before := heap()
	million(v, n)
	bytesEach = float64(heap()-before) / float64(n)
	c.Close()
	runtime.KeepAlive(c)
	c = nil

	began := time.Now()
	c = Open(o)
	fromCheckpoint = time.Since(began)
	if got := c.volumes[0].index.n; got != n {
		t.Fatalf("%d of %d objects are back", got, n)
	}
	// The same as a journal, as after a kill: an empty checkpoint and all that came after it.
	v = c.volumes[0]
	v.usable = true
	journal := []byte{}
	first := v.begin(v.seq + 1)
	journal = first.append(journal)
	v.walk(func(e entry) error {
		r := e.record(opPut)
		journal = r.append(journal)
		return nil
	})
	seq := v.seq
	v.close()
	names, _ := filepath.Glob(filepath.Join(dir, "*-*"))
	for _, name := range names {
		os.Remove(name)
	}
	end := record{op: opEnd, aux: 1}
	os.WriteFile(v.indexFile("checkpoint", seq+1), end.append(first.append(nil)), 0o600)
	os.WriteFile(v.indexFile("journal", seq+1), journal, 0o600)
	began = time.Now()
	c = Open(o)
	fromJournal = time.Since(began)
	if got := c.volumes[0].index.n; got != n {
		t.Fatalf("%d of %d objects are back from the journal", got, n)
	}
	c.volumes[0].close()
	return bytesEach, fromCheckpoint, fromJournal
}

// At most 100 bytes of memory an object. How soon it is back, the benchmark says: a busy machine
// takes its time.
func TestIndexCost(t *testing.T) {
	n := 200_000
	each, checkpoint, journal := indexCost(t, n)
	t.Logf("%d objects: %.1f bytes each; back in %v from a checkpoint, %v from a journal", n, each, checkpoint, journal)
	if each > 100 {
		t.Errorf("%.1f bytes of memory an object", each)
	}
}

// BenchmarkIndex is TestIndexCost for a million objects.
func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		each, checkpoint, journal := indexCost(b, 1_000_000)
		b.ReportMetric(each, "B/object")
		b.ReportMetric(checkpoint.Seconds(), "s/checkpoint")
		b.ReportMetric(journal.Seconds(), "s/journal")
	}
}

// BenchmarkFind is a look-up of one of a million that are not there, and of a small one that is.
func BenchmarkFind(b *testing.B) {
	o := quiet(b.TempDir())
	o.Bytes, o.Files = 1<<40, 2e6
	c := start(b, o)
	million(c.volumes[0], 1_000_000)
	save(c, "k", 1, 4096)
	b.Run("miss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if c.Knows("nothing of that name") {
				b.Fatal("hit")
			}
		}
	})
	b.Run("hit 4 KiB", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if c.Find("k", 64<<10) == nil {
				b.Fatal("miss")
			}
		}
	})
}

// BenchmarkFlush empties a million.
func BenchmarkFlush(b *testing.B) {
	o := quiet(b.TempDir())
	o.Bytes, o.Files = 1<<40, 2e6
	c := start(b, o)
	for b.Loop() {
		b.StopTimer()
		million(c.volumes[0], 1_000_000)
		b.StartTimer()
		c.Flush()
	}
}

// BenchmarkSave is one 4 KiB object written, with its journal.
func BenchmarkSave(b *testing.B) {
	c := start(b, quiet(b.TempDir()))
	keys := 0
	b.ReportAllocs()
	for b.Loop() {
		keys++
		var h [8]byte
		binary.LittleEndian.PutUint64(h[:], uint64(keys))
		if !save(c, string(h[:]), 1, 4096) {
			b.Fatal("not saved")
		}
	}
}

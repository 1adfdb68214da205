package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// damage does something to a file: flips bits, cuts it, empties it, fills it with zeros, puts
// another cache file in its place, or removes it.
func damage(r *rand.Rand, name string, others []string) {
	p, err := os.ReadFile(name)
	if err != nil {
		return
	}
	switch r.IntN(7) {
	case 0, 1:
		if len(p) > 0 {
			p[r.IntN(len(p))] ^= 1 << r.IntN(8)
			os.WriteFile(name, p, 0o600)
		}
	case 2:
		os.Truncate(name, int64(r.IntN(len(p)+1)))
	case 3:
		os.Truncate(name, 0)
	case 4:
		os.WriteFile(name, make([]byte, len(p)), 0o600)
	case 5:
		if other, err := os.ReadFile(others[r.IntN(len(others))]); err == nil {
			os.WriteFile(name+".new", other, 0o600)
			os.Rename(name+".new", name)
		}
	case 6:
		os.Remove(name)
	}
}

// allFiles lists a directory's chunk files, and with index its checkpoints and journals.
func allFiles(dir string, index bool) (names []string) {
	names, _ = filepath.Glob(filepath.Join(dir, "files", "*", "*"))
	if index {
		more, _ := filepath.Glob(filepath.Join(dir, "*-*"))
		names = append(names, more...)
	}
	return names
}

// fill saves 40 keys, some of several parts.
func fill(c *Cache) {
	for i := range 40 {
		n := i * 300
		if i%10 == 3 {
			n = 2*PartBytes + i
		}
		save(c, fmt.Sprint(i), 1, n)
	}
}

// Files and index damaged while the cache is stopped: misses, never a wrong byte, and the rest
// is still there.
func TestDamagedWhileStopped(t *testing.T) {
	for seed := range uint64(8) {
		dir := t.TempDir()
		c := start(t, quiet(dir))
		fill(c)
		c.Close()
		r := rand.New(rand.NewPCG(seed, 3))
		names := allFiles(dir, seed%2 == 1)
		for range 6 {
			damage(r, names[r.IntN(len(names))], names)
		}
		c = start(t, quiet(dir))
		hits := 0
		for i := range 40 {
			if v, _ := load(t, c, fmt.Sprint(i)); v > 0 {
				hits++
			}
		}
		if hits < 30 {
			wait(t, func() bool { v, _ := load(t, c, "39"); return v > 0 }) // rebuilt from the files
		}
		fill(c)
		for i := range 40 {
			if v, whole := load(t, c, fmt.Sprint(i)); v == 0 || !whole {
				t.Fatalf("seed %d: %d is not there again", seed, i)
			}
		}
		c.Close()
	}
}

// The same while the cache is running and reading.
func TestDamagedWhileRunning(t *testing.T) {
	dir := t.TempDir()
	c := start(t, quiet(dir))
	fill(c)
	r := rand.New(rand.NewPCG(5, 3))
	for range 30 {
		names := allFiles(dir, false)
		if len(names) < 20 {
			fill(c)
			continue
		}
		for range 4 {
			damage(r, names[r.IntN(len(names))], names)
		}
		for i := range 40 {
			load(t, c, fmt.Sprint(i))
		}
	}
	if c.Stats().Bad == 0 {
		t.Error("nothing was found damaged")
	}
	fill(c)
	for i := range 40 {
		if v, whole := load(t, c, fmt.Sprint(i)); v == 0 || !whole {
			t.Fatalf("%d is not there again", i)
		}
	}
}

// A part that is cut while it is being read ends early and is not padded.
func TestCutWhileRead(t *testing.T) {
	dir := t.TempDir()
	c := start(t, quiet(dir))
	save(c, "k", 1, 1000)
	p, err := c.Find("k", 0).Ref.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	os.Truncate(allFiles(dir, false)[0], 600)
	var b bytes.Buffer
	n, err := b.ReadFrom(io.NewSectionReader(p, 0, 1000))
	if n >= 600 || !bytes.Equal(b.Bytes(), content("k", 1, 1000)[:n]) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if v, _ := load(t, c, "k"); v != 0 {
		t.Fatal("found after it was cut")
	}
}

// A disk that loses what it has said it wrote.
func TestLyingDisk(t *testing.T) {
	dir, f := t.TempDir(), newFaultFS()
	o := quiet(dir)
	o.FS = f
	r := rand.New(rand.NewPCG(9, 9))
	for round := range 8 {
		f.set(func(f *faultFS) { f.lie = rand.New(rand.NewPCG(uint64(round), 1)) })
		c := Open(o)
		c.Activate(1e6)
		for range 30 {
			save(c, fmt.Sprint(r.IntN(20)), round*100+r.IntN(100)+1, r.IntN(9000)+r.IntN(2)*PartBytes)
			load(t, c, fmt.Sprint(r.IntN(20)))
		}
		c.Close()
	}
	f.set(func(f *faultFS) { f.lie = nil })
	c := start(t, o)
	for i := range 20 {
		load(t, c, fmt.Sprint(i))
		if !save(c, fmt.Sprint(i), 9999, 500) {
			t.Fatal("not saved on a disk that is well again")
		}
		if v, _ := load(t, c, fmt.Sprint(i)); v != 9999 {
			t.Fatalf("version %d", v)
		}
	}
}

// logged collects log lines.
type logged struct {
	mu    sync.Mutex
	lines []string
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	return len(p), nil
}

func (l *logged) count(text string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// clock is a clock that moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A disk that turns read-only, or fails: what is there is served, nothing older comes back,
// one line says so, and when it is over, writing goes on.
func TestFailingWrites(t *testing.T) {
	for _, failure := range []error{syscall.EROFS, syscall.EIO} {
		f, l, now := newFaultFS(), &logged{}, &clock{now: time.Now()}
		o := quiet(t.TempDir())
		o.FS, o.Log, o.Now = f, slog.New(slog.NewTextHandler(l, nil)), now.Now
		c := start(t, o)
		save(c, "a", 1, 10)
		save(c, "b", 1, 10)
		f.set(func(f *faultFS) { f.write = failure })
		for i := range 20 {
			if save(c, "b", 2, 10) || save(c, fmt.Sprint(i), 1, 10) {
				t.Fatal("saved on a disk that fails")
			}
		}
		if v, _ := load(t, c, "a"); v != 1 {
			t.Errorf("%v: what is there is not served", failure)
		}
		if v, _ := load(t, c, "b"); v != 0 {
			t.Errorf("%v: something older came back", failure)
		}
		if n := l.count("level=ERROR"); n != 1 {
			t.Errorf("%v: %d lines in the log: %v", failure, n, l.lines)
		}
		f.set(func(f *faultFS) { f.write = nil })
		now.advance(time.Hour)
		wait(t, func() bool { return save(c, "b", 3, 10) })
		if n := l.count("works again"); n != 1 {
			t.Errorf("%v: %d lines say that it works again", failure, n)
		}
		c.Close()
		o.Now = nil
		c = start(t, o)
		for key, want := range map[string]int{"a": 1, "b": 3} {
			if v, _ := load(t, c, key); v != want {
				t.Errorf("%v: %s: version %d after a restart", failure, key, v)
			}
		}
	}
}

// A full disk: the cache makes room, goes on with what fits, and says it once.
func TestFullDisk(t *testing.T) {
	f, l := newFaultFS(), &logged{}
	o := quiet(t.TempDir())
	o.FS, o.Log = f, slog.New(slog.NewTextHandler(l, nil))
	c := start(t, o)
	for i := range 200 {
		save(c, fmt.Sprint(i), 1, 10_000)
	}
	before := c.Stats().Bytes
	f.set(func(f *faultFS) { f.write = syscall.ENOSPC })
	if save(c, "x", 1, 10) || save(c, "y", 1, 10) {
		t.Fatal("saved on a full disk")
	}
	f.set(func(f *faultFS) { f.write = nil })
	if st := c.Stats(); st.Bytes >= before || st.Bytes < before*3/4 {
		t.Fatalf("%d bytes of %d are left", st.Bytes, before)
	}
	if !save(c, "x", 2, 10) || c.Stats().Bytes >= before {
		t.Fatal("does not go on with less")
	}
	if l.count("full") != 1 || l.count("level=ERROR") != 0 {
		t.Errorf("log: %v", l.lines)
	}
}

// A disk whose reads fail is left alone, and tried again.
func TestFailingReads(t *testing.T) {
	f, l, now := newFaultFS(), &logged{}, &clock{now: time.Now()}
	o := quiet(t.TempDir())
	o.FS, o.Log, o.Now = f, slog.New(slog.NewTextHandler(l, nil)), now.Now
	c := start(t, o)
	for i := range 20 {
		save(c, fmt.Sprint(i), 1, 10)
	}
	f.set(func(f *faultFS) { f.read = syscall.EIO })
	for i := range 20 {
		if v, _ := load(t, c, fmt.Sprint(i)); v != 0 {
			t.Fatal("read from a disk that fails")
		}
	}
	f.set(func(f *faultFS) { f.read = nil })
	if v, _ := load(t, c, "19"); v != 0 {
		t.Fatal("not left alone")
	}
	now.advance(time.Hour)
	if v, _ := load(t, c, "19"); v != 1 {
		t.Fatal("not tried again")
	}
	if l.count("level=ERROR") != 1 || l.count("works again") != 1 {
		t.Errorf("log: %v", l.lines)
	}
}

// A disk that does not answer is a miss after a moment, and no file stays open.
func TestHangingReads(t *testing.T) {
	f := newFaultFS()
	o := quiet(t.TempDir())
	o.FS, o.ReadTimeout = f, 20*time.Millisecond
	c := start(t, o)
	save(c, "k", 1, 10)
	load(t, c, "k")
	block := make(chan struct{})
	f.set(func(f *faultFS) { f.block = block })
	for range 5 {
		began := time.Now()
		if v, _ := load(t, c, "k"); v != 0 || time.Since(began) > 5*time.Second {
			t.Fatal("waited, or read from a disk that hangs")
		}
	}
	f.set(func(f *faultFS) { f.block = nil })
	close(block)
	c.Close()
	wait(t, func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.opened == 0 })
}

// A directory that cannot be used at first is, once it can.
func TestDirectoryComesLater(t *testing.T) {
	f, now := newFaultFS(), &clock{now: time.Now()}
	f.write = errors.New("not mounted")
	o := quiet(t.TempDir())
	o.FS, o.Now = f, now.Now
	c := start(t, o)
	if save(c, "k", 1, 10) || c.Stats().Down != 1 {
		t.Fatal("in service")
	}
	f.set(func(f *faultFS) { f.write = nil })
	now.advance(time.Minute)
	wait(t, func() bool { return save(c, "k", 1, 10) })
	if v, _ := load(t, c, "k"); v != 1 {
		t.Fatal("not found")
	}
}

// The scrubber finds what nobody reads, and a start removes files the index does not know.
func TestScrubAndStrays(t *testing.T) {
	dir := t.TempDir()
	o := quiet(dir)
	o.ScrubBytes = 1 << 40
	c := start(t, o)
	fill(c)
	p := allFiles(dir, false)[7]
	b, _ := os.ReadFile(p)
	b[len(b)/2] ^= 1
	os.WriteFile(p, b, 0o600)
	if err := c.volumes[0].scrub(); err != nil || c.Stats().Bad != 1 {
		t.Fatalf("%v, %+v", err, c.Stats())
	}
	c.Close()
	known := countFiles(t, dir)
	stray := filepath.Join(dir, "files", "00", "00112233445566778899aabbccddeeff-0000000000000001-0")
	os.MkdirAll(filepath.Dir(stray), 0o700)
	os.WriteFile(stray, b, 0o600)
	os.WriteFile(filepath.Join(dir, "files", "00", "x"), b, 0o600)
	c = start(t, o)
	wait(t, func() bool { return countFiles(t, dir) == known })
	if st := c.Stats(); st.Files != int64(known) {
		t.Fatalf("%+v, %d files", st, known)
	}
}

// Sweep drops what it is told is void, and only looks at what is old enough.
func TestSweep(t *testing.T) {
	c := start(t, quiet(t.TempDir()))
	for i := 1; i <= 200; i++ {
		save(c, fmt.Sprint(i), i, 10) // at revision i
	}
	seen := 0
	err := c.Sweep(101, func(h *Head) bool { seen++; return h.Revision%2 == 0 })
	if err != nil || seen != 100 || c.Stats().Objects != 150 {
		t.Fatalf("%v, seen %d, %+v", err, seen, c.Stats())
	}
}

// Somebody removes everything under a running cache: it misses, and begins anew.
func TestEmptiedWhileRunning(t *testing.T) {
	dir := t.TempDir()
	c := start(t, quiet(dir))
	save(c, "a", 1, 100)
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range names {
		os.RemoveAll(name)
	}
	if v, _ := load(t, c, "a"); v != 0 {
		t.Fatal("found what is not there")
	}
	if !save(c, "b", 1, 100) {
		t.Fatal("does not begin anew")
	}
	c.Close()
	c = start(t, quiet(dir))
	if v, _ := load(t, c, "b"); v != 1 {
		t.Fatal("lost")
	}
}

// A crowd that wants one file at once gets it.
func TestCrowd(t *testing.T) {
	c := start(t, quiet(t.TempDir()))
	save(c, "k", 1, PartBytes)
	ref := c.Find("k", 0).Ref
	var crowd sync.WaitGroup
	for range 500 {
		crowd.Go(func() {
			p, err := ref.Open(0)
			if err != nil {
				t.Error(err)
				return
			}
			p.Close()
		})
	}
	crowd.Wait()
}

// What is dropped while it waits to be written is not written after all.
func TestDroppedOnItsWay(t *testing.T) {
	f := newFaultFS()
	o := quiet(t.TempDir())
	o.FS = f
	c := start(t, o)
	stall := make(chan struct{})
	f.set(func(f *faultFS) { f.stall = stall })
	r := c.Create("k", c.Generation(), 10)
	done := make(chan bool, 2)
	for range 2 {
		r.Save(&Head{Key: "k", Meta: meta(1, 10), Length: 10}, 0, content("k", 1, 10), func(saved bool) { done <- saved })
	}
	r.Drop()
	f.set(func(f *faultFS) { f.stall = nil })
	close(stall)
	if first, second := <-done, <-done; first || second || r.Known() {
		t.Error("saved")
	}
	if v, _ := load(t, c, "k"); v != 0 {
		t.Error("found")
	}
	if !save(c, "k", 2, 10) {
		t.Error("the next under its key is not saved")
	}
}

package disk

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// twoDisks are options for a directory on a good disk and one on a bad one, and which of so many
// keys are on the good one.
func twoDisks(t *testing.T, keys int) (o Options, bad *faultFS, l *logged, isGood func(key string) bool) {
	t.Helper()
	dir := t.TempDir()
	good, other := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	bad, l = newFaultFS(), &logged{}
	o = quiet(good, other)
	o.FS, o.Log = disks{other: bad}, slog.New(slog.NewTextHandler(l, nil))
	o.Patience = time.Minute
	c := &Cache{volumes: []*volume{newVolume(good, o.withDefaults(), 1<<20, 100), newVolume(other, o.withDefaults(), 1<<20, 100)}}
	isGood = func(key string) bool { return c.volumeOf(hashOf(key)) == c.volumes[0] }
	n := 0
	for i := range keys {
		if isGood(fmt.Sprint(i)) {
			n++
		}
	}
	if n == 0 || n == keys {
		t.Fatalf("%d of %d keys are on one disk", n, keys)
	}
	return o, bad, l, isGood
}

// startTwo opens both, with little patience for the bad one's answers.
func startTwo(t *testing.T, o Options) *Cache {
	t.Helper()
	c := Open(o)
	c.volumes[1].o.ReadTimeout, c.volumes[1].o.Patience = 20*time.Millisecond, 20*time.Millisecond
	c.Activate(1e6)
	t.Cleanup(c.Close)
	return c
}

// Whatever is wrong with one disk, the other goes on, and nothing waits.
func TestOneDiskFails(t *testing.T) {
	const keys = 40
	for name, fault := range map[string]func(f *faultFS){
		"writes fail": func(f *faultFS) { f.write = syscall.EIO },
		"read-only":   func(f *faultFS) { f.write = syscall.EROFS },
		"full":        func(f *faultFS) { f.write = syscall.ENOSPC },
		"reads fail":  func(f *faultFS) { f.read = syscall.EIO },
		"reads hang":  func(f *faultFS) { f.block = make(chan struct{}) },
	} {
		t.Run(name, func(t *testing.T) {
			o, bad, _, isGood := twoDisks(t, keys)
			c := startTwo(t, o)
			for i := range keys {
				if !save(c, fmt.Sprint(i), 1, 100) {
					t.Fatal("not saved")
				}
			}
			bad.set(fault)
			for i := range keys {
				key := fmt.Sprint(i)
				saved := save(c, key, 2, 100)
				got, _ := load(t, c, key)
				if isGood(key) && (!saved || got != 2) {
					t.Errorf("%s on the good disk: saved %v, found version %d", key, saved, got)
				}
				if !isGood(key) && got == 1 {
					t.Errorf("%s on the bad disk: an older version is back", key)
				}
			}
			var block chan struct{}
			bad.set(func(f *faultFS) { block, f.block, f.read, f.write = f.block, nil, nil, nil })
			if block != nil {
				close(block)
			}
		})
	}
}

// A disk that takes writes and never ends them: the others go on, what waits for it is bounded,
// and a stop does not wait for it.
func TestOneDiskHangsWriting(t *testing.T) {
	o, bad, l, isGood := twoDisks(t, 40)
	o.QueueBytes = 2000
	c := startTwo(t, o)
	stall := make(chan struct{})
	bad.set(func(f *faultFS) { f.stall = stall })
	for i := range 200 {
		key := fmt.Sprint(i)
		if isGood(key) {
			if !save(c, key, 1, 100) {
				t.Fatal("not saved on the good disk")
			}
			continue
		}
		head := &Head{Key: key, Meta: meta(1, 100), Revision: 1, Length: 100}
		c.Create(key, c.Generation(), 100).Save(head, 0, content(key, 1, 100), nil)
		if queued := c.Stats().Queued; queued > o.QueueBytes {
			t.Fatalf("%d bytes wait for a disk that hangs", queued)
		}
	}
	c.Close()
	if l.count("does not answer") != 1 {
		t.Errorf("log: %v", l.lines)
	}
	bad.set(func(f *faultFS) { f.stall = nil })
	close(stall)
	<-c.volumes[1].stopped
	c = start(t, o)
	for i := range 200 {
		if key := fmt.Sprint(i); isGood(key) {
			if v, _ := load(t, c, key); v != 1 {
				t.Errorf("%s is lost", key)
			}
		}
	}
}

// A disk that hangs at the start: the cache begins without it, and takes it in, with all that is
// on it, once it answers.
func TestOneDiskHangsAtStart(t *testing.T) {
	o, bad, l, isGood := twoDisks(t, 40)
	c := start(t, o)
	for i := range 40 {
		save(c, fmt.Sprint(i), 1, 100)
	}
	c.Close()
	block := make(chan struct{})
	bad.set(func(f *faultFS) { f.block = block })
	o.Patience = 50 * time.Millisecond
	c = start(t, o)
	wait(t, func() bool { return c.Stats().Down == 1 })
	for i := range 40 {
		key := fmt.Sprint(i)
		if v, _ := load(t, c, key); (v == 1) != isGood(key) {
			t.Errorf("%s: version %d, on the good disk %v", key, v, isGood(key))
		}
	}
	if l.count("does not answer") == 0 {
		t.Errorf("log: %v", l.lines)
	}
	bad.set(func(f *faultFS) { f.block = nil })
	close(block)
	wait(t, func() bool { return c.Stats().Down == 0 })
	for i := range 40 {
		key := fmt.Sprint(i)
		wait(t, func() bool { v, _ := load(t, c, key); return v == 1 })
	}
}

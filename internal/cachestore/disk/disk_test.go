package disk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// quiet are the options of most tests.
func quiet(dirs ...string) Options {
	return Options{Dirs: dirs, ClusterID: "c1", ReadTimeout: time.Minute, Log: slog.New(slog.DiscardHandler)}
}

// start opens a cache and activates it.
func start(t testing.TB, o Options) *Cache {
	t.Helper()
	c := Open(o)
	c.Activate(1e6)
	t.Cleanup(c.Close)
	return c
}

// content is the body of a version of a key: every byte depends on key, version and position.
func content(key string, version, n int) []byte {
	p := make([]byte, n+8)
	seed := binary.LittleEndian.Uint64(append([]byte(fmt.Sprintf("%d/%s", version, key)), make([]byte, 8)...))
	x := mix(seed + uint64(version)*77 + uint64(len(key)))
	for i := 0; i < n; i += 8 {
		x += 0x9e3779b97f4a7c15
		binary.LittleEndian.PutUint64(p[i:], x^x>>31)
	}
	return p[:n]
}

// meta says which version a head is of.
func meta(version, n int) []byte { return fmt.Appendf(nil, "%d %d", version, n) }

// save stores a version of a key and reports whether each of its files was written.
func save(c *Cache, key string, version, n int) bool {
	r := c.Create(key, c.Generation(), int64(n))
	if r == nil {
		return false
	}
	h := &Head{Key: key, Meta: meta(version, n), Revision: int64(version), Length: int64(n)}
	body := content(key, version, n)
	var failed atomic.Bool
	var waiting []chan bool
	queue := func(part int64, p []byte) {
		done := make(chan bool, 1)
		if r.Save(h, part, p, func(ok bool) { done <- ok }) {
			waiting = append(waiting, done)
		} else {
			failed.Store(true)
		}
	}
	if n <= PartBytes {
		queue(0, body)
	} else {
		queue(HeadOnly, nil)
		for at := 0; at < n; at += PartBytes {
			queue(int64(at/PartBytes), body[at:min(at+PartBytes, n)])
		}
	}
	for _, done := range waiting {
		if !<-done {
			failed.Store(true)
		}
	}
	return !failed.Load()
}

// load reads what is there of a key and checks every byte of it. version is 0 for a miss; whole
// tells whether all parts were there.
func load(t testing.TB, c *Cache, key string) (version int, whole bool) {
	t.Helper()
	f := c.Find(key, 100)
	if f == nil {
		return 0, false
	}
	var n int
	if _, err := fmt.Sscanf(string(f.Head.Meta), "%d %d", &version, &n); err != nil || int64(n) != f.Head.Length || f.Head.Key != key {
		t.Fatalf("%s: head %q, length %d", key, f.Head.Meta, f.Head.Length)
	}
	want := content(key, version, n)
	if f.Body != nil {
		if !bytes.Equal(f.Body, want) {
			t.Fatalf("%s: wrong bytes", key)
		}
		return version, true
	}
	whole = true
	for part := int64(0); part*PartBytes < int64(n); part++ {
		p, err := f.Ref.Open(part)
		if err != nil {
			whole = false
			continue
		}
		got, err := io.ReadAll(io.NewSectionReader(p, 0, p.Size()))
		p.Close()
		if w := want[part*PartBytes : min((part+1)*PartBytes, int64(n))]; err == nil && !bytes.Equal(got, w) {
			t.Fatalf("%s: part %d: %d bytes, not those of version %d", key, part, len(got), version)
		}
		whole = whole && err == nil
	}
	return version, whole
}

func TestSaveAndFind(t *testing.T) {
	c := start(t, quiet(t.TempDir(), t.TempDir(), t.TempDir()))
	for i, n := range []int{0, 1, 100, 101, PartBytes, PartBytes + 1, 3*PartBytes + 5} {
		key := fmt.Sprint("key", i)
		if v, _ := load(t, c, key); v != 0 {
			t.Fatal("found before it was saved")
		}
		for version := 1; version <= 2; version++ {
			if !save(c, key, version, n) {
				t.Fatalf("%d bytes: not saved", n)
			}
			if v, whole := load(t, c, key); v != version || !whole {
				t.Fatalf("%d bytes: version %d, whole %v", n, v, whole)
			}
		}
	}
	st := c.Stats()
	if st.Objects != 7 || st.Files != 5+3+5 || st.Bytes < 5*PartBytes || st.Bytes > 6*PartBytes || st.Bad+st.Dropped+st.Down != 0 {
		t.Fatalf("%+v", st)
	}
	f := c.Find("key6", 0)
	if !f.Ref.Whole() || !f.Ref.Has(3) || f.Ref.Has(4) {
		t.Fatal("parts are not accounted for")
	}
	f.Ref.Drop()
	if v, _ := load(t, c, "key6"); v != 0 || f.Ref.Has(0) || f.Ref.Known() {
		t.Fatal("found after Drop")
	}
	c.Flush()()
	if st := c.Stats(); st.Objects != 0 || st.Bytes != 0 {
		t.Fatalf("after Flush: %+v", st)
	}
	if v, _ := load(t, c, "key1"); v != 0 {
		t.Fatal("found after Flush")
	}
}

// Of two generations the later stays, however late the earlier is written; parts and heads of
// the earlier go nowhere.
func TestOvertaken(t *testing.T) {
	c := start(t, quiet(t.TempDir()))
	older, newer := c.Generation(), c.Generation()
	write := func(gen uint64, version, n int, part int64) bool {
		done := make(chan bool, 1)
		r := c.Create("k", gen, int64(n))
		h := &Head{Key: "k", Meta: meta(version, n), Revision: 1, Length: int64(n)}
		return r.Save(h, part, content("k", version, n)[:min(n, PartBytes)*int(min(part+1, 1))], func(ok bool) { done <- ok }) && <-done
	}
	if !write(newer, 2, 10, 0) || write(older, 1, 10, 0) {
		t.Fatal("an older generation replaced a newer one")
	}
	if v, _ := load(t, c, "k"); v != 2 {
		t.Fatalf("version %d", v)
	}
	if write(older, 1, 2*PartBytes, HeadOnly) || write(older, 1, 2*PartBytes, 0) {
		t.Fatal("parts of an older generation were taken")
	}
	if r := c.Create("k", older, 10); r.Rewrite(&Head{Key: "k", Meta: meta(1, 10), Length: 10}, nil) {
		time.Sleep(10 * time.Millisecond)
	}
	if v, whole := load(t, c, "k"); v != 2 || !whole {
		t.Fatalf("version %d", v)
	}
}

// Closed and opened again, killed, or with the index lost: what was saved is there.
func TestReopen(t *testing.T) {
	for name, between := range map[string]func(t *testing.T, dir string, f *faultFS, c *Cache){
		"closed": func(*testing.T, string, *faultFS, *Cache) {},
		"killed": func(_ *testing.T, _ string, f *faultFS, _ *Cache) { f.set(func(f *faultFS) { f.left = 0 }) },
		"index lost": func(t *testing.T, dir string, f *faultFS, c *Cache) {
			c.Close()
			names, _ := filepath.Glob(filepath.Join(dir, "*-*"))
			for _, name := range names {
				os.Remove(name)
			}
		},
		"checkpoint torn": func(t *testing.T, dir string, f *faultFS, c *Cache) {
			c.Close()
			names, _ := filepath.Glob(filepath.Join(dir, "checkpoint-*"))
			for _, name := range names {
				st, _ := os.Stat(name)
				os.Truncate(name, st.Size()-3)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, f := t.TempDir(), newFaultFS()
			o := quiet(dir)
			o.FS = f
			c := Open(o)
			c.Activate(50)
			for i := range 60 {
				n := i * 700
				if i%20 == 7 {
					n = PartBytes + i
				}
				if !save(c, fmt.Sprint(i), 1+i%3, n) {
					t.Fatal("not saved")
				}
			}
			c.Find("3", 0).Ref.Drop()
			save(c, "4", 4, 4)
			between(t, dir, f, c)
			c.Close()
			c = Open(quiet(dir))
			c.Activate(50)
			defer c.Close()
			wait(t, func() bool { v, whole := load(t, c, "47"); return v > 0 && whole })
			wait(t, func() bool { return c.Stats().Objects == 59 })
			for i := range 60 {
				v, whole := load(t, c, fmt.Sprint(i))
				want := 1 + i%3
				if i == 3 {
					want = 0
				} else if i == 4 {
					want = 4
				}
				if v != want || whole != (want > 0) {
					t.Errorf("key %d: version %d whole %v, want %d", i, v, whole, want)
				}
			}
		})
	}
}

// wait waits for something that happens in the background.
func wait(t testing.TB, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come")
		}
	}
}

// Bytes and files stay within their bounds; what is read stays longer.
func TestBounds(t *testing.T) {
	o := quiet(t.TempDir())
	o.Bytes, o.Files = 400*block, 1000
	c := start(t, o)
	for i := range 3000 {
		if !save(c, fmt.Sprint(i), 1, 100) {
			t.Fatal("not saved")
		}
		if i > 10 && i%50 == 0 {
			load(t, c, "5") // now and then
		}
		if st := c.Stats(); st.Bytes > o.Bytes || st.Files > o.Files {
			t.Fatalf("%+v", st)
		}
	}
	if st := c.Stats(); st.Evictions < 2500 || st.Files < 390 {
		t.Fatalf("%+v", st)
	}
	if v, _ := load(t, c, "5"); v == 0 {
		t.Error("what is read often was evicted")
	}
	wait(t, func() bool { return countFiles(t, o.Dirs[0]) <= 400 })

	o = quiet(t.TempDir())
	o.Files = 10
	c = start(t, o)
	save(c, "film", 1, 20*PartBytes)
	if st := c.Stats(); st.Files > 10 {
		t.Fatalf("%+v", st)
	}
	for i := range 50 {
		save(c, fmt.Sprint(i), 1, 10)
	}
	if st := c.Stats(); st.Files > 10 {
		t.Fatalf("%+v", st)
	}
}

func countFiles(t testing.TB, dir string) (n int) {
	filepath.WalkDir(filepath.Join(dir, "files"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// A state other than the one before, one that has lost revisions, or an absence longer than
// invalidations are remembered empties the cache.
func TestAnotherState(t *testing.T) {
	for name, c := range map[string]struct {
		cluster  string
		revision int64
		away     time.Duration
		kept     bool
	}{
		"the same":        {"c1", 9, time.Hour, true},
		"further":         {"c1", 99, 28 * 24 * time.Hour, true},
		"another cluster": {"c2", 99, 0, false},
		"lost revisions":  {"c1", 8, 0, false},
		"long absence":    {"c1", 99, 31 * 24 * time.Hour, false},
		"clock set back":  {"c1", 99, -48 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := quiet(t.TempDir())
			d := Open(o)
			d.Activate(5)
			save(d, "k", 1, 10)
			d.Advance(9)
			d.Close()
			o.ClusterID = c.cluster
			o.Now = func() time.Time { return time.Now().Add(c.away) }
			for range 2 { // it stays that way
				d = Open(o)
				d.Activate(c.revision)
				v, _ := load(t, d, "k")
				d.Close()
				if (v > 0) != c.kept {
					t.Fatalf("kept %v, want %v", v > 0, c.kept)
				}
				c.revision = 1000
			}
			wait(t, func() bool { return (countFiles(t, o.Dirs[0]) > 0) == c.kept })
		})
	}
}

// A random history of saves, drops and kills at any operation. What is found is right, whatever
// was being written; what was reported saved is there.
func TestKilledAnywhere(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	version, saved := 0, map[string]int{} // newest version reported saved
	for round := range 25 {
		f := newFaultFS()
		f.left = r.IntN(400)
		o := quiet(dir)
		o.FS, o.Bytes = f, 64<<20
		c := Open(o)
		c.Activate(int64(1e6))
		for key, v := range saved {
			if got, whole := load(t, c, key); c.Stats().Down == 0 && f.alive() && (got < v || !whole) {
				t.Fatalf("round %d: %s: version %d whole %v, but %d was saved", round, key, got, whole, v)
			}
		}
		for range 25 {
			version++
			key, n := fmt.Sprint(r.IntN(12)), r.IntN(5000)
			if r.IntN(6) == 0 {
				n = PartBytes + r.IntN(2*PartBytes)
			}
			delete(saved, key) // the older one may be gone, the new one not there
			if save(c, key, version, n) && f.alive() {
				saved[key] = version
			}
			load(t, c, fmt.Sprint(r.IntN(12)))
		}
		f.set(func(f *faultFS) { f.left = 0 })
		c.Close()
	}
}

// alive reports whether changes still work.
func (f *faultFS) alive() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left > 0
}

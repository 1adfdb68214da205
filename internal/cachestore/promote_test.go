package cachestore

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// tiers is a store with little memory over a disk.
func tiers(t *testing.T, dir string, memory int64) *Store {
	t.Helper()
	s := New(Options{MaxBytes: memory, Disk: disk.Options{Dirs: []string{dir}, ReadTimeout: time.Minute, Log: slog.New(slog.DiscardHandler)}})
	t.Cleanup(s.Close)
	s.Advance(1)
	return s
}

// Where there is room, a body comes back into memory once it is asked for twice; where there is
// none, it leaves memory when it is asked for seldom, and its head stays.
func TestPlace(t *testing.T) {
	dir := t.TempDir()
	s := tiers(t, dir, 1<<20)
	body := pattern(16 << 10)
	put(t, s, "k", target, head(int64(len(body))), body)
	settled(t, s, 1)
	s.Close()
	s = tiers(t, dir, 1<<20)
	o := s.LookupPrompt([]byte("k"), true)
	if o == nil {
		t.Log("nothing can be read promptly here")
		return
	}
	inMemory := func() bool { _, ok := o.Bytes(); return ok }
	s.Place(o)
	if inMemory() {
		t.Fatal("in memory though asked for once")
	}
	wait(t, func() bool { s.Place(o); return inMemory() })
	for i := range 200 { // more than memory holds
		put(t, s, fmt.Sprint(i), target, head(int64(len(body))), body)
	}
	wait(t, func() bool { return s.Stats().Disk.Queued == 0 })
	seldom := func() bool {
		s.size.Store(1 << 20)
		s.Place(o)
		s.asked.Add(1 << 19) // others are asked for meanwhile
		s.Place(o)
		return !inMemory()
	}
	wait(t, seldom)
	if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, body) {
		t.Fatalf("%d bytes from its file, %v", len(p), err)
	}
	wait(t, func() bool { s.size.Store(1 << 20); s.Place(o); return inMemory() }) // again and again at once
	if p, err := read(o, 5, -1); err != nil || !bytes.Equal(p, body[5:]) {
		t.Fatalf("%d bytes, %v", len(p), err)
	}
}

// takesFiles is a destination that wants files.
type takesFiles struct {
	counter
	copied int
}

func (d *takesFiles) TakesFiles() bool { return true }

func (d *takesFiles) Write(p []byte) (int, error) {
	d.copied += len(p)
	return len(p), nil
}

// Who takes files is given them for what is in memory too, once it is on disk; ends of which little
// is wanted are not worth it.
func TestFilesForWhatIsInMemory(t *testing.T) {
	s := tiers(t, t.TempDir(), 64<<20)
	body := pattern(3<<20 + 5)
	o := put(t, s, "k", target, head(int64(len(body))), body)
	settled(t, s, 5)
	if !o.Complete() {
		t.Fatal("not in memory")
	}
	d := &takesFiles{}
	if _, err := o.Reader(t.Context(), 10, -1).WriteTo(d); err != nil || d.bytes+int64(d.copied) != int64(len(body))-10 {
		t.Fatalf("%+v, %v", d, err)
	}
	if d.files != 3 || d.copied != 5 {
		t.Logf("%d files and %d bytes: the kernel cannot tell what is in its memory here", d.files, d.copied)
	}
	var b bytes.Buffer
	if _, err := io.Copy(&b, o.Reader(t.Context(), 10, -1)); err != nil || !bytes.Equal(b.Bytes(), body[10:]) {
		t.Fatalf("%d bytes, %v", b.Len(), err)
	}
}

package cachestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// small is a store with room for bodies of a MiB in memory and all of them on disk.
func small(t testing.TB, dir string) *Store {
	t.Helper()
	s := New(Options{
		MaxBytes: 16 << 20, MaxObjectBytes: 1 << 20, WindowBytes: 2 << 20,
		Disk: disk.Options{Dirs: []string{dir}, ClusterID: "c1", ReadTimeout: time.Minute, Log: slog.New(slog.DiscardHandler)},
	})
	s.Advance(1)
	t.Cleanup(s.Close)
	return s
}

// stream brings a body in pieces as an origin does.
func stream(f *Fill, body []byte) error {
	for len(body) > 0 {
		n := min(len(body), 77_777)
		if _, err := f.Write(body[:n]); err != nil {
			return err
		}
		body = body[n:]
	}
	return f.Close()
}

// A body too large for memory goes to disk as it arrives: whoever comes while it does and
// whoever comes later gets every byte of it, and memory stays bounded.
func TestSpooledBody(t *testing.T) {
	dir := t.TempDir()
	s := small(t, dir)
	film := pattern(9<<20 + 17)
	f := lead(t, s)
	o := f.Start(head(int64(len(film))))
	if s.LookupString("k") != o {
		t.Fatal("a spooled body is not visible")
	}
	var wg sync.WaitGroup
	view := func(o *Object, first, last int64) {
		r := o.Reader(t.Context(), first, last)
		defer r.Close()
		var b bytes.Buffer
		if _, err := r.WriteTo(&b); err != nil || !bytes.Equal(b.Bytes(), film[first:last+1]) {
			t.Errorf("bytes %d-%d: %d of them, %v", first, last, b.Len(), err)
		}
	}
	end := int64(len(film)) - 1
	wg.Go(func() { view(o, 0, end) })
	wg.Go(func() {
		if err := stream(f, film); err != nil {
			t.Error(err)
		}
	})
	for range 8 {
		late := s.LookupString("k")
		if late == nil {
			t.Error("lost while it arrives")
			break
		}
		late.body.mu.Lock()
		held := late.body.bytes
		late.body.mu.Unlock()
		if held > 70<<20 {
			t.Errorf("%d bytes in memory", held)
		}
		if late.Has(0, end) {
			wg.Go(func() { view(late, 0, end) })
		}
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	checkIdle(t, s)
	settled(t, s, 1+10)
	if o := s.LookupString("k"); !o.Has(0, -1) {
		t.Fatal("not whole on disk")
	}
	wait(t, func() bool { return s.Stats().Bytes < 1<<20 })
	s.Close()

	s = small(t, dir)
	o = s.LookupString("k")
	if o == nil || !o.Has(0, -1) || o.Length() != int64(len(film)) {
		t.Fatal("not there after a restart")
	}
	view(o, 0, end)
	view(o, 3<<20-1, 5<<20)
	if p, err := read(o, end-5, -1); err != nil || !bytes.Equal(p, film[end-5:]) {
		t.Fatalf("%d bytes, %v", len(p), err)
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

// A slow viewer of a spooled body reads from disk what memory has let go of.
func TestSlowReaderOfSpooledBody(t *testing.T) {
	s := small(t, t.TempDir())
	film := pattern(12 << 20)
	f := lead(t, s)
	o := f.Start(head(int64(len(film))))
	slow := o.Reader(t.Context(), 0, -1)
	defer slow.Close()
	go func() {
		f.Write(film[:1000])
		stream(f, film[1000:])
	}()
	io.ReadFull(slow, make([]byte, 1000))
	if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, film) {
		t.Fatalf("fast reader: %d bytes, %v", len(p), err)
	}
	settled(t, s, 1+12)
	if p, err := io.ReadAll(slow); err != nil || !bytes.Equal(p, film[1000:]) {
		t.Fatalf("slow reader: %d bytes, %v", len(p), err)
	}
}

// Everyone has left, or the origin broke: the chunks that were whole are kept where the strong
// entity tag allows to go on, and a range fill brings only the rest.
// A body of unknown length goes to disk as it arrives, and stays there when memory has no room
// for it.
func TestUnknownLengthOnDisk(t *testing.T) {
	for _, n := range []int{ChunkBytes, ChunkBytes + 1, 2 << 20, 5<<20 + 17, 6 << 20} {
		dir := t.TempDir()
		s := small(t, dir)
		film := pattern(n)
		f := lead(t, s)
		o := f.Start(head(-1))
		var readers sync.WaitGroup
		for _, from := range []int64{0, 70_000, 1<<20 - 1} {
			r := o.Reader(t.Context(), from, -1)
			readers.Go(func() {
				defer r.Close()
				var b bytes.Buffer
				if _, err := r.WriteTo(&b); err != nil || !bytes.Equal(b.Bytes(), film[from:]) {
					t.Errorf("%d bytes from %d: %d of them, %v", n, from, b.Len(), err)
				}
			})
		}
		for p := film; len(p) > 0; p = p[min(len(p), 64<<10):] { // a chunk ends with a piece
			if _, err := f.Write(p[:min(len(p), 64<<10)]); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		readers.Wait()
		checkIdle(t, s)
		if o := s.LookupString("k"); o == nil || o.Length() != int64(n) {
			t.Fatalf("%d bytes: not kept", n)
		}
		s.Close()

		s = small(t, dir)
		o = s.LookupString("k")
		if o == nil || !o.Has(0, -1) || o.Length() != int64(n) {
			t.Fatalf("%d bytes: not there after a restart", n)
		}
		if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, film) {
			t.Fatalf("%d bytes after a restart: %d, %v", n, len(p), err)
		}
		s.Close()
	}
}

// What of a body of unknown length is on disk when the process ends, or the fetch breaks, is
// found by nobody.
func TestUnknownLengthBroken(t *testing.T) {
	for _, broken := range []bool{true, false} {
		dir := t.TempDir()
		s := small(t, dir)
		f := lead(t, s)
		o := f.Start(head(-1))
		r := o.Reader(t.Context(), 0, -1)
		arrived := make(chan struct{})
		go func() {
			defer close(arrived)
			f.Write(pattern(4<<20 + 5))
		}()
		io.CopyN(io.Discard, r, 4<<20+5)
		<-arrived
		settled(t, s, 1+4)
		if broken {
			f.Abort(errors.New("reset"))
			r.Close()
			if s.LookupString("k") != nil {
				t.Fatal("kept")
			}
		}
		s.Close()
		s = small(t, dir)
		if s.LookupString("k") != nil || s.Stats().Disk.Objects != 0 {
			t.Fatalf("there after a restart: %+v", s.Stats().Disk)
		}
		put(t, s, "k", target, head(1<<20), pattern(1<<20))
		if p, err := read(s.LookupString("k"), 0, -1); err != nil || len(p) != 1<<20 {
			t.Fatalf("%d bytes, %v", len(p), err)
		}
		s.Close()
	}
}

func TestSpooledBodyBroken(t *testing.T) {
	for _, etag := range []string{`"v1"`, `W/"v1"`, ""} {
		dir := t.TempDir()
		s := small(t, dir)
		film := pattern(6 << 20)
		f := lead(t, s)
		h := head(int64(len(film)))
		h.ETag = etag
		o := f.Start(h)
		r := o.Reader(t.Context(), 0, -1)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			f.Write(film[:4<<20+5])
			f.Abort(errors.New("reset"))
		}()
		var b bytes.Buffer
		n, err := r.WriteTo(&b)
		var broken *FillError
		if !errors.As(err, &broken) || !bytes.Equal(b.Bytes(), film[:n]) {
			t.Fatalf("%q: %d bytes, %v", etag, n, err)
		}
		r.Close()
		<-ended
		checkIdle(t, s)
		if etag != `"v1"` {
			if s.LookupString("k") != nil {
				t.Fatalf("%q: kept", etag)
			}
			continue
		}
		settled(t, s, 1+4)
		s.Close()
		s = small(t, dir)
		f, _ = s.JoinRange("k", target, 0, int64(len(film))-1)
		if first, last := f.Span(); first != 4<<20 || last != 6<<20-1 {
			t.Fatalf("span %d-%d", first, last)
		}
		fetchSpan(t, f, film, etag)
		if p, err := read(s.LookupString("k"), 0, -1); err != nil || !bytes.Equal(p, film) {
			t.Fatalf("%d bytes, %v", len(p), err)
		}
		settled(t, s, 2)
		s.Close()
		s = small(t, dir)
		if p, err := read(s.LookupString("k"), 0, -1); err != nil || !bytes.Equal(p, film) {
			t.Fatalf("after a restart: %d bytes, %v", len(p), err)
		}
	}
}

// A 304 renews head and revision on disk too.
func TestRefreshReachesDisk(t *testing.T) {
	for _, n := range []int{10, 200_000, 2<<20 + 1} {
		dir := t.TempDir()
		s := openDisk(t, dir, 1)
		body := pattern(n)
		put(t, s, "k", target, head(int64(n)), body)
		settled(t, s, int64(1+(n+ChunkBytes-1)/ChunkBytes*min(n/ChunkBytes, 1)))
		for range 2 { // from memory, and from disk
			s.Close()
			revision := s.Revision() + 1
			s = openDisk(t, dir, revision, rule(1))
			if o := s.LookupString("k"); o == nil {
				t.Fatalf("%d bytes: a miss", n)
			}
			f := lead(t, s)
			h := head(int64(n))
			h.Fields = append(h.Fields, Field{Name: "X-Renewed", Value: fmt.Sprint(revision)})
			if f.Refresh(h) == nil {
				t.Fatalf("%d bytes: no base", n)
			}
			settled(t, s, 1)
			s.Close()
			s = openDisk(t, dir, revision, rule(revision))
			o := s.LookupString("k")
			if o == nil || o.Revision() != revision || o.Head().Fields.Get("X-Renewed") != fmt.Sprint(revision) {
				t.Fatalf("%d bytes: not renewed on disk: %+v", n, o)
			}
			if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, body) {
				t.Fatalf("%d bytes: read %d, %v", n, len(p), err)
			}
		}
		s.Invalidate(rule(100))
		s.Close()
	}
}

// onlyWriter hides all but Write.
type onlyWriter struct{ io.Writer }

// What lies on disk is handed to a connection as a file: the kernel sends it.
func TestFilesAreHandedOver(t *testing.T) {
	dir := t.TempDir()
	s := small(t, dir)
	body := pattern(3<<20 + 5)
	f := lead(t, s)
	o := f.Start(head(int64(len(body))))
	go stream(f, body)
	if _, err := io.Copy(io.Discard, o.Reader(t.Context(), 0, -1)); err != nil {
		t.Fatal(err)
	}
	settled(t, s, 5)
	s.Close()
	s = small(t, dir)
	o = s.LookupString("k")
	c := &counter{}
	if _, err := o.Reader(t.Context(), 10, -1).WriteTo(c); err != nil || c.files != 4 || c.bytes != int64(len(body))-10 {
		t.Fatalf("%+v, %v", c, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := o.Reader(context.Background(), 0, -1)
		defer r.Close()
		io.Copy(conn, r)
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if p, err := io.ReadAll(conn); err != nil || !bytes.Equal(p, body) {
		t.Fatalf("%d bytes, %v", len(p), err)
	}
	var b bytes.Buffer
	if _, err := o.Reader(t.Context(), 7, -1).WriteTo(onlyWriter{&b}); err != nil || !bytes.Equal(b.Bytes(), body[7:]) {
		t.Fatalf("%d bytes, %v", b.Len(), err)
	}
}

// counter counts what ReadFrom is given.
type counter struct{ files, bytes int64 }

func (c *counter) Write(p []byte) (int, error) { panic("ReadFrom was there") }

func (c *counter) ReadFrom(r io.Reader) (int64, error) {
	if run, ok := r.(*FileRun); ok && run.Sendable() {
		c.files++
	}
	n, err := io.Copy(io.Discard, r)
	c.bytes += n
	return n, err
}

// Files cut, flipped, swapped and removed under viewers: what arrives is right as far as it goes.
func TestDamagedUnderViewers(t *testing.T) {
	dir := t.TempDir()
	s := small(t, dir)
	r := rand.New(rand.NewPCG(3, 1))
	body := func(i int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%7d.", i), 20_000*(i%3)+100) }
	refill := func() {
		for i := range 12 {
			o := s.LookupString(fmt.Sprint(i))
			if o != nil && o.Has(0, -1) {
				continue
			}
			if f, leader := s.Join(fmt.Sprint(i), target); leader {
				h := head(int64(len(body(i))))
				h.ETag = ""
				f.Start(h)
				f.Write(body(i))
				f.Close()
			}
		}
	}
	for round := range 25 {
		refill()
		s.cache.InvalidateAll() // what is in memory hides the disk
		names, _ := filepath.Glob(filepath.Join(dir, "files", "*", "*"))
		for range 3 {
			if len(names) == 0 {
				break
			}
			name := names[r.IntN(len(names))]
			p, _ := os.ReadFile(name)
			switch {
			case len(p) == 0:
			case round%4 == 0:
				os.Truncate(name, int64(r.IntN(len(p))))
			case round%4 == 1:
				p[r.IntN(len(p))] ^= 4
				os.WriteFile(name, p, 0o600)
			case round%4 == 2:
				other, _ := os.ReadFile(names[r.IntN(len(names))])
				os.WriteFile(name, other, 0o600)
			default:
				os.Remove(name)
			}
		}
		for i := range 12 {
			if o := s.LookupString(fmt.Sprint(i)); o != nil {
				p, err := read(o, 0, -1)
				if want := body(i); err == nil && !bytes.Equal(p, want) || !bytes.HasPrefix(want, p) {
					t.Fatalf("object %d: %d bytes that are not its own, %v", i, len(p), err)
				}
			}
		}
	}
}

// While the disk takes nothing, everything works as without one.
func TestWithoutWorkingDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	os.WriteFile(dir, nil, 0o600) // not a directory
	s := small(t, dir)
	put(t, s, "a", target, head(10), pattern(10))
	if p, err := read(s.LookupString("a"), 0, -1); err != nil || !bytes.Equal(p, pattern(10)) {
		t.Fatal(err)
	}
	film := pattern(9 << 20)
	f := lead(t, s)
	o := f.Start(head(int64(len(film))))
	go stream(f, film)
	if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, film) {
		t.Fatalf("%d bytes, %v", len(p), err)
	}
	if st := s.Stats(); st.Disk.Down != 1 || st.Bytes > 8<<20 {
		t.Fatalf("%+v", st)
	}
	checkIdle(t, s)
}

// What the disk would not take is written later, if it is still in memory and fresh.
func TestWrittenLater(t *testing.T) {
	dir := t.TempDir()
	o := Options{Disk: disk.Options{Dirs: []string{dir}, ReadTimeout: time.Minute, Log: slog.New(slog.DiscardHandler)}}
	s := New(o) // its disk takes nothing before Advance
	now := time.Now()
	for _, key := range []string{"small", "stale", "large"} {
		h := head(10)
		h.Freshness.ResponseTime, h.Freshness.FreshFor = now, time.Hour
		switch key {
		case "stale":
			h.Freshness.FreshFor = 0
		case "large":
			h.Length = 2<<20 + 1
		}
		put(t, s, key, target, h, pattern(int(h.Length)))
	}
	s.Advance(1)
	s.Tend()
	settled(t, s, 1+1+3)
	s.Close()
	s = New(o)
	defer s.Close()
	s.Advance(1)
	for key, want := range map[string]bool{"small": true, "large": true, "stale": false} {
		o := s.LookupString(key)
		if (o != nil) != want {
			t.Errorf("%s: there %v, want %v", key, o != nil, want)
		}
		if o != nil {
			if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, pattern(int(o.Length()))) {
				t.Errorf("%s: %d bytes, %v", key, len(p), err)
			}
		}
	}
}

// A body that came faster than the disk takes it is written in full in the end.
func TestRestWrittenLater(t *testing.T) {
	dir := t.TempDir()
	o := Options{Disk: disk.Options{Dirs: []string{dir}, QueueBytes: 2 << 20, ReadTimeout: time.Minute, Log: slog.New(slog.DiscardHandler)}}
	s := New(o) // its queue has room for one chunk
	s.Advance(1)
	h := head(20<<20 + 5)
	h.Freshness.ResponseTime, h.Freshness.FreshFor = time.Now(), time.Hour
	body := pattern(int(h.Length))
	put(t, s, "film", target, h, body)
	ref := s.LookupString("film").body.reference()
	for deadline := time.Now().Add(time.Minute); !ref.Whole(); s.Tend() {
		if time.Now().After(deadline) {
			t.Fatalf("not written: %+v", s.Stats().Disk)
		}
		time.Sleep(time.Millisecond)
	}
	s.Close()
	s = New(o)
	defer s.Close()
	s.Advance(1)
	if p, err := read(s.LookupString("film"), 0, -1); err != nil || !bytes.Equal(p, body) {
		t.Errorf("%d bytes, %v", len(p), err)
	}
}

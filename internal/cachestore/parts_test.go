package cachestore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
)

// bring fetches a part as an origin of film would, in the middle of which it may break.
func bring(p *Part, film []byte, n int64) {
	defer p.Close()
	for at := p.First; at < p.First+min(n, p.Last-p.First+1); at += 99_999 {
		if _, err := p.Write(film[at:min(at+99_999, p.First+n, p.Last+1)]); err != nil {
			return
		}
	}
}

// Several fetches bring a body at once, some of which break: every reader gets every byte of it,
// and the whole stays.
func TestParts(t *testing.T) {
	film := pattern(23<<20 + 17)
	for name, o := range map[string]Options{"memory": {}, "disk": {MaxBytes: 16 << 20, MaxObjectBytes: 1 << 20, WindowBytes: 2 << 20}} {
		t.Run(name, func(t *testing.T) {
			s := openParts(t, name == "disk", o)
			f := lead(t, s)
			object, parts := f.StartParts(head(int64(len(film))), 2<<20)
			if parts == nil || s.LookupString("k") != object || !object.Has(0, -1) {
				t.Fatal("not visible, or not all on its way")
			}
			var readers, fetches sync.WaitGroup
			for _, from := range []int64{0, 5_000_000, 20 << 20} {
				r := object.Reader(t.Context(), from, -1)
				readers.Go(func() {
					defer r.Close()
					var b bytes.Buffer
					if _, err := r.WriteTo(&b); err != nil || !bytes.Equal(b.Bytes(), film[from:]) {
						t.Errorf("from %d: %d bytes, %v", from, b.Len(), err)
					}
				})
			}
			for i := range 3 {
				fetches.Go(func() {
					for n := 0; ; n++ {
						p, err := parts.Next(t.Context())
						if err != nil {
							if err != io.EOF {
								t.Error(err)
							}
							return
						}
						if i > 0 && n%3 == 1 {
							bring(p, film, 1<<20+1) // breaks
						} else {
							bring(p, film, 1<<62)
						}
					}
				})
			}
			fetches.Wait()
			for { // what broke last
				p, err := parts.Next(t.Context())
				if err != nil {
					break
				}
				bring(p, film, 1<<62)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			readers.Wait()
			checkIdle(t, s)
			if p, err := read(s.LookupString("k"), 0, -1); err != nil || !bytes.Equal(p, film) {
				t.Fatalf("%d bytes, %v", len(p), err)
			}
		})
	}
}

func openParts(t *testing.T, disk bool, o Options) *Store {
	t.Helper()
	if disk {
		return small(t, t.TempDir())
	}
	s := New(o)
	t.Cleanup(s.Close)
	return s
}

// The part a reader waits for is claimed first, wherever that is, and of a body that memory has
// no room for nothing that no reader is near.
func TestPartsFollowTheReaders(t *testing.T) {
	s := small(t, t.TempDir())
	film := pattern(64 << 20)
	f := lead(t, s)
	object, parts := f.StartParts(head(int64(len(film))), 2<<20)
	r := object.Reader(t.Context(), 50<<20+5, 51<<20)
	defer r.Close()
	p, err := parts.Next(t.Context())
	if err != nil || p.First != 50<<20 || p.Last != 52<<20-1 {
		t.Fatalf("%+v, %v", p, err)
	}
	bring(p, film, 1<<62)
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, film[50<<20+5:51<<20+1]) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	claimed := make(chan *Part)
	go func() {
		p, err := parts.Next(t.Context())
		if err != nil {
			t.Error(err)
		}
		claimed <- p
	}()
	wait(t, func() bool { object.body.mu.Lock(); defer object.body.mu.Unlock(); return object.body.awaiting > 0 })
	late := object.Reader(t.Context(), 3<<20, 4<<20-1)
	if p := <-claimed; p.First != 3<<20 || p.Last != 5<<20-1 {
		t.Fatalf("%+v", p)
	}
	r.Close()
	late.Close()
	if _, err := parts.Next(t.Context()); !errors.Is(err, ErrNoReaders) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	again := object.Reader(t.Context(), 0, -1)
	if p, err := parts.From(ctx, 0); err != nil || p.First != 0 || p.Last != 2<<20-1 {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := parts.From(ctx, 0); err != io.EOF {
		t.Fatal(err)
	}
	f.Abort(errors.New("over"))
	var broken *FillError
	if _, err := io.ReadAll(again); !errors.As(err, &broken) {
		t.Fatal(err)
	}
	if _, err := parts.Next(ctx); err == nil || err == io.EOF {
		t.Fatal(err)
	}
	again.Close()
	checkIdle(t, s)
}

// What is stored in part is completed: only what is missing is claimed, and after a change
// nothing stays.
func TestPartsComplete(t *testing.T) {
	film := pattern(9<<20 + 1)
	for _, discard := range []bool{false, true} {
		s := New(Options{})
		t.Cleanup(s.Close)
		for _, span := range [][2]int64{{2 << 20, 4<<20 - 1}, {9 << 20, 9 << 20}} {
			f, _ := s.JoinRange("k", target, span[0], span[1])
			fetchSpan(t, f, film, `"v1"`)
		}
		f := lead(t, s)
		if first, last, ok := f.Missing(8 << 20); !ok || first != 0 || last != 2<<20-1 {
			t.Fatalf("missing %d-%d %v", first, last, ok)
		}
		h := head(int64(len(film)))
		h.ETag = `"v1"`
		object, parts := f.StartParts(h, 3<<20)
		var claimed [][2]int64
		for {
			p, err := parts.Next(t.Context())
			if err != nil {
				break
			}
			claimed = append(claimed, [2]int64{p.First, p.Last})
			bring(p, film, 1<<62)
			if discard {
				f.Discard(errors.New("changed"))
			}
		}
		if discard {
			if s.LookupString("k") != nil {
				t.Fatal("kept")
			}
			continue
		}
		if len(claimed) != 3 || claimed[0] != [2]int64{0, 2<<20 - 1} || claimed[1] != [2]int64{4 << 20, 7<<20 - 1} || claimed[2] != [2]int64{7 << 20, 9<<20 - 1} {
			t.Fatalf("%v", claimed)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if p, err := read(object, 0, -1); err != nil || !bytes.Equal(p, film) || !object.Complete() {
			t.Fatalf("%d bytes, %v", len(p), err)
		}
		checkIdle(t, s)
	}
}

func TestPartsMissing(t *testing.T) {
	s := New(Options{MaxBytes: 16 << 20, MaxObjectBytes: 4 << 20})
	t.Cleanup(s.Close)
	f := lead(t, s)
	if o, parts := f.StartParts(head(5<<20), 1<<20); o != nil || parts != nil {
		t.Fatal("begun without room")
	}
	_, parts := f.StartParts(head(3<<20), 1<<20)
	p, _ := parts.Next(t.Context())
	bring(p, pattern(3<<20), 1<<62)
	if err := f.Close(); err == nil {
		t.Fatal("closed with parts missing")
	}
	if o := s.LookupString("k"); o == nil || !o.Has(0, 1<<20-1) || o.Has(0, 1<<20) {
		t.Fatal("what came is not kept")
	}
	checkIdle(t, s)
}

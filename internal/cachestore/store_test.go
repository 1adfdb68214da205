package cachestore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// target is what most tests store under.
var target = Target{DistributionID: "E1", Path: "/a"}

// head makes a head of a 200 with a strong ETag.
func head(length int64) *Head {
	return &Head{
		Status: 200, Length: length, ETag: `"v1"`, Validators: httpcache.Validators{ETag: `"v1"`},
		Fields: httpcache.Header{{Name: "Content-Type", Value: "text/plain"}},
		Tags:   []string{"every"},
	}
}

// put stores a whole body under key.
func put(t testing.TB, s *Store, key string, tgt Target, h *Head, p []byte) *Object {
	t.Helper()
	f, leader := s.Join(key, tgt)
	if !leader {
		t.Fatalf("Join(%q): follower, want leader", key)
	}
	o := f.Start(h)
	if _, err := f.Write(p); err != nil {
		t.Fatalf("Write: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return o
}

// pattern is n bytes that differ by position.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + i>>8 + i>>16)
	}
	return p
}

// read reads a range to its end.
func read(o *Object, first, last int64) ([]byte, error) {
	r := o.Reader(context.Background(), first, last)
	defer r.Close()
	return io.ReadAll(r)
}

// opener makes the store of one of the tiers a test runs over.
type opener func(testing.TB, Options) *Store

// eachTier runs a test over a store in memory and over one with a disk below.
func eachTier(t *testing.T, test func(*testing.T, opener)) {
	t.Run("memory", func(t *testing.T) {
		test(t, func(_ testing.TB, o Options) *Store { return New(o) })
	})
	t.Run("disk", func(t *testing.T) {
		test(t, func(t testing.TB, o Options) *Store {
			o.Disk.Dirs, o.Disk.ReadTimeout = []string{t.TempDir()}, time.Minute
			s := New(o)
			s.Advance(0)
			return s
		})
	})
}

func TestStoreAndLookup(t *testing.T) { eachTier(t, testStoreAndLookup) }

func testStoreAndLookup(t *testing.T, open opener) {
	for _, n := range []int{0, 1, 4096, ChunkBytes - 1, ChunkBytes, ChunkBytes + 1, 3*ChunkBytes + 17} {
		for _, known := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d/%v", n, known), func(t *testing.T) {
				s := open(t, Options{})
				defer s.Close()
				body := pattern(n)
				h := head(int64(n))
				if !known {
					h.Length = -1
				}
				put(t, s, "k", target, h, body)
				o := s.Lookup([]byte("k"))
				if o == nil || !o.Complete() || o.Length() != int64(n) || !o.Has(0, -1) {
					t.Fatalf("stored object incomplete: %+v", o)
				}
				if p, ok := o.Bytes(); ok != (n <= ChunkBytes) || (ok && !bytes.Equal(p, body)) {
					t.Fatalf("Bytes: ok %v", ok)
				}
				if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, body) {
					t.Fatalf("Reader: %d bytes, %v", len(p), err)
				}
				if n > 2 {
					if p, err := read(o, 1, int64(n)-2); err != nil || !bytes.Equal(p, body[1:n-1]) {
						t.Fatalf("Reader of a range: %d bytes, %v", len(p), err)
					}
				}
				if got := s.Stats(); got.Fills != 0 || got.FillBytes != 0 || got.Objects != 1 || got.Bytes < int64(n) {
					t.Fatalf("stats %+v", got)
				}
			})
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	s := New(Options{})
	defer s.Close()
	for i := range 1000 {
		put(b, s, fmt.Sprintf("E123456789ABCD\x00/some/path/to/object-%d.mp4", i), target, head(4096), pattern(4096))
	}
	key := []byte("E123456789ABCD\x00/some/path/to/object-500.mp4")
	b.ReportAllocs()
	for b.Loop() {
		o := s.Lookup(key)
		if o == nil {
			b.Fatal("miss")
		}
		if p, ok := o.Bytes(); !ok || len(p) != 4096 {
			b.Fatal("body")
		}
	}
}

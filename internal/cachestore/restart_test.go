package cachestore

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// openDisk opens a store over a directory at a revision.
func openDisk(t testing.TB, dir string, revision int64, rules ...Rule) *Store {
	t.Helper()
	s := New(Options{Disk: disk.Options{Dirs: []string{dir}, ClusterID: "c1", ReadTimeout: time.Minute, Log: slog.New(slog.DiscardHandler)}})
	s.Invalidate(rules...)
	s.Advance(revision)
	return s
}

// settled waits until n files have been written.
func settled(t testing.TB, s *Store, n int64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); s.Stats().Disk.Writes < n; {
		if time.Now().After(deadline) {
			t.Fatalf("not written: %+v", s.Stats().Disk)
		}
		time.Sleep(time.Millisecond)
	}
}

// sizes are bodies on both sides of every bound.
var sizes = []int{0, 1, 4096, 64 << 10, 64<<10 + 1, ChunkBytes - 1, ChunkBytes, ChunkBytes + 1, 3*ChunkBytes + 17}

// Whatever was stored is there after a restart, byte for byte and head for head.
func TestRestartKeepsHits(t *testing.T) {
	dir := t.TempDir()
	s := openDisk(t, dir, 7)
	h := &Head{
		Status: 200, ETag: `"v1"`, LastModified: "Tue, 01 Sep 2026 10:00:00 GMT", Date: "Tue, 01 Sep 2026 10:00:01 GMT",
		Fields:     httpcache.Header{{Name: "Content-Type", Value: "text/plain"}, {Name: "ETag", Value: `"v1"`}},
		Validators: httpcache.Validators{ETag: `"v0"`, LastModified: "x"}, Encoding: "gzip", Tags: []string{"a", "b"},
		Freshness: httpcache.Freshness{ResponseTime: time.Unix(1e9, 5), FreshFor: time.Hour, StaleIfError: 3, HasStaleIfError: true, GraceReason: "r"},
	}
	for i, n := range sizes {
		head := *h
		if head.Length = int64(n); i%2 == 0 {
			head.Length = -1
		}
		put(t, s, fmt.Sprint(n), Target{DistributionID: "E1", Path: "/p", Query: "q"}, &head, pattern(n))
	}
	s.Close()

	s = openDisk(t, dir, 7)
	defer s.Close()
	for _, n := range sizes {
		o := s.Lookup([]byte(fmt.Sprint(n)))
		if o == nil {
			t.Fatalf("%d bytes: a miss after the restart", n)
		}
		if o.Length() != int64(n) || !o.Has(0, -1) || o.Revision() != 7 || o.Target() != (Target{DistributionID: "E1", Path: "/p", Query: "q"}) {
			t.Fatalf("%d bytes: %+v", n, o)
		}
		want := *h
		want.Length = int64(n)
		if got := fmt.Sprintf("%+v", *o.Head()); got != fmt.Sprintf("%+v", want) {
			t.Fatalf("head\n%s, want\n%+v", got, want)
		}
		if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, pattern(n)) {
			t.Fatalf("%d bytes: read %d, %v", n, len(p), err)
		}
		var b bytes.Buffer
		r := o.Reader(t.Context(), int64(n/3), int64(n-1))
		if _, err := io.Copy(&b, r); err != nil || n > 1 && !bytes.Equal(b.Bytes(), pattern(n)[n/3:]) {
			t.Fatalf("%d bytes: copied %d, %v", n, b.Len(), err)
		}
		r.Close()
		if _, inMemory := o.Bytes(); inMemory != (n <= 64<<10) {
			t.Errorf("%d bytes: in memory %v", n, inMemory)
		}
	}
}

// What an invalidation named is not there after a restart, whether this process has heard of it
// before it stopped, after, or never.
func TestRestartKeepsInvalidations(t *testing.T) {
	other := Rule{Revision: 9, DistributionID: "E1", Path: "/other"}
	tag := Rule{Revision: 9, DistributionID: "E1", Tag: "TAG"}
	for name, c := range map[string]struct {
		live, later []Rule
		revision    int64
		hit         bool
	}{
		"nothing":                       {nil, nil, 7, true},
		"another path":                  {nil, []Rule{other}, 9, true},
		"heard, not looked up":          {[]Rule{rule(9)}, []Rule{rule(9)}, 9, false},
		"come while away":               {nil, []Rule{rule(9)}, 12, false},
		"a tag while away":              {nil, []Rule{tag}, 12, false},
		"older than the object":         {nil, []Rule{rule(6)}, 7, true},
		"the state has lost revisions":  {nil, nil, 6, false},
		"a rule of a revision now lost": {[]Rule{other}, nil, 8, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openDisk(t, dir, 7)
			h := head(3)
			h.Tags = []string{"tag"}
			put(t, s, "k", target, h, []byte("abc"))
			settled(t, s, 1)
			s.Invalidate(c.live...)
			if len(c.live) > 0 {
				s.Advance(c.live[0].Revision)
			}
			s.Close()
			s = openDisk(t, dir, c.revision, c.later...)
			defer s.Close()
			if got := s.LookupString("k") != nil; got != c.hit {
				t.Fatalf("hit %v, want %v", got, c.hit)
			}
		})
	}
}

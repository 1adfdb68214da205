package cachestore

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkMiss is the store's part of one miss: join, fill 4 KiB, publish.
func BenchmarkMiss(b *testing.B) {
	s := New(Options{})
	defer s.Close()
	body, h := pattern(4096), head(4096)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		f, _ := s.Join(fmt.Sprintf("E123456789ABCD\x00/some/path/to/object-%d.mp4", i), target)
		f.Start(h)
		f.Write(body)
		f.Close()
	}
}

// BenchmarkLookupParallel looks up many keys from all cores while others miss.
func BenchmarkLookupParallel(b *testing.B) {
	s := New(Options{})
	defer s.Close()
	keys := make([][]byte, 10_000)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "E123456789ABCD\x00/some/path/to/object-%d.mp4", i)
		put(b, s, string(keys[i]), target, head(4096), pattern(4096))
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s.Lookup(keys[rand.IntN(len(keys))])
		}
	})
}

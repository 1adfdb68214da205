package objects

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// BenchmarkPut writes 4 KiB objects durably from many clients at once.
func BenchmarkPut(b *testing.B) {
	s := openStore(b, b.TempDir(), Options{CollectEvery: -1})
	makeBucket(b, s, "b")
	body := pattern(4096, 1)
	var n atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.PutObject(context.Background(), putInput("b", fmt.Sprint("k", n.Add(1)), body)); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkPutAlone is BenchmarkPut with one client.
func BenchmarkPutAlone(b *testing.B) {
	s := openStore(b, b.TempDir(), Options{CollectEvery: -1})
	makeBucket(b, s, "b")
	body := pattern(4096, 1)
	for i := range b.N {
		put(b, s, "b", fmt.Sprint("k", i), body)
	}
}

func BenchmarkGet(b *testing.B) {
	s := newStore(b)
	makeBucket(b, s, "b")
	put(b, s, "b", "k", pattern(4096, 1))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			out, err := s.GetObject(context.Background(), &s3.GetObjectInput{Bucket: ptr("b"), Key: ptr("k")})
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, out.Body)
			out.Body.Close()
		}
	})
}

// BenchmarkList lists a page of 1000 of 5000 keys.
func BenchmarkList(b *testing.B) {
	s := newStore(b)
	makeBucket(b, s, "b")
	for i := range 5000 {
		put(b, s, "b", fmt.Sprintf("dir%d/%d", i%7, i), "")
	}
	b.ResetTimer()
	for range b.N {
		if _, err := s.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: ptr("b"), Prefix: ptr("dir3/")}); err != nil {
			b.Fatal(err)
		}
	}
}

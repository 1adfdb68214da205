package trace

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cachestore/disk"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// Store is the cache itself as a Policy: bodies are really fetched, kept, written to disk and
// read again.
type Store struct {
	s        *cachestore.Store
	requests int
	tended   int64 // seconds, of the trace
}

// NewStore makes a cache of so many bytes of memory and, unless diskBytes is 0, of disk in dir.
func NewStore(memoryBytes, diskBytes int64, dir string) *Store {
	o := cachestore.Options{MaxBytes: memoryBytes}
	if diskBytes > 0 {
		o.Disk = disk.Options{Dirs: []string{dir}, Bytes: diskBytes, ClusterID: "trace"}
	}
	s := &Store{s: cachestore.New(o)}
	s.s.Advance(1)
	return s
}

// Close stops it.
func (s *Store) Close() { s.s.Close() }

// At tells the time of the trace.
func (s *Store) At(seconds int64) {
	if seconds-s.tended >= 60 {
		s.tended = seconds
		s.s.Tend()
	}
}

// zeros is what every body is made of.
var zeros [256 << 10]byte

// Access implements Policy.
func (s *Store) Access(o Object) bool {
	if s.requests++; s.requests%16 == 0 {
		s.s.Stats() // has memory apply what it buffers: a replay is faster than any traffic
	}
	key := strconv.AppendUint([]byte("E1 /assets/0123456789abcdef/"), o.ID, 36)
	key = strconv.AppendInt(append(key, '-'), o.Size, 36)
	if found := s.s.LookupMemory(key); found != nil && found.Complete() {
		return true
	}
	if found := s.s.Lookup(key); found != nil && found.Has(0, -1) {
		r := found.Reader(context.Background(), 0, -1)
		defer r.Close()
		if n, err := io.Copy(io.Discard, r); err == nil && n == o.Size {
			return true
		}
	}
	s.fetch(string(key), o.Size)
	return false
}

// fetch fills one object, as for one viewer, and waits until the disk has it.
func (s *Store) fetch(key string, size int64) {
	f, _ := s.s.Join(key, cachestore.Target{DistributionID: "E1", Path: key[3:]})
	viewer := f.Start(head(size)).Reader(context.Background(), 0, -1)
	left := make(chan struct{})
	go func() {
		defer close(left)
		defer viewer.Close()
		_, _ = io.Copy(io.Discard, viewer)
	}()
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.Write(zeros[:min(size-at, int64(len(zeros)))]); err != nil {
			break
		}
	}
	if err := f.Close(); err != nil {
		f.Abort(err)
	}
	<-left
	for s.s.Stats().Disk.Queued > 0 {
		time.Sleep(20 * time.Microsecond)
	}
}

// head is that of a usual object of S3.
func head(size int64) *cachestore.Head {
	const tag, date = `"5eb63bbbe01eeed093cb22bb8f5acdc3"`, "Tue, 24 Nov 2026 12:00:00 GMT"
	return &cachestore.Head{
		Status: 200, Length: size, ETag: tag, LastModified: date, Date: date,
		Validators: httpcache.Validators{ETag: tag, LastModified: date},
		Freshness:  httpcache.Freshness{FreshFor: 24 * time.Hour},
		Fields: httpcache.Header{
			{Name: "Content-Type", Value: "application/octet-stream"},
			{Name: "ETag", Value: tag},
			{Name: "Last-Modified", Value: date},
			{Name: "Date", Value: date},
			{Name: "Cache-Control", Value: "public, max-age=86400"},
			{Name: "Server", Value: "AmazonS3"},
		},
	}
}

// InMemory is what an object counts in memory.
func InMemory() Cost {
	s := NewStore(64<<20, 0, "")
	defer s.Close()
	s.Access(Object{1, 0})
	overhead := s.s.Stats().Bytes
	return func(o Object) int64 { return o.Size + overhead }
}

// OnDisk is what an object counts on disk: whole blocks, of its head and of each part of its body.
func OnDisk(o Object) int64 {
	const head, block = 700, 4096
	blocks := func(n int64) int64 { return (n + block - 1) / block * block }
	if o.Size <= cachestore.ChunkBytes {
		return blocks(head + o.Size)
	}
	whole := o.Size / cachestore.ChunkBytes
	return blocks(head) + whole*blocks(head+cachestore.ChunkBytes) + blocks(head+o.Size%cachestore.ChunkBytes)
}

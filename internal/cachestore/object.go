package cachestore

import (
	"context"
	"sync/atomic"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// Field is one header field line.
type Field = httpcache.Field

// Head is a stored response without its body. It must not change once given to
// a fill; a 304 makes a new one.
type Head struct {
	Status       int
	Fields       httpcache.Header     // end-to-end fields as they are to be sent, in order
	Length       int64                // of the whole representation; -1 while unknown
	ETag         string               // as served (an edge-compressed variant's is weak)
	LastModified string               // as served
	Date         string               // as served, for If-Range
	Validators   httpcache.Validators // as the origin gave them, for revalidation
	Freshness    httpcache.Freshness  // for httpcache to judge
	Encoding     string               // content coding made by the edge, "" for the origin's own bytes
	Tags         []string             // cache tags
	Prepared     any                  // the edge's own ready-to-send form of Fields; opaque here
}

// bytes is the approximate memory a head takes.
func (h *Head) bytes() int64 {
	n := 512 + len(h.ETag) + len(h.LastModified)
	for _, f := range h.Fields {
		n += 32 + len(f.Name) + len(f.Value)
	}
	if h.Prepared != nil {
		n *= 2 // assume it repeats the fields
	}
	for _, t := range h.Tags {
		n += 16 + len(t)
	}
	return int64(n)
}

// Target is what invalidation rules are compared with.
type Target struct {
	DistributionID string
	Path           string // normalised as rule paths are, no query
	Query          string // the part of the query string in the cache key, without "?"
}

// Object is one stored response. An object that was evicted or invalidated
// stays whole for those who hold it.
type Object struct {
	key       string
	head      *Head
	target    Target
	revision  int64 // invalidation revision applied before its request was sent
	epoch     int64
	seq       uint64
	gen       uint64 // its turn on disk
	headBytes int64
	body      *body
	weighed   atomic.Uint32 // what the bound counts for it
	asked     atomic.Int64  // Store.asked when it was last asked for
	checked   atomic.Int64  // rule table version it was last found valid at
}

// Head returns the response head; do not change it. Length may be -1 in the
// head of a body that has since ended: see Object.Length.
func (o *Object) Head() *Head { return o.head }

// Target returns what invalidation compares.
func (o *Object) Target() Target { return o.target }

// Revision is the invalidation revision that had been applied before the
// request that brought or last confirmed this object was sent.
func (o *Object) Revision() int64 { return o.revision }

// Length is the length of the whole representation, -1 while it is unknown.
func (o *Object) Length() int64 { return o.body.totalLength() }

// Bytes returns the whole body when it is complete and in one piece, which
// holds for bodies up to ChunkBytes. The slice must not be changed. It does
// not allocate.
func (o *Object) Bytes() ([]byte, bool) {
	if p := o.body.whole.Load(); p != nil {
		return *p, true
	}
	return nil, false
}

// Complete reports whether every byte is in memory, so that reading cannot fail.
func (o *Object) Complete() bool { return o.body.complete() }

// Has reports whether bytes first..last (inclusive; last -1 means to the end)
// are stored or on their way in an unfinished fill, so that a Reader can
// deliver them.
func (o *Object) Has(first, last int64) bool { return o.body.has(first, last) }

// FileRun opens bytes first..last (inclusive; last -1 means to the end) where they are in one
// file and in the kernel's memory; else it is nil. Close it. It does not wait for the disk.
func (o *Object) FileRun(first, last int64) *FileRun { return o.body.run(first, last) }

// Reader returns a reader of bytes first..last (inclusive; last -1 means to
// the end, whether or not it is known yet). It waits for bytes that are still
// arriving and ends with io.EOF, a *FillError, a *LagError, ErrAbsent or the
// cause of ctx. Close it.
func (o *Object) Reader(ctx context.Context, first, last int64) *Reader {
	return newReader(ctx, o.body, first, last)
}

package edge

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/snapshot"
)

const (
	flightShards = 16
	// flightBytes is how much is sent between two looks at whether to go on, and how large a
	// body in memory has to be to be cut off at all.
	flightBytes = 256 << 10
)

// errRevoked ends a body: the listener resets the stream.
var errRevoked = errors.New("the access has been revoked")

// flights are the bodies on their way to viewers, so that a revocation can cut them off. It is
// safe for concurrent use.
type flights struct {
	next   atomic.Uint32
	shards [flightShards]flightShard
}

type flightShard struct {
	mu  sync.Mutex
	all map[*flight]struct{} // guarded by mu
}

// flight is one body on its way. What it was signed with belongs to its exchange, which ends
// only after the flight has left its shard.
type flight struct {
	io.ReadCloser
	shard  *flightShard
	dist   *snapshot.Distribution
	path   string
	signed []snapshot.Signed
	cut    atomic.Pointer[snapshot.Revocation] // once it is to end
}

// depart enters the body of x's answer. A revocation that came since x began counts as well.
func (e *Edge) depart(x *exchange) {
	large := len(x.out.Bytes) > flightBytes || x.out.File != nil && x.out.File.Left() > flightBytes
	if x.dist == nil || x.out.Stream == nil && !large {
		return
	}
	f := x.ofMemory
	if large && (x.req.TakesPages || x.out.File != nil) {
		x.out.Ended = x.ended
	} else {
		if large {
			x.out.Stream, x.out.Bytes = memoryBody{bytes.NewReader(x.out.Bytes)}, nil
		}
		f = &flight{ReadCloser: x.out.Stream}
		x.out.Stream = f
	}
	f.shard, f.dist = &e.flights.shards[e.flights.next.Add(1)%flightShards], x.dist
	f.path, f.signed = x.text(append(x.words, x.path...)), x.signed
	x.flight = f
	f.shard.mu.Lock()
	if f.shard.all == nil {
		f.shard.all = map[*flight]struct{}{}
	}
	f.shard.all[f] = struct{}{}
	f.shard.mu.Unlock()
	if s := e.snapshot.Load(); s.LastCut() > x.snap.Revision {
		f.end(cutBy(s, f.dist, f.path, f.signed, e.o.Now()))
	}
}

// land takes the flight of x off, and returns the revocation that cut it off, if any.
func (x *exchange) land() *snapshot.Revocation {
	f := x.flight
	if f == nil {
		return nil
	}
	x.flight = nil
	f.shard.mu.Lock()
	delete(f.shard.all, f)
	f.shard.mu.Unlock()
	return f.cut.Load()
}

// isCut is the answer's Ended.
func (x *exchange) isCut() error {
	if x.flight != nil && x.flight.cut.Load() != nil {
		return errRevoked
	}
	return nil
}

// cutFlights ends the bodies on their way that revocations of s cut off.
func (e *Edge) cutFlights(s *snapshot.Snapshot) {
	now := e.o.Now()
	for i := range e.flights.shards {
		shard := &e.flights.shards[i]
		shard.mu.Lock()
		for f := range shard.all {
			f.end(cutBy(s, f.dist, f.path, f.signed, now))
		}
		shard.mu.Unlock()
	}
}

// clear forgets a body that has landed.
func (f *flight) clear() {
	f.shard, f.dist, f.path, f.signed = nil, nil, "", nil
	f.cut.Store(nil)
}

// end cuts the body off for a revocation, unless that is nil, and wakes whoever waits for more.
func (f *flight) end(r *snapshot.Revocation) {
	if r == nil {
		return
	}
	f.cut.Store(r)
	switch body := f.ReadCloser.(type) {
	case *cachestore.Reader:
		body.Close()
	case *resumable:
		body.Reader.Close()
	case *relayed:
		body.cancel()
	}
}

// Read implements io.Reader.
func (f *flight) Read(p []byte) (int, error) {
	if f.cut.Load() != nil {
		return 0, errRevoked
	}
	return f.ReadCloser.Read(p)
}

// WriteTo implements io.WriterTo as the body does, in pieces.
func (f *flight) WriteTo(dst io.Writer) (int64, error) {
	w := flightWriter{f, dst}
	if wt, ok := f.ReadCloser.(io.WriterTo); ok {
		return wt.WriteTo(w)
	}
	return w.ReadFrom(onlyReader{f})
}

// flightWriter is the viewer's side of a flight.
type flightWriter struct {
	f   *flight
	dst io.Writer
}

// Write implements io.Writer.
func (w flightWriter) Write(p []byte) (n int, err error) {
	for n < len(p) {
		if w.f.cut.Load() != nil {
			return n, errRevoked
		}
		k, err := w.dst.Write(p[n:min(len(p), n+flightBytes)])
		if n += k; err != nil {
			return n, err
		}
	}
	return n, nil
}

// TakesFiles reports whether the viewer's side would rather have files than what is in memory.
func (w flightWriter) TakesFiles() bool {
	t, ok := w.dst.(interface{ TakesFiles() bool })
	return ok && t.TakesFiles()
}

// ReadFrom implements io.ReaderFrom: files go on as such, in pieces, so that the kernel can send
// them.
func (w flightWriter) ReadFrom(r io.Reader) (total int64, err error) {
	rf, ok := w.dst.(io.ReaderFrom)
	run, file := r.(*FileRun)
	switch {
	case !ok:
		return io.Copy(struct{ io.Writer }{w}, r)
	case !file:
		return rf.ReadFrom(r)
	}
	for run.Left() > 0 {
		if w.f.cut.Load() != nil {
			return total, errRevoked
		}
		n, err := rf.ReadFrom(&io.LimitedReader{R: run, N: min(run.Left(), flightBytes)})
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
	return total, nil
}

// onlyReader hides a flight's other methods.
type onlyReader struct{ f *flight }

// Read implements io.Reader.
func (r onlyReader) Read(p []byte) (int, error) { return r.f.Read(p) }

// memoryBody is a body in memory that is sent as others are.
type memoryBody struct{ *bytes.Reader }

// Close implements io.Closer.
func (memoryBody) Close() error { return nil }

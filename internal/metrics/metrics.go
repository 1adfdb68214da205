// Package metrics counts what an edge does, keeps the last hour of it, and shows all of it to
// Prometheus. Counting happens on the path of every request: it takes no lock and allocates
// nothing.
package metrics

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Result is how a request ended; the order of its values is that of ResultNames.
type Result uint8

// The results of requests.
const (
	Hit Result = iota
	RefreshHit
	Miss
	Error
	Redirect
	numResults
)

// ResultNames are the result types in CloudFront's words.
var ResultNames = [numResults]string{"Hit", "RefreshHit", "Miss", "Error", "Redirect"}

// Signature is what a request's signature cost.
type Signature uint8

// Unsigned requests have no valid signature; a Remembered one had been verified before.
const (
	Unsigned Signature = iota
	Verified
	Remembered
	numSignatures
)

// ClassNames are the classes of an answer's status; none is that of a viewer who left first.
var ClassNames = [numClasses]string{"none", "2xx", "3xx", "4xx", "5xx"}

const numClasses = 5

// Distribution ids of requests that have none, and of those beyond Options.Distributions.
const (
	None  = "none"
	Other = "other"
)

// Request is what is counted of one request.
type Request struct {
	Distribution string // id; "" for a host of none
	Result       Result
	Signature    Signature
	Status       int // of the answer, 0 when the viewer left before it
	Sent         int64
	Received     int64
	Wait         time.Duration // to the answer's first byte
	OriginAsked  bool          // an origin had a part in it
	OriginFailed bool          // it was not reached, broke off, or answered with 5xx
	Refusal      string        // why the request was not admitted, "" when it was
}

// Options of a Recorder. The zero value works.
type Options struct {
	Distributions int      // counted one by one; 0 = 100
	Refusals      []string // every reason there is; others are counted as Other
}

// Recorder counts requests. It is safe for concurrent use.
type Recorder struct {
	o       Options
	reasons map[string]int
	shards  uint32 // a power of two

	table   atomic.Pointer[map[string]*tally] // replaced, never changed
	growing sync.Mutex                        // held by those who replace table
	other   *tally

	hour    hour
	origins origins
}

// New returns a Recorder that has counted nothing.
func New(o Options) *Recorder {
	if o.Distributions <= 0 {
		o.Distributions = 100
	}
	r := &Recorder{o: o, reasons: make(map[string]int, len(o.Refusals)), shards: 1}
	for i, reason := range o.Refusals {
		r.reasons[reason] = i
	}
	for int(r.shards) < min(runtime.GOMAXPROCS(0), 8) {
		r.shards *= 2
	}
	r.other = r.newTally(Other)
	r.table.Store(&map[string]*tally{})
	return r
}

// Record counts one request. It keeps nothing of q but its distribution's id.
func (r *Recorder) Record(q *Request) {
	t := (*r.table.Load())[q.Distribution]
	if t == nil {
		t = r.admit(q.Distribution)
	}
	s := &t.shards[rand.Uint32()&(r.shards-1)]
	s.waits[q.Result][bucketOf(q.Wait)].Add(1)
	s.waited[q.Result].Add(uint64(max(q.Wait, 0)))
	s.classes[classOf(q.Status)].Add(1)
	s.sent.Add(uint64(max(q.Sent, 0)))
	s.received.Add(uint64(max(q.Received, 0)))
	if q.Signature != Unsigned {
		s.signatures[q.Signature].Add(1)
	}
	if q.OriginAsked {
		s.origin.Add(1)
	}
	if q.OriginFailed {
		s.originFailed.Add(1)
	}
	if q.Refusal != "" {
		t.refuse(r, q.Refusal)
	}
}

// admit gives a distribution a tally of its own while there is room.
func (r *Recorder) admit(id string) *tally {
	r.growing.Lock()
	defer r.growing.Unlock()
	old := *r.table.Load()
	switch t := old[id]; {
	case t != nil:
		return t
	case len(old) >= r.o.Distributions:
		return r.other
	}
	t := r.newTally(id)
	table := make(map[string]*tally, len(old)+1)
	for k, v := range old {
		table[k] = v
	}
	table[id] = t
	r.table.Store(&table)
	return t
}

// retire makes room in a full table: of distributions that have been idle for the whole hour.
func (r *Recorder) retire(idle func(*tally) bool) {
	r.growing.Lock()
	defer r.growing.Unlock()
	old := *r.table.Load()
	if len(old) < r.o.Distributions {
		return
	}
	table := make(map[string]*tally, len(old))
	for k, v := range old {
		if !idle(v) {
			table[k] = v
		}
	}
	r.table.Store(&table)
}

// tallies are all tallies there are, that of Other last.
func (r *Recorder) tallies() []*tally {
	table := *r.table.Load()
	all := make([]*tally, 0, len(table)+1)
	for _, t := range table {
		all = append(all, t)
	}
	return append(all, r.other)
}

func classOf(status int) int {
	if c := status / 100; c >= 2 && c <= 5 {
		return c - 1
	}
	return 0
}

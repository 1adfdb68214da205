package metrics

import (
	"maps"
	"sync"
	"time"
)

// origins counts fetches from origins. They are few beside requests, so a lock does.
type origins struct {
	mu       sync.Mutex
	outcomes map[string]uint64 // guarded by mu; the set of outcomes is the caller's, and small
	waits    Histogram         // guarded by mu
	waited   time.Duration     // guarded by mu
}

// RecordFetch counts one fetch from an origin: its outcome, one of a few words, and how long the
// head of the answer, or the failure, took.
func (r *Recorder) RecordFetch(outcome string, wait time.Duration) {
	o := &r.origins
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.outcomes == nil {
		o.outcomes = map[string]uint64{}
	}
	o.outcomes[outcome]++
	o.waits[bucketOf(wait)]++
	o.waited += max(wait, 0)
}

func (o *origins) read() (outcomes map[string]uint64, waits Histogram, waited time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.outcomes), o.waits, o.waited
}

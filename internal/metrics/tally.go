package metrics

import "sync/atomic"

// tally counts the requests of one distribution. Writers spread over its shards, so that they
// seldom wait for each other's cache lines.
type tally struct {
	id       string
	shards   []shard
	refusals []atomic.Uint64 // by index of Options.Refusals, others last

	last   counts  // what the hour has counted already; guarded by hour.mu
	points []Point // of the last hour; guarded by hour.mu
}

type shard struct {
	waits        [numResults][numBuckets]atomic.Uint64
	waited       [numResults]atomic.Uint64 // nanoseconds
	classes      [numClasses]atomic.Uint64
	signatures   [numSignatures]atomic.Uint64
	sent         atomic.Uint64
	received     atomic.Uint64
	origin       atomic.Uint64
	originFailed atomic.Uint64
	_            [64]byte // the next shard begins on another cache line
}

func (r *Recorder) newTally(id string) *tally {
	if id == "" {
		id = None
	}
	return &tally{id: id, shards: make([]shard, r.shards), refusals: make([]atomic.Uint64, len(r.o.Refusals)+1)}
}

func (t *tally) refuse(r *Recorder, reason string) {
	i, known := r.reasons[reason]
	if !known {
		i = len(r.o.Refusals)
	}
	t.refusals[i].Add(1)
}

// counts are the sums of a tally at one time.
type counts struct {
	waits        [numResults][numBuckets]uint64
	waited       [numResults]uint64
	classes      [numClasses]uint64
	signatures   [numSignatures]uint64
	sent         uint64
	received     uint64
	origin       uint64
	originFailed uint64
	refusals     []uint64
}

// read sums the shards up. Requests counted meanwhile may be in it in part.
func (t *tally) read() counts {
	var c counts
	for i := range t.shards {
		s := &t.shards[i]
		for result := range c.waits {
			for b := range c.waits[result] {
				c.waits[result][b] += s.waits[result][b].Load()
			}
			c.waited[result] += s.waited[result].Load()
		}
		for k := range c.classes {
			c.classes[k] += s.classes[k].Load()
		}
		for k := range c.signatures {
			c.signatures[k] += s.signatures[k].Load()
		}
		c.sent += s.sent.Load()
		c.received += s.received.Load()
		c.origin += s.origin.Load()
		c.originFailed += s.originFailed.Load()
	}
	c.refusals = make([]uint64, len(t.refusals))
	for k := range t.refusals {
		c.refusals[k] = t.refusals[k].Load()
	}
	return c
}

// requests counts those of one result.
func (c *counts) requests(result Result) (n uint64) {
	for _, k := range c.waits[result] {
		n += k
	}
	return n
}

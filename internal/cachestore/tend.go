package cachestore

import (
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
	"github.com/warmfront/warmfront/internal/httpcache"
)

const (
	// tendEvery is how often the disk tier is told what the memory still uses, and given what it
	// could not take.
	tendEvery = time.Minute
	// sweepEvery is how often invalidated objects are looked for on disk, where there are rules
	// that have not been looked for; else it is only noted that there are none.
	sweepEvery = time.Hour
)

// tend looks after the disk tier until the store closes.
func (s *Store) tend() {
	defer close(s.tended)
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	swept, next := int64(-1), time.Time{}
	for {
		select {
		case <-s.quit:
			return
		case now := <-tick.C:
			s.Tend()
			if now.Before(next) {
				continue
			}
			newest, below := s.rules.newest.Load(), int64(0)
			if newest != swept {
				below = newest
			}
			if s.sweepDisk(below) == nil {
				swept, next = newest, now.Add(sweepEvery)
			}
		}
	}
}

// Tend tells the disk tier what is in memory: what is read there most would else look idle. It
// writes what the disk would not take before and is still of use. The store does so by itself
// every minute.
func (s *Store) Tend() {
	if s.disk == nil {
		return
	}
	now := s.opts.Now()
	for _, o := range s.cache.All() {
		ref := o.body.reference()
		switch {
		case ref != nil && ref.Known():
			ref.Touch()
			if !ref.Whole() && s.worthSaving(o, now) {
				o.saveRest(ref)
			}
		case s.worthSaving(o, now):
			s.saveWhole(o)
		}
	}
}

// worthSaving reports whether an object is whole and of use yet, and the disk may take it.
func (s *Store) worthSaving(o *Object, now time.Time) bool {
	return o.Complete() && o.head.Freshness.Evaluate(now).State == httpcache.Fresh && s.disk.Writable(o.key)
}

// sweepDisk removes from disk what rules up to a revision name.
func (s *Store) sweepDisk(revision int64) error {
	return s.disk.Sweep(revision, func(h *disk.Head) bool {
		head, target, err := decodeHead(h.Meta)
		if err != nil {
			return true
		}
		return s.rules.voids(&Object{key: h.Key, head: head, target: target, revision: h.Revision, epoch: s.rules.epoch.Load()})
	})
}

package cachestore

import (
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

const (
	// tendEvery is how often the disk tier is told what the memory still uses.
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
			s.touchDisk()
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

// touchDisk tells the disk tier what is in memory: what is read there most would else look idle.
func (s *Store) touchDisk() {
	for _, o := range s.cache.All() {
		if ref := o.body.reference(); ref != nil {
			ref.Touch()
		}
	}
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

package cachestore

import (
	"time"
)

// Invalidate applies rules. When it returns, no object or unfinished fill whose
// request was sent before is given to a Lookup or Join they name; readers that
// already have one go on. All rules of one revision must come in one call, and
// revisions in order: a fill begun between two calls counts as begun after
// everything of the first call's revision. Memory is freed a little later.
func (s *Store) Invalidate(rules ...Rule) {
	if len(rules) == 0 {
		return
	}
	s.rules.add(rules)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sweep == nil && !s.closed {
		s.sweep = time.AfterFunc(s.opts.SweepDelay, s.sweepNow)
	}
}

// Advance records that everything up to revision has been applied, rules or
// not. Lower revisions are ignored. The first call opens the disk tier: call it
// when all rules up to revision have been given to Invalidate, those included
// that an earlier process has seen. If the tier has seen a higher revision, it
// is emptied.
func (s *Store) Advance(revision int64) {
	s.rules.advance(revision)
	if s.disk != nil {
		s.disk.Activate(revision)
		s.disk.Advance(revision)
	}
}

// Revision is the newest revision applied.
func (s *Store) Revision() int64 { return s.rules.revision.Load() }

// Flush forgets all objects, fills, rules and the revision, for when the state
// is no longer the one the revisions came from. Readers go on.
func (s *Store) Flush() {
	s.flushing.Lock()
	s.rules.reset()
	wait := func() {}
	if s.disk != nil {
		wait = s.disk.Flush()
	}
	s.flushing.Unlock()
	defer wait()
	s.mu.Lock()
	clear(s.fills)
	clear(s.marks)
	s.mu.Unlock()
	s.cache.InvalidateAll()
}

// PruneRules forgets rules up to revision. Objects they name are removed
// first, which takes its time with a disk tier, and leaves the rules alone if
// that does not answer; rules an unfinished fill is still older than are kept.
func (s *Store) PruneRules(revision int64) {
	s.mu.Lock()
	for f := range s.active {
		revision = min(revision, f.revision)
	}
	s.mu.Unlock()
	revision = min(revision, s.Revision())
	s.removeVoid()
	if s.disk != nil && s.sweepDisk(s.rules.newest.Load()) != nil {
		return
	}
	s.flushing.Lock() // what is on its way from disk into memory has found the rules
	defer s.flushing.Unlock()
	s.rules.prune(revision)
}

// sweepNow is the timer's function.
func (s *Store) sweepNow() {
	s.mu.Lock()
	s.sweep = nil
	s.mu.Unlock()
	s.removeVoid()
}

// removeVoid removes every object a rule names.
func (s *Store) removeVoid() {
	for _, o := range s.cache.All() {
		if o.checked.Load() != s.rules.version.Load() {
			s.recheck(o)
		}
	}
}

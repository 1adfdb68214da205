package cachestore

import (
	"context"
	"slices"
	"time"
)

// OutcomeKind says how a fill ended for those who waited.
type OutcomeKind uint8

const (
	OutcomeObject OutcomeKind = iota + 1 // serve Object; its bytes may still be arriving
	OutcomeBypass                        // the response is not shared: fetch for yourself, without joining
	OutcomeRetry                         // the leader gave up before an answer: look up and join again
	OutcomeFailed                        // the fetch failed with Err
)

// Outcome is what a waiter gets.
type Outcome struct {
	Kind   OutcomeKind
	Object *Object
	Err    error
}

// Join begins or joins the fetch of a key's whole representation. The first
// caller leads and must end the fill; the others Wait. Nobody joins a fill
// whose request was sent before an invalidation that names target. While the
// key is hit-for-miss everyone leads a fill of their own.
func (s *Store) Join(key string, target Target) (f *Fill, leader bool) {
	return s.join(key, target, 0, -1, nil)
}

// JoinRange is Join for bytes first..last (inclusive; last -1: to the end). A
// leader fetches what Fill.Span says: the chunk-aligned part still missing.
// Also unfinished fills of the whole are joined.
func (s *Store) JoinRange(key string, target Target, first, last int64) (f *Fill, leader bool) {
	return s.join(key, target, first, last, nil)
}

// JoinAs is JoinRange of what the fill spans, for another key of the same target, by a leader who
// has sent its request already and learnt from the answer that it belongs there: what it brings is
// as old as f.
func (f *Fill) JoinAs(key string) (as *Fill, leader bool) {
	return f.s.join(key, f.target, f.first, f.last, f)
}

// join joins a fill or begins one, whose request is that of asked where this is not nil.
func (s *Store) join(key string, target Target, first, last int64, asked *Fill) (*Fill, bool) {
	s.LookupString(key) // brings it into memory: there is no waiting for a disk below
	s.mu.Lock()
	defer s.mu.Unlock()
	// The revision is read before anything is compared with the rules: a rule
	// that comes in between voids what this fill brings.
	f := &Fill{s: s, key: key, target: target, first: first, last: last, ready: make(chan struct{})}
	f.epoch = s.rules.epoch.Load()
	f.revision = s.rules.revision.Load()
	if asked != nil {
		f.epoch, f.revision = asked.epoch, asked.revision
	}
	if until, marked := s.marks[key]; marked {
		if f.solo = s.opts.Now().Before(until); !f.solo {
			delete(s.marks, key)
		}
	}
	if !f.solo {
		for _, other := range s.fills[key] {
			if other.covers(first, last) && !other.void() {
				other.followers++
				return other, false
			}
		}
		s.fills[key] = append(s.fills[key], f)
	}
	f.base = s.lookupMemory(key)
	f.seq = s.seq.Add(1)
	if s.disk != nil {
		f.gen = s.disk.Generation()
	}
	f.first, f.last = f.span()
	s.active[f] = struct{}{}
	return f, true
}

// covers reports whether the fill will bring first..last.
func (f *Fill) covers(first, last int64) bool {
	return f.first <= first && (f.last < 0 || (last >= 0 && last <= f.last))
}

// void reports whether an invalidation after the fill's request names it.
func (f *Fill) void() bool {
	if o := f.obj.Load(); o != nil {
		return f.s.rules.voids(o)
	}
	return f.s.rules.voidsUnknown(f.target, f.revision, f.epoch)
}

// span aligns the wanted range to chunks and leaves out what is stored.
func (f *Fill) span() (first, last int64) {
	first = f.first / ChunkBytes * ChunkBytes
	if f.last >= 0 {
		last = (f.last/ChunkBytes+1)*ChunkBytes - 1
	} else {
		last = -1
	}
	if f.base == nil || (f.first == 0 && f.last < 0) {
		return first, last
	}
	if from, to, ok := f.base.body.missing(f.first, f.last); ok && f.base.Length() >= 0 {
		return from, to
	}
	return first, last
}

// Span is the range to fetch: chunk-aligned first, inclusive last, -1 for the
// end. 0, -1 is the whole. The last position may lie beyond the end of the
// representation when its length is not known yet.
func (f *Fill) Span() (first, last int64) { return f.first, f.last }

// Base is the object stored under the key when the fill was joined, nil when
// none or an invalidated one. Only it may be revalidated: send its validators
// and Refresh it on 304. If it has become fresh meanwhile, Settle.
func (f *Fill) Base() *Object { return f.base }

// Revision is the invalidation revision applied before the fill began, for
// requests to a shield.
func (f *Fill) Revision() int64 { return f.revision }

// Wait waits for the leader's answer. err is the cause of ctx.
func (f *Fill) Wait(ctx context.Context) (out Outcome, err error) {
	select {
	case <-f.ready:
		return f.outcome, nil
	default:
	}
	select {
	case <-f.ready:
		return f.outcome, nil
	case <-ctx.Done():
		return Outcome{}, context.Cause(ctx)
	}
}

// maxMarks bounds the hit-for-miss marks; beyond it the expired go, then any.
const maxMarks = 1 << 16

// mark makes key hit-for-miss for ttl. Caller holds s.mu.
func (s *Store) mark(key string, ttl time.Duration) {
	now := s.opts.Now()
	if len(s.marks) >= maxMarks {
		for k, until := range s.marks {
			if !now.Before(until) {
				delete(s.marks, k)
			}
		}
		for k := range s.marks {
			if len(s.marks) < maxMarks {
				break
			}
			delete(s.marks, k)
		}
	}
	s.marks[key] = now.Add(ttl)
}

// unlist makes the fill unjoinable. Caller holds s.mu.
func (f *Fill) unlist() {
	list := slices.DeleteFunc(f.s.fills[f.key], func(x *Fill) bool { return x == f })
	if len(list) == 0 {
		delete(f.s.fills, f.key)
	} else {
		f.s.fills[f.key] = list
	}
}

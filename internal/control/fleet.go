package control

import (
	"context"
	"sync"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// fleet is what the edges have reported, and the changes they still have to report. It sees the
// edges' records in the order of their revisions; an edge that claims a change has written so
// after the change, so whoever joined or left before the change is known by then.
type fleet struct {
	now  func() time.Time
	real func() time.Time // measures how long edges take
	news chan struct{}    // capacity 1: the bookkeeper has something to write or to wait for

	mu      sync.Mutex
	edges   map[string]*state.Edge   // the live ones
	members map[string]*state.Member // those and the absent ones
	changed chan struct{}            // closed and replaced whenever edges change

	pending   []*following     // live edges have not reported
	waiting   []*following     // only absent edges have not
	completed []*state.Receipt // to be written
}

func newFleet(now, real func() time.Time) *fleet {
	return &fleet{
		now: now, real: real, news: make(chan struct{}, 1), changed: make(chan struct{}),
		edges: map[string]*state.Edge{}, members: map[string]*state.Member{},
	}
}

// applied reports whether there is an edge and every live one serves revision.
func (f *fleet) applied(revision int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.appliedLocked(revision)
}

func (f *fleet) appliedLocked(revision int64) bool {
	for _, e := range f.edges {
		if e.Applied < revision {
			return false
		}
	}
	return len(f.edges) > 0
}

// slowest is the revision every live edge serves, 0 without edges.
func (f *fleet) slowest() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	first, lowest := true, int64(0)
	for _, e := range f.edges {
		if first || e.Applied < lowest {
			first, lowest = false, e.Applied
		}
	}
	return lowest
}

// await waits until applied(revision) or until hold has passed or ctx ends, and reports
// whether it is.
func (f *fleet) await(ctx context.Context, revision int64, hold time.Duration) bool {
	if hold <= 0 || f.applied(revision) {
		return f.applied(revision)
	}
	timeout := time.NewTimer(hold)
	defer timeout.Stop()
	for {
		f.mu.Lock()
		applied, changed := f.appliedLocked(revision), f.changed
		f.mu.Unlock()
		if applied {
			return true
		}
		select {
		case <-changed:
		case <-timeout.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// reset replaces what is known of the edges.
func (f *fleet) reset(edges []*state.Edge, members []*state.Member) {
	var events []state.EdgeEvent
	live, known := map[string]bool{}, map[string]bool{}
	for _, m := range members {
		known[m.ID] = true
		events = append(events, state.EdgeEvent{ID: m.ID, OfMember: true, Member: m})
	}
	for _, e := range edges {
		live[e.ID] = true
		events = append(events, state.EdgeEvent{ID: e.ID, Edge: e})
	}
	f.mu.Lock()
	for id := range f.edges {
		if !live[id] {
			events = append(events, state.EdgeEvent{ID: id})
		}
	}
	for id := range f.members {
		if !known[id] {
			events = append(events, state.EdgeEvent{ID: id, OfMember: true})
		}
	}
	f.mu.Unlock()
	f.report(events)
}

// report takes in what happened to edges, wakes whoever waits and completes receipts.
func (f *fleet) report(events []state.EdgeEvent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	turned := false // an edge came, left or was forgotten
	for _, ev := range events {
		switch {
		case ev.OfMember:
			turned = true
			if ev.Member == nil {
				delete(f.members, ev.ID)
			} else {
				f.members[ev.ID] = ev.Member
			}
		case ev.Edge != nil:
			turned = turned || f.edges[ev.ID] == nil
			f.edges[ev.ID] = ev.Edge
		default:
			turned = true
			f.leave(ev.ID)
		}
	}
	close(f.changed)
	f.changed = make(chan struct{})
	if turned {
		f.again()
		f.wake()
		return
	}
	f.settleAll()
}

// leave makes a live edge an absent one, which served at least what it last reported. f.mu is
// held.
func (f *fleet) leave(id string) {
	if e, m := f.edges[id], f.members[id]; e != nil && m != nil && e.Applied > m.Applied {
		absent := *m
		absent.Applied = e.Applied
		f.members[id] = &absent
	}
	delete(f.edges, id)
}

// absent gives the members that are not live.
func (f *fleet) absent() []*state.Member {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*state.Member
	for id, m := range f.members {
		if f.edges[id] == nil {
			out = append(out, m)
		}
	}
	return out
}

// wake wakes the bookkeeper.
func (f *fleet) wake() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

package control

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// fleet is what the live edges have reported, and the changes they still have to report. It
// sees the edges' records in the order of their revisions; an edge that claims a change has
// written so after the change, so whoever joined before the change is known by then.
type fleet struct {
	now  func() time.Time
	real func() time.Time // measures how long edges take
	done chan struct{}    // capacity 1: completed has grown

	mu        sync.Mutex
	edges     map[string]*state.Edge
	changed   chan struct{} // closed and replaced whenever edges change
	pending   []*following
	completed []*state.Receipt // to be written
}

// following is a change on its way to the edges.
type following struct {
	receipt   *state.Receipt
	committed time.Time // on the real clock
}

func newFleet(now, real func() time.Time) *fleet {
	return &fleet{now: now, real: real, done: make(chan struct{}, 1), edges: map[string]*state.Edge{}, changed: make(chan struct{})}
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

// follow takes a change up whose receipt is to be completed when the edges have reported.
func (f *fleet) follow(r *state.Receipt, committed time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := &following{receipt: r, committed: committed}
	f.pending = append(f.pending, p)
	f.settle(p)
}

// reset replaces what is known of the edges.
func (f *fleet) reset(edges []*state.Edge) {
	events := make([]state.EdgeEvent, 0, len(edges))
	seen := map[string]bool{}
	for _, e := range edges {
		seen[e.ID] = true
		events = append(events, state.EdgeEvent{ID: e.ID, Edge: e})
	}
	f.mu.Lock()
	for id := range f.edges {
		if !seen[id] {
			events = append(events, state.EdgeEvent{ID: id})
		}
	}
	f.mu.Unlock()
	f.report(events)
}

// report takes in what edges wrote, wakes whoever waits and completes receipts.
func (f *fleet) report(events []state.EdgeEvent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, ev := range events {
		if ev.Edge != nil {
			f.edges[ev.ID] = ev.Edge
			continue
		}
		delete(f.edges, ev.ID)
		for _, p := range f.pending {
			p.lost(ev.ID)
		}
	}
	close(f.changed)
	f.changed = make(chan struct{})
	for _, p := range slices.Clone(f.pending) {
		f.settle(p)
	}
}

// settle brings a receipt up to date. When every live edge is in it, it is completed, no
// longer followed, and handed on to be written. f.mu is held.
func (f *fleet) settle(p *following) {
	r := p.receipt
	for _, e := range f.edges {
		if e.Applied >= r.Revision {
			p.arrived(e, f.real())
		}
	}
	if !f.appliedLocked(r.Revision) {
		return
	}
	now := f.now().UTC()
	r.Completed = &now
	f.pending = slices.DeleteFunc(f.pending, func(o *following) bool { return o == p })
	f.completed = append(f.completed, r)
	select {
	case f.done <- struct{}{}:
	default:
	}
}

// unwritten gives the completed receipts that are not yet in the state.
func (f *fleet) unwritten() []*state.Receipt {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.completed)
}

// wrote forgets a completed receipt.
func (f *fleet) wrote(r *state.Receipt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.completed = slices.DeleteFunc(f.completed, func(o *state.Receipt) bool { return o == r })
}

// arrived notes that an edge serves the change.
func (p *following) arrived(e *state.Edge, now time.Time) {
	r := p.receipt
	if slices.ContainsFunc(r.Edges, func(er state.EdgeReceipt) bool { return er.Edge == e.ID }) {
		return
	}
	ms := float64(now.Sub(p.committed)) / float64(time.Millisecond)
	r.Edges = append(r.Edges, state.EdgeReceipt{Edge: e.ID, POP: e.POP, Applied: e.Applied, Milliseconds: ms})
	r.Absent = slices.DeleteFunc(r.Absent, func(id string) bool { return id == e.ID })
}

// lost notes that an edge left, if it had not yet served the change.
func (p *following) lost(id string) {
	r := p.receipt
	if slices.ContainsFunc(r.Edges, func(er state.EdgeReceipt) bool { return er.Edge == id }) || slices.Contains(r.Absent, id) {
		return
	}
	r.Absent = append(r.Absent, id)
}

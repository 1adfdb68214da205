package control

import (
	"slices"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// following is a change on its way to the edges.
type following struct {
	receipt   *state.Receipt
	committed time.Time       // on the real clock
	served    map[string]bool // ids of the edges in the receipt
	waits     bool            // has waited for absent edges alone
}

// follow takes a change up whose receipt is to be completed when the edges have reported.
func (f *fleet) follow(r *state.Receipt, committed time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle(&following{receipt: r, committed: committed, served: map[string]bool{}})
}

// again looks at every change that is followed as if it were new: who is absent has changed,
// or the time has. f.mu is held.
func (f *fleet) again() {
	f.pending, f.waiting = append(f.pending, f.waiting...), nil
	f.settleAll()
}

// settleAll brings the receipts up to date that wait for live edges. f.mu is held.
func (f *fleet) settleAll() {
	all := f.pending
	f.pending = nil
	for _, p := range all {
		f.settle(p)
	}
}

// settle brings a receipt up to date and puts it with those that wait for live edges, with those
// that wait for absent ones, or with those that are completed and to be written. f.mu is held.
func (f *fleet) settle(p *following) {
	r := p.receipt
	for _, e := range f.edges {
		if e.Applied >= r.Revision {
			p.arrived(e, f.real())
		}
	}
	now := f.now()
	for id, m := range f.members {
		if f.edges[id] == nil && f.lacks(m, r, now) {
			p.missed(id)
		}
	}
	switch {
	case !f.appliedLocked(r.Revision):
		f.pending = append(f.pending, p)
		return
	case r.Strict && len(f.outstanding(r, now)) > 0:
		f.waiting = append(f.waiting, p)
		if p.waits {
			return // the bookkeeper knows
		}
		p.waits = true
	default:
		at := now.UTC()
		r.Completed = &at
		f.completed = append(f.completed, r)
	}
	f.wake()
}

// lacks reports whether an absent edge may go on without a change: it has neither served it nor
// been away for so long that it serves nothing restricted.
func (f *fleet) lacks(m *state.Member, r *state.Receipt, now time.Time) bool {
	return m.Applied < r.Revision && !m.Passed(now)
}

// outstanding gives the absent edges that a strict change waits for. f.mu is held.
func (f *fleet) outstanding(r *state.Receipt, now time.Time) (out []*state.Member) {
	for _, id := range r.Absent {
		if m := f.members[id]; m != nil && f.edges[id] == nil && f.lacks(m, r, now) {
			out = append(out, m)
		}
	}
	return out
}

// arrived notes that an edge serves the change.
func (p *following) arrived(e *state.Edge, now time.Time) {
	if p.served[e.ID] {
		return
	}
	r := p.receipt
	p.served[e.ID] = true
	ms := float64(now.Sub(p.committed)) / float64(time.Millisecond)
	r.Edges = append(r.Edges, state.EdgeReceipt{Edge: e.ID, POP: e.POP, Applied: e.Applied, Milliseconds: ms})
	r.Absent = slices.DeleteFunc(r.Absent, func(id string) bool { return id == e.ID })
}

// missed notes that an edge is absent and has not served the change.
func (p *following) missed(id string) {
	if i, found := slices.BinarySearch(p.receipt.Absent, id); !found && !p.served[id] {
		p.receipt.Absent = slices.Insert(p.receipt.Absent, i, id)
	}
}

// pass looks at the receipts that wait for absent edges and returns how long until the next of
// those edges has passed its time: 0 when none is waited for that will.
func (f *fleet) pass() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		return 0
	}
	f.again()
	if len(f.waiting) == 0 {
		return 0
	}
	now, next := f.now(), time.Duration(0)
	for id, m := range f.members {
		until := m.Until()
		if f.edges[id] != nil || until == nil {
			continue
		}
		if wait := until.Sub(now) + 1; wait > 0 && (next == 0 || wait < next) {
			next = wait
		}
	}
	return next
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

// forget stops following changes made before limit: their receipts are about to go.
func (f *fleet) forget(limit time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := func(p *following) bool { return p.receipt.At.Before(limit) }
	f.pending, f.waiting = slices.DeleteFunc(f.pending, old), slices.DeleteFunc(f.waiting, old)
}

// Receipt is how a change reaches the edges, and the absent edges that it still waits for.
type Receipt struct {
	state.Receipt
	Waiting []*state.Member
}

// known copies the receipts that are still followed or not yet written.
func (f *fleet) known() map[state.Key]Receipt {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	out := make(map[state.Key]Receipt, len(f.pending)+len(f.waiting)+len(f.completed))
	add := func(r *state.Receipt) {
		c := Receipt{Receipt: *r}
		c.Edges = slices.Clone(r.Edges)
		c.Absent = slices.Clone(r.Absent)
		if r.Strict && r.Completed == nil {
			c.Waiting = f.outstanding(r, now)
		}
		out[r.Key()] = c
	}
	for _, list := range [][]*following{f.pending, f.waiting} {
		for _, p := range list {
			add(p.receipt)
		}
	}
	for _, r := range f.completed {
		add(r)
	}
	return out
}

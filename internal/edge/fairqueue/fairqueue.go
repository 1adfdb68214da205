// Package fairqueue lets requests take turns at costly work, so that those who ask for much of it
// starve neither each other nor the requests that need none.
package fairqueue

import (
	"container/list"
	"context"
	"errors"
	"net/netip"
	"runtime"
	"sync"
	"time"
)

var (
	// ErrFull: too many wait already.
	ErrFull = errors.New("fairqueue: too many are waiting")
	// ErrGone: the one who waited has left.
	ErrGone = errors.New("fairqueue: the waiting one has left")
)

// batch is how many turns for each slot make a round. Letting others run costs some microseconds,
// which a round shares; others wait for at most a round.
const batch = 4

// rest is after how long without anyone waiting the count of turns begins anew: others have
// surely run meanwhile.
const rest = time.Millisecond

// Options of a Queue. Zero values take the defaults.
type Options struct {
	Slots        int           // turns at a time; default GOMAXPROCS
	MaxWaiting   int           // of all sources; default 1,024
	MaxPerSource int           // of one source; default 128
	Poll         time.Duration // how often a waiting one is asked whether it has left; default 1 s
}

// Queue hands out turns. Who finds no one waiting gets one at once, up to a few in a row. From
// then on turns go round the sources, one each, and between two rounds of a few turns the
// scheduler runs whatever else is ready and looks at the network: work in turns fills the time
// that other requests leave. Its memory is bounded by MaxWaiting. It is safe for concurrent use.
type Queue struct {
	o Options

	mu      sync.Mutex
	running int                    // turns being taken
	spent   int                    // turns begun since others could run
	fresh   time.Time              // when spent last became 0
	lines   map[netip.Prefix]*line // guarded by mu; none is empty
	order   list.List              // of *line; the front is next
	waiting int                    // in all lines
	pacing  bool                   // a goroutine hands out turns

	yield yielder // used by the pacing goroutine only
}

// line are those of one source that wait.
type line struct {
	source netip.Prefix
	at     *list.Element // in order
	list   list.List     // of *Ticket
}

// Ticket is a place in a Queue for one who waits without a goroutine, see Draw.
type Ticket struct {
	q      *Queue
	line   *line
	at     *list.Element // in line.list; nil once it has been called. Guarded by q.mu
	turn   bool          // it has been called to a turn. Guarded by q.mu
	called func()
}

// New returns a Queue.
func New(o Options) *Queue {
	setDefault(&o.Slots, runtime.GOMAXPROCS(0))
	setDefault(&o.MaxWaiting, 1024)
	setDefault(&o.MaxPerSource, 128)
	setDefault(&o.Poll, time.Second)
	return &Queue{o: o, lines: map[netip.Prefix]*line{}}
}

func setDefault[T int | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// Source is whom an address counts with: its /24 for IPv4, its /56 for IPv6, which are about the
// least that one party is given.
func Source(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 24
	if a.Is6() {
		bits = 56
	}
	p, err := a.Prefix(bits)
	if err != nil { // no address at all
		return netip.Prefix{}
	}
	return p
}

// TryEnter takes a turn if that needs no waiting. A turn ends with Leave.
func (q *Queue) TryEnter() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting > 0 || q.running >= q.o.Slots {
		return false
	}
	if q.spent >= batch*q.o.Slots {
		now := time.Now()
		if now.Sub(q.fresh) < rest {
			return false
		}
		q.spent, q.fresh = 0, now
	}
	q.running++
	q.spent++
	return true
}

// Enter waits for a turn on behalf of source, as long as ctx lasts and gone, which may be nil,
// says no. Its errors are ErrFull, ErrGone and the cause of ctx; only after nil has Leave to be
// called.
func (q *Queue) Enter(ctx context.Context, source netip.Prefix, gone func() bool) error {
	if q.TryEnter() {
		return nil
	}
	called := make(chan struct{})
	t, err := q.Draw(source, func() { close(called) })
	if err != nil {
		return err
	}
	tick := time.NewTicker(q.o.Poll)
	defer tick.Stop()
	for {
		select {
		case <-called:
			if turn, _ := t.Turn(); !turn {
				return ErrFull
			}
			return nil
		case <-ctx.Done():
			t.Leave()
			return context.Cause(ctx)
		case <-tick.C:
			if gone != nil && gone() {
				t.Leave()
				return ErrGone
			}
		}
	}
}

// Draw takes a place on behalf of source, without trying TryEnter, and returns at once. The
// waiting ends with called, which may come from any goroutine and before Draw returns; the queue
// is locked meanwhile and must not be used. Leave has to be called in the end. The error is ErrFull.
func (q *Queue) Draw(source netip.Prefix, called func()) (*Ticket, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := &Ticket{q: q, called: called}
	if !q.join(source, t) {
		return nil, ErrFull
	}
	q.handOut()
	return t, nil
}

// Turn reports whether it is the ticket's turn, or still waiting. With neither it gave way to
// another source.
func (t *Ticket) Turn() (turn, waiting bool) {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	return t.turn, t.at != nil
}

// Leave ends the waiting, or the turn.
func (t *Ticket) Leave() {
	q := t.q
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case t.at != nil:
		q.remove(t)
	case t.turn:
		t.turn = false
		q.running--
		q.handOut()
	}
}

// Leave ends a turn.
func (q *Queue) Leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	q.handOut()
}

// Waiting is how many wait for a turn.
func (q *Queue) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

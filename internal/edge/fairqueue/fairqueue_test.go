package fairqueue

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var a, b, c = netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8::/56")

// taken is a queue of one slot whose turn is taken, so that all who come wait.
func taken(t *testing.T, o Options) *Queue {
	t.Helper()
	o.Slots = 1
	q := New(o)
	if !q.TryEnter() {
		t.Fatal("nobody waits, and there is no turn")
	}
	return q
}

// await returns once n wait.
func await(q *Queue, n int) {
	for q.Waiting() != n {
		time.Sleep(time.Millisecond)
	}
}

// settles waits for the turns under way to end, after which nothing may be left.
func (q *Queue) settles(t *testing.T) {
	t.Helper()
	for {
		q.mu.Lock()
		running, waiting, lines, order := q.running, q.waiting, len(q.lines), q.order.Len()
		q.mu.Unlock()
		if waiting != 0 || lines != 0 || order != 0 {
			t.Fatalf("left behind: %d waiting, %d lines, %d in order", waiting, lines, order)
		}
		if running == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// queueUp lets waiters of sources come one after the other; each writes its name when its turn
// comes and leaves. The answers come out of the channel.
func (q *Queue) queueUp(sources ...netip.Prefix) chan string {
	out := make(chan string, len(sources))
	count := map[netip.Prefix]int{}
	for _, s := range sources {
		before := q.Waiting()
		name := fmt.Sprintf("%v %d", s, count[s])
		count[s]++
		go func() {
			if err := q.Enter(context.Background(), s, nil); err != nil {
				out <- name + ": " + err.Error()
				return
			}
			out <- name
			q.Leave()
		}()
		await(q, before+1)
	}
	return out
}

func TestTurnsGoRoundTheSources(t *testing.T) {
	t.Parallel()
	q := taken(t, Options{})
	out := q.queueUp(a, a, a, a, b, c, b)
	q.Leave()
	want := []string{"192.0.2.0/24 0", "198.51.100.0/24 0", "2001:db8::/56 0", "192.0.2.0/24 1", "198.51.100.0/24 1", "192.0.2.0/24 2", "192.0.2.0/24 3"}
	for i, w := range want {
		if got := <-out; got != w {
			t.Errorf("turn %d: %s, want %s", i, got, w)
		}
	}
	q.settles(t)
}

func TestPlacesAreBounded(t *testing.T) {
	t.Parallel()
	q := taken(t, Options{MaxWaiting: 4, MaxPerSource: 3})
	out := q.queueUp(a, a, a, b)
	if err := q.Enter(context.Background(), a, nil); !errors.Is(err, ErrFull) {
		t.Errorf("a fourth of one source: %v", err)
	}
	// The queue is full: the longest line gives way to another source, until lines are level.
	done := make(chan error, 1)
	go func() {
		err := q.Enter(context.Background(), c, nil)
		if err == nil {
			q.Leave()
		}
		done <- err
	}()
	if got := <-out; got != "192.0.2.0/24 2: "+ErrFull.Error() {
		t.Errorf("%s gave way", got)
	}
	await(q, 4)
	if err := q.Enter(context.Background(), b, nil); !errors.Is(err, ErrFull) {
		t.Errorf("one more where lines are level: %v", err)
	}
	q.Leave()
	if err := <-done; err != nil {
		t.Errorf("the other source: %v", err)
	}
	for range 3 {
		<-out
	}
}

func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	q := taken(t, Options{Poll: time.Millisecond})
	ctx, cancel := context.WithCancelCause(context.Background())
	stopping := errors.New("stopping")
	var left atomic.Bool
	results := make(chan error, 2)
	go func() { results <- q.Enter(ctx, a, nil) }()
	await(q, 1)
	cancel(stopping)
	if err := <-results; !errors.Is(err, stopping) {
		t.Errorf("the context ended: %v", err)
	}
	go func() { results <- q.Enter(context.Background(), a, left.Load) }()
	await(q, 1)
	left.Store(true)
	if err := <-results; !errors.Is(err, ErrGone) {
		t.Errorf("the waiting one left: %v", err)
	}
	q.Leave()
	q.settles(t)
}

// Those who draw a ticket wait like the others and hold nothing meanwhile.
func TestTickets(t *testing.T) {
	t.Parallel()
	q := taken(t, Options{MaxWaiting: 3})
	var calls []string
	draw := func(name string, source netip.Prefix) *Ticket {
		t.Helper()
		ticket, err := q.Draw(source, func() { calls = append(calls, name) })
		if err != nil {
			t.Fatal(err)
		}
		if turn, waiting := ticket.Turn(); turn || !waiting {
			t.Errorf("%s: turn %v, waiting %v", name, turn, waiting)
		}
		return ticket
	}
	first, second, third := draw("first", a), draw("second", a), draw("third", a)
	other := draw("other", b)
	if turn, waiting := third.Turn(); turn || waiting {
		t.Errorf("the last of the longest line has not given way: turn %v, waiting %v", turn, waiting)
	}
	if _, err := q.Draw(b, func() {}); !errors.Is(err, ErrFull) {
		t.Errorf("one more where lines are level: %v", err)
	}
	second.Leave()
	q.Leave()
	if turn, waiting := first.Turn(); !turn || waiting {
		t.Errorf("first: turn %v, waiting %v", turn, waiting)
	}
	first.Leave()
	first.Leave() // the turn is not the next one's
	third.Leave()
	if turn, _ := other.Turn(); !turn {
		t.Error("the other source has no turn")
	}
	if want := "[third first other]"; fmt.Sprint(calls) != want {
		t.Errorf("called %v, want %s", calls, want)
	}
	other.Leave()
	q.settles(t)
}

// However turns, departures and a full queue coincide, turns are never lost and never more than
// the slots.
func TestTurnsAreNeverLost(t *testing.T) {
	t.Parallel()
	q := New(Options{Slots: 3, MaxWaiting: 20, MaxPerSource: 8, Poll: time.Millisecond})
	var running, most, served atomic.Int64
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			source := Source(netip.AddrFrom4([4]byte{10, byte(i % 7), 0, 1}))
			for n := range 20 {
				ctx, cancel := context.WithCancel(context.Background())
				if n%5 == 0 {
					time.AfterFunc(time.Duration(i)*10*time.Microsecond, cancel)
				}
				if q.Enter(ctx, source, func() bool { return (n+i)%11 == 0 }) == nil {
					if now := running.Add(1); now > most.Load() {
						most.Store(now)
					}
					served.Add(1)
					running.Add(-1)
					q.Leave()
				}
				cancel()
			}
		})
	}
	wg.Wait()
	q.settles(t)
	if most.Load() > 3 || served.Load() == 0 {
		t.Errorf("up to %d at a time of 3, %d served", most.Load(), served.Load())
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.200": "192.0.2.0/24", "::ffff:192.0.2.200": "192.0.2.0/24", "2001:db8:1:2:3::4": "2001:db8:1::/56", "fe80::1%eth0": "fe80::/56",
	} {
		if got := Source(netip.MustParseAddr(address)); got.String() != want {
			t.Errorf("%s: %v, want %s", address, got, want)
		}
	}
	if Source(netip.Addr{}).IsValid() {
		t.Error("no address has a network")
	}
}

func BenchmarkTurn(b *testing.B) {
	b.Run("alone", func(b *testing.B) {
		q := New(Options{Slots: 1 << 30})
		for b.Loop() {
			q.TryEnter()
			q.Leave()
		}
	})
	b.Run("waiting", func(b *testing.B) {
		q := New(Options{Slots: 1})
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if q.Enter(context.Background(), a, nil) == nil {
					q.Leave()
				}
			}
		})
	})
}

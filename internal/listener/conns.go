package listener

import (
	"context"
	"sync"
)

// connSet is the set of open TCP connections, with a count of QUIC connections.
type connSet struct {
	mu     sync.Mutex
	open   map[*tracked]struct{}
	quic   int
	closed bool
	empty  chan struct{} // closed when open becomes empty; nil unless someone waits
}

// tracked is a TCP connection while it is open. On shutdown wake is called to end a wait in
// which no request is under way, and cut to end everything; both are guarded by the set's
// mutex.
type tracked struct {
	set       *connSet
	wake, cut func()
}

// add tracks a connection that close closes, or returns nil when max are open or the set is
// closed. close may be called more than once.
func (s *connSet) add(close func(), max int) *tracked {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.open)+s.quic >= max {
		return nil
	}
	t := &tracked{set: s, wake: close, cut: close} // until it has shaken hands there is no request to wait for
	if s.open == nil {
		s.open = map[*tracked]struct{}{}
	}
	s.open[t] = struct{}{}
	return t
}

func (s *connSet) addQUIC(max int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.open)+s.quic >= max {
		return false
	}
	s.quic++
	return true
}

func (s *connSet) quicCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.quic
}

func (s *connSet) removeQUIC() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quic--
}

// onWake sets what ends an idle wait of t.
func (t *tracked) onWake(wake func()) {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	t.wake = wake
}

// done forgets the connection, which has been closed.
func (t *tracked) done() {
	s := t.set
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, t)
	if len(s.open) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// wakeIdle ends the idle waits of all connections.
func (s *connSet) wakeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.open {
		t.wake()
	}
}

// wait returns when no TCP connection is open or ctx ends.
func (s *connSet) wait(ctx context.Context) {
	s.mu.Lock()
	if len(s.open) == 0 {
		s.mu.Unlock()
		return
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	empty := s.empty
	s.mu.Unlock()
	select {
	case <-empty:
	case <-ctx.Done():
	}
}

// closeAll cuts every TCP connection and takes no more.
func (s *connSet) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for t := range s.open {
		t.cut()
	}
}

package node

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/warmfront/warmfront/internal/clock"
	"github.com/warmfront/warmfront/internal/opsapi"
	"github.com/warmfront/warmfront/internal/state"
)

// setClocks keeps the real clock, for what its owner would be locked out by or others must agree
// on: dates in signed headers, origins' clocks, disks. With a test clock, everything else
// follows that.
func (n *Node) setClocks() {
	n.real = n.o.Now
	if n.config.TestClock {
		n.clock = clock.New(n.o.Now)
		n.o.Now = n.clock.Now
		n.config.ConfigMaxAge = 0   // a moved clock makes no configuration old, and control is here
		n.config.CacheDiskBytes = 0 // after a restart the clock may stand before what was stored
	}
}

// shift is how far origins' dates are from the node's clock; nil for not at all.
func (n *Node) shift() func() time.Duration {
	if n.clock == nil {
		return nil
	}
	return n.clock.Offset
}

// testClock is the clock as the operations API moves it; nil unless it may.
func (n *Node) testClock() opsapi.Clock {
	if n.clock == nil {
		return nil
	}
	return movable{n}
}

type movable struct{ node *Node }

// settleTime bounds how long a change of the clock waits for fetches under way.
const settleTime = time.Second

// Read implements opsapi.Clock.
func (m movable) Read() clock.Reading { return m.node.clock.Read() }

// Change implements opsapi.Clock. Answers may have gone out before the cache has put them away;
// what it still does belongs to the time before.
func (m movable) Change(ctx context.Context, ch clock.Change) (clock.Reading, error) {
	for end := time.Now().Add(settleTime); !m.node.Settled() && time.Now().Before(end); {
		if !pause(ctx, time.Millisecond) {
			break
		}
	}
	return m.node.clock.Change(ch)
}

// ids are what ids are made of: a repeatable sequence with a test seed, chance without. Started
// again on the same state, the sequence is another one, so that no id comes twice.
func (n *Node) ids(ctx context.Context, s *state.Store) (io.Reader, error) {
	if n.config.TestSeed == "" {
		return nil, nil
	}
	_, _, revision, err := s.Edges(ctx)
	if err != nil {
		return nil, err
	}
	seed := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(n.config.TestSeed), uint64(revision)))
	return &lockedReader{from: rand.NewChaCha8(seed)}, nil
}

// lockedReader lets several goroutines read from one source.
type lockedReader struct {
	mu   sync.Mutex
	from io.Reader
}

// Read implements io.Reader.
func (r *lockedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from.Read(p)
}

package edge

import (
	"bytes"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/warmfront/warmfront/signedurl"
)

const (
	memoShards = 32
	// memoOverhead is about what an entry costs besides its bytes.
	memoOverhead = 256
	// smallPart of a shard's bytes are for signatures on probation.
	smallPart = 10
	// maxUses is up to what uses count: so often an entry is passed over before it goes.
	maxUses = 3
)

// memo remembers signatures that have been verified, so that a player fetching a film in
// pieces pays for one verification. Only successes enter, so bad signatures push nothing out,
// and those that are used once push out each other: the eviction is S3-FIFO (Yang et al., SOSP
// 2023). An entry is found by a keyed hash and then compared in full. Safe for concurrent use.
type memo struct {
	seed   maphash.Seed
	limit  int64 // bytes a shard
	shards [memoShards]memoShard
}

type memoShard struct {
	mu      sync.RWMutex
	entries map[uint64]*memoEntry // guarded by mu
	small   memoQueue             // guarded by mu; those that have not been used again yet
	main    memoQueue             // guarded by mu
	ghosts  []uint64              // guarded by mu; sums that lately left small, each at its own place
}

// memoQueue is a queue of entries, oldest first.
type memoQueue struct {
	list  []*memoEntry
	bytes int64
}

// memoEntry is one verified signature and the policy its text holds.
type memoEntry struct {
	sum         uint64
	fingerprint [32]byte
	hash        signedurl.Hash
	canned      bool
	text        []byte // policy, then signature
	policyLen   int
	policy      signedurl.Policy
	uses        atomic.Int32 // since it was last passed over, up to maxUses
}

// newMemo holds up to limit bytes; none when limit is negative.
func newMemo(limit int64) *memo {
	m := &memo{seed: maphash.MakeSeed(), limit: limit / memoShards}
	for i := range m.shards {
		m.shards[i].entries = map[uint64]*memoEntry{}
		m.shards[i].ghosts = make([]uint64, max(m.limit, 0)/1024+1)
	}
	return m
}

// sum is the hash under which a message is looked for.
func (m *memo) sum(msg *signedurl.Message) uint64 {
	sum := maphash.Bytes(m.seed, msg.Signature)*3 + maphash.Bytes(m.seed, msg.Policy)
	if msg.Canned { // the same text may come as a policy
		sum++
	}
	return sum
}

// get returns the policy of a message that has been verified under key, nil when it is not
// known. The policy must not be changed.
func (m *memo) get(sum uint64, key *signedurl.PublicKey, msg *signedurl.Message) *signedurl.Policy {
	s := &m.shards[sum%memoShards]
	s.mu.RLock()
	e := s.entries[sum]
	s.mu.RUnlock()
	if e == nil || !e.is(key, msg) {
		return nil
	}
	if n := e.uses.Load(); n < maxUses {
		e.uses.Store(n + 1)
	}
	return &e.policy
}

func (e *memoEntry) is(key *signedurl.PublicKey, msg *signedurl.Message) bool {
	return e.fingerprint == key.Fingerprint() && e.hash == msg.Hash && e.canned == msg.Canned &&
		bytes.Equal(e.text[:e.policyLen], msg.Policy) && bytes.Equal(e.text[e.policyLen:], msg.Signature)
}

func (e *memoEntry) cost() int64 { return int64(len(e.text)+len(e.policy.Resource)) + memoOverhead }

// put remembers a verified message.
func (m *memo) put(sum uint64, key *signedurl.PublicKey, msg *signedurl.Message, policy signedurl.Policy) {
	e := &memoEntry{sum: sum, fingerprint: key.Fingerprint(), hash: msg.Hash, canned: msg.Canned, policyLen: len(msg.Policy), policy: policy}
	e.text = append(append(make([]byte, 0, len(msg.Policy)+len(msg.Signature)), msg.Policy...), msg.Signature...)
	if e.cost() > m.limit {
		return
	}
	s := &m.shards[sum%memoShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries[sum] != nil {
		return // by another request at the same time
	}
	s.entries[sum] = e
	if ghost := s.ghost(sum); *ghost == sum {
		*ghost = 0
		s.main.push(e)
	} else {
		s.small.push(e)
	}
	for s.small.bytes+s.main.bytes > m.limit {
		s.evict(m.limit)
	}
}

// ghost is where sum is written when it leaves small. Caller holds mu.
func (s *memoShard) ghost(sum uint64) *uint64 {
	return &s.ghosts[sum/memoShards%uint64(len(s.ghosts))]
}

// evict makes room: of entries on probation as long as they have more than their part, else of
// those that proved useful. Caller holds mu, and there are entries.
func (s *memoShard) evict(limit int64) {
	for len(s.small.list) > 0 && (s.small.bytes > limit/smallPart || len(s.main.list) == 0) {
		e := s.small.pop()
		if e.uses.Swap(0) == 0 {
			*s.ghost(e.sum) = e.sum
			delete(s.entries, e.sum)
			return
		}
		s.main.push(e)
	}
	for {
		e := s.main.pop()
		if n := e.uses.Load(); n > 0 {
			e.uses.Store(n - 1)
			s.main.push(e)
			continue
		}
		delete(s.entries, e.sum)
		return
	}
}

func (q *memoQueue) push(e *memoEntry) {
	q.list = append(q.list, e)
	q.bytes += e.cost()
}

func (q *memoQueue) pop() *memoEntry {
	e := q.list[0]
	q.list[0] = nil
	q.list = q.list[1:]
	q.bytes -= e.cost()
	return e
}

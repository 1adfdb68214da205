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
)

// memo remembers signatures that have been verified, so that a player fetching a film in
// pieces pays for one verification. Only successes enter, so bad signatures push nothing out.
// An entry is found by a keyed hash and then compared in full. Safe for concurrent use.
type memo struct {
	seed   maphash.Seed
	limit  int64 // bytes a shard
	shards [memoShards]memoShard
}

type memoShard struct {
	mu      sync.RWMutex
	entries map[uint64]*memoEntry // guarded by mu
	queue   []*memoEntry          // guarded by mu; oldest first
	bytes   int64                 // guarded by mu
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
	used        atomic.Bool // since it was last passed over
}

// newMemo holds up to limit bytes; none when limit is negative.
func newMemo(limit int64) *memo {
	m := &memo{seed: maphash.MakeSeed(), limit: limit / memoShards}
	for i := range m.shards {
		m.shards[i].entries = map[uint64]*memoEntry{}
	}
	return m
}

// sum is the hash under which a message is looked for.
func (m *memo) sum(key *signedurl.PublicKey, msg *signedurl.Message) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	fingerprint := key.Fingerprint()
	h.Write(fingerprint[:])
	h.WriteByte(byte(msg.Hash))
	h.Write(msg.Policy)
	h.Write(msg.Signature)
	return h.Sum64()
}

// get returns the policy of a message that has been verified under key.
func (m *memo) get(sum uint64, key *signedurl.PublicKey, msg *signedurl.Message) (signedurl.Policy, bool) {
	s := &m.shards[sum%memoShards]
	s.mu.RLock()
	e := s.entries[sum]
	s.mu.RUnlock()
	if e == nil || !e.is(key, msg) {
		return signedurl.Policy{}, false
	}
	if !e.used.Load() {
		e.used.Store(true)
	}
	return e.policy, true
}

func (e *memoEntry) is(key *signedurl.PublicKey, msg *signedurl.Message) bool {
	return e.fingerprint == key.Fingerprint() && e.hash == msg.Hash && e.canned == msg.Canned &&
		bytes.Equal(e.text[:e.policyLen], msg.Policy) && bytes.Equal(e.text[e.policyLen:], msg.Signature)
}

// put remembers a verified message.
func (m *memo) put(sum uint64, key *signedurl.PublicKey, msg *signedurl.Message, policy signedurl.Policy) {
	cost := int64(len(msg.Policy)+len(msg.Signature)+len(policy.Resource)) + memoOverhead
	if cost > m.limit {
		return
	}
	e := &memoEntry{sum: sum, fingerprint: key.Fingerprint(), hash: msg.Hash, canned: msg.Canned, policyLen: len(msg.Policy), policy: policy}
	e.text = append(append(make([]byte, 0, len(msg.Policy)+len(msg.Signature)), msg.Policy...), msg.Signature...)
	s := &m.shards[sum%memoShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries[sum] != nil {
		return
	}
	s.entries[sum] = e
	s.queue = append(s.queue, e)
	for s.bytes += cost; s.bytes > m.limit; {
		s.evict()
	}
}

// evict removes the oldest entry that was not used since it was last passed over. Caller holds
// mu.
func (s *memoShard) evict() {
	for {
		e := s.queue[0]
		s.queue = s.queue[1:]
		if e.used.Swap(false) {
			s.queue = append(s.queue, e)
			continue
		}
		delete(s.entries, e.sum)
		s.bytes -= int64(len(e.text)+len(e.policy.Resource)) + memoOverhead
		return
	}
}

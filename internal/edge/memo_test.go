package edge

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/warmfront/warmfront/signedurl"
)

// memoOf is a memo with room for about n of the messages of memoMessage in each shard.
func memoOf(n int64) *memo { return newMemo(memoShards * n * (memoOverhead + 266)) }

func memoMessage(i int) *signedurl.Message {
	msg := &signedurl.Message{Policy: fmt.Appendf(nil, "policy %d", i), Signature: make([]byte, 256)}
	rand.Read(msg.Signature)
	return msg
}

func memoKey(t testing.TB) *signedurl.PublicKey {
	t.Helper()
	public, err := signedurl.NewPublicKey(&newRSA(t).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func (m *memo) count() (entries int, bytes int64) {
	for i := range m.shards {
		s := &m.shards[i]
		entries += len(s.entries)
		bytes += s.small.bytes + s.main.bytes
	}
	return entries, bytes
}

func TestMemoComparesInFull(t *testing.T) {
	t.Parallel()
	key, other := memoKey(t), memoKey(t)
	m := memoOf(8)
	first := memoMessage(0)
	sum := m.sum(first)
	if m.get(sum, key, first) != nil {
		t.Fatal("found in an empty memo")
	}
	m.put(sum, key, first, signedurl.Policy{Resource: "r"})
	if p := m.get(sum, key, first); p == nil || p.Resource != "r" {
		t.Fatal("not found")
	}
	if m.get(sum, other, first) != nil {
		t.Error("found under another key")
	}
	for name, change := range map[string]func(*signedurl.Message){
		"signature": func(c *signedurl.Message) { c.Signature = append([]byte{c.Signature[0] ^ 1}, c.Signature[1:]...) },
		"policy":    func(c *signedurl.Message) { c.Policy = []byte("policy 1") },
		"hash":      func(c *signedurl.Message) { c.Hash = signedurl.SHA256 },
		"canned":    func(c *signedurl.Message) { c.Canned = true },
		"border": func(c *signedurl.Message) {
			c.Policy = append([]byte("policy 0"), c.Signature[0])
			c.Signature = c.Signature[1:]
		},
	} {
		changed := *first
		change(&changed)
		if m.get(sum, key, &changed) != nil {
			t.Errorf("found with another %s under the same hash", name)
		}
	}
	canned := *first
	canned.Canned = true
	m.put(m.sum(&canned), key, &canned, signedurl.Policy{})
	if m.get(m.sum(&canned), key, &canned) == nil || m.get(sum, key, first) == nil {
		t.Error("a policy sent and the same one rebuilt are not remembered beside each other")
	}
}

func TestMemoIsBounded(t *testing.T) {
	t.Parallel()
	key := memoKey(t)
	m := memoOf(16)
	for i := range 10_000 {
		msg := memoMessage(i)
		m.put(m.sum(msg), key, msg, signedurl.Policy{})
	}
	entries, bytes := m.count()
	if bytes > m.limit*memoShards || entries < 14*memoShards {
		t.Errorf("%d entries of %d bytes, at most %d", entries, bytes, m.limit*memoShards)
	}
	for i := range m.shards {
		s := &m.shards[i]
		if n := len(s.small.list) + len(s.main.list); n != len(s.entries) {
			t.Errorf("shard %d: %d entries, %d queued", i, len(s.entries), n)
		}
	}
	none, first := newMemo(-1), memoMessage(0)
	none.put(none.sum(first), key, first, signedurl.Policy{})
	if none.get(none.sum(first), key, first) != nil {
		t.Error("a memo of nothing remembers")
	}
}

// What is used stays, however many others are seen once: a crawler, or somebody trying links.
func TestMemoResistsScans(t *testing.T) {
	t.Parallel()
	key := memoKey(t)
	m := memoOf(32)
	var useful []*signedurl.Message
	for i := range 200 {
		msg := memoMessage(i)
		m.put(m.sum(msg), key, msg, signedurl.Policy{})
		m.get(m.sum(msg), key, msg)
		useful = append(useful, msg)
	}
	for i := range 100_000 {
		msg := memoMessage(i)
		m.put(m.sum(msg), key, msg, signedurl.Policy{})
		if i%1000 == 0 { // now and then
			for _, u := range useful {
				m.get(m.sum(u), key, u)
			}
		}
	}
	kept := 0
	for _, u := range useful {
		if m.get(m.sum(u), key, u) != nil {
			kept++
		}
	}
	if kept < 195 { // a few may meet their own kind in one shard
		t.Errorf("%d of 200 are left after a scan of a hundred times the room", kept)
	}
}

// A signature that comes back soon after it was pushed out is not on probation again.
func TestMemoTakesGhostsBack(t *testing.T) {
	t.Parallel()
	key := memoKey(t)
	m := memoOf(16)
	msg := memoMessage(0)
	sum := m.sum(msg)
	s := &m.shards[sum%memoShards]
	m.put(sum, key, msg, signedurl.Policy{})
	for i := 1; s.entries[sum] != nil; i++ {
		other := memoMessage(i)
		m.put(m.sum(other), key, other, signedurl.Policy{})
	}
	m.put(sum, key, msg, signedurl.Policy{})
	if len(s.main.list) == 0 || s.main.list[len(s.main.list)-1].sum != sum {
		t.Error("it is on probation again")
	}
}

// Bad signatures leave nothing behind and push nothing out.
func TestMemoUnderForgery(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	good := w.sign("/private/x", signedurl.Policy{})
	w.do(get(good)).expect(t, 200, "Miss", "/private/x")
	for i := range 200 {
		w.do(get(fmt.Sprintf("/private/x?Expires=2000000000&Signature=AAAA%04d&Key-Pair-Id=APKATEST", i)))
	}
	if n, _ := w.edge.memo.count(); n != 1 {
		t.Errorf("%d entries", n)
	}
	w.do(get(good)).expect(t, 200, "Hit", "/private/x")
}

func TestMemoHitAllocatesNothing(t *testing.T) {
	key := memoKey(t)
	m := memoOf(16)
	msg := memoMessage(0)
	m.put(m.sum(msg), key, msg, signedurl.Policy{Resource: "r"})
	if n := testing.AllocsPerRun(100, func() {
		if m.get(m.sum(msg), key, msg) == nil {
			t.Fatal("not found")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMemoHit(b *testing.B) {
	key := memoKey(b)
	m := memoOf(16)
	msg := memoMessage(0)
	msg.Policy = make([]byte, 150)
	m.put(m.sum(msg), key, msg, signedurl.Policy{})
	b.ReportAllocs()
	for b.Loop() {
		if m.get(m.sum(msg), key, msg) == nil {
			b.Fatal("not found")
		}
	}
}

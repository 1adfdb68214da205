package trace

import (
	"container/list"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/maypok86/otter/v2"
)

// Policy is a cache bounded in bytes that decides what stays. It has one user.
type Policy interface {
	// Access asks for an object, which is stored on a miss, and reports a hit.
	Access(o Object) (hit bool)
}

// Maker makes a policy that holds at most capacity bytes, each object costing overhead beside its
// size.
type Maker struct {
	Name string
	New  func(capacity, overhead int64) Policy
}

// Peers are the policies the cache is compared with.
func Peers() []Maker {
	return []Maker{
		{"LRU", newLRU},
		{"FIFO", func(c, o int64) Policy { return &queue{capacity: c, overhead: o, at: map[Object]*list.Element{}} }},
		{"SIEVE", func(c, o int64) Policy {
			return &queue{capacity: c, overhead: o, at: map[Object]*list.Element{}, sieve: true}
		}},
		{"S3-FIFO", newS3FIFO},
		{"W-TinyLFU", newTinyLFU},
	}
}

// lru is HashiCorp's, which counts entries, bounded in bytes.
type lru struct {
	cache              *simplelru.LRU[Object, struct{}]
	capacity, overhead int64
	used               int64
}

func newLRU(capacity, overhead int64) Policy {
	l := &lru{capacity: capacity, overhead: overhead}
	l.cache, _ = simplelru.NewLRU(1<<40, func(o Object, _ struct{}) { l.used -= o.Size + overhead }) // fails for sizes below 1 only
	return l
}

func (l *lru) Access(o Object) bool {
	if _, hit := l.cache.Get(o); hit {
		return true
	}
	if o.Size+l.overhead > l.capacity {
		return false
	}
	for l.used += o.Size + l.overhead; l.used > l.capacity; {
		l.cache.RemoveOldest()
	}
	l.cache.Add(o, struct{}{})
	return false
}

// queue is FIFO, or SIEVE (Zhang et al., NSDI 2024): a queue in order of insertion whose hand
// spares once what was asked for since it last came by.
type queue struct {
	capacity, overhead int64
	sieve              bool
	used               int64
	order              list.List // of *queued, newest first
	at                 map[Object]*list.Element
	hand               *list.Element
}

type queued struct {
	Object
	asked int // since it came in, or since it was last spared; at most 3
}

func (q *queue) Access(o Object) bool {
	if e := q.at[o]; e != nil {
		e.Value.(*queued).asked = 1
		return true
	}
	if o.Size+q.overhead > q.capacity {
		return false
	}
	for q.used += o.Size + q.overhead; q.used > q.capacity; {
		q.evict()
	}
	q.at[o] = q.order.PushFront(&queued{Object: o})
	return false
}

func (q *queue) evict() {
	e := q.order.Back()
	if q.sieve {
		if q.hand != nil {
			e = q.hand
		}
		for e.Value.(*queued).asked > 0 {
			e.Value.(*queued).asked = 0
			if e = e.Prev(); e == nil {
				e = q.order.Back()
			}
		}
		q.hand = e.Prev()
	}
	o := q.order.Remove(e).(*queued)
	delete(q.at, o.Object)
	q.used -= o.Size + q.overhead
}

// tinyLFU is otter's W-TinyLFU (Einziger et al., ACM Transactions on Storage 2017) by itself,
// with its maintenance at once rather than behind.
type tinyLFU struct {
	cache *otter.Cache[Object, struct{}]
}

func newTinyLFU(capacity, overhead int64) Policy {
	return &tinyLFU{otter.Must(&otter.Options[Object, struct{}]{
		MaximumWeight: uint64(capacity),
		Weigher:       func(o Object, _ struct{}) uint32 { return uint32(o.Size + overhead) },
		Executor:      func(f func()) { f() },
	})}
}

func (t *tinyLFU) Access(o Object) bool {
	_, hit := t.cache.GetIfPresent(o)
	if !hit {
		t.cache.Set(o, struct{}{})
	}
	return hit
}

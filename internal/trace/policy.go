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

// Cost is what an object counts for a cache's bound.
type Cost func(Object) int64

// Maker makes a policy that holds at most capacity bytes.
type Maker struct {
	Name string
	New  func(capacity int64, cost Cost) Policy
}

// Peers are the policies the cache is compared with.
func Peers() []Maker {
	return []Maker{
		{"LRU", newLRU},
		{"FIFO", func(capacity int64, cost Cost) Policy {
			return &queue{capacity: capacity, cost: cost, at: map[Object]*list.Element{}}
		}},
		{"SIEVE", func(capacity int64, cost Cost) Policy {
			return &queue{capacity: capacity, cost: cost, at: map[Object]*list.Element{}, sieve: true}
		}},
		{"S3-FIFO", newS3FIFO},
		{"W-TinyLFU", newTinyLFU},
	}
}

// lru is HashiCorp's, which counts entries, bounded in bytes.
type lru struct {
	cache          *simplelru.LRU[Object, struct{}]
	cost           Cost
	capacity, used int64
}

func newLRU(capacity int64, cost Cost) Policy {
	l := &lru{capacity: capacity, cost: cost}
	l.cache, _ = simplelru.NewLRU(1<<40, func(o Object, _ struct{}) { l.used -= cost(o) }) // fails for sizes below 1 only
	return l
}

func (l *lru) Access(o Object) bool {
	if _, hit := l.cache.Get(o); hit {
		return true
	}
	if l.cost(o) > l.capacity {
		return false
	}
	for l.used += l.cost(o); l.used > l.capacity; {
		l.cache.RemoveOldest()
	}
	l.cache.Add(o, struct{}{})
	return false
}

// queue is FIFO, or SIEVE (Zhang et al., NSDI 2024): a queue in order of insertion whose hand
// spares once what was asked for since it last came by.
type queue struct {
	cost           Cost
	capacity, used int64
	sieve          bool
	order          list.List // of *queued, newest first
	at             map[Object]*list.Element
	hand           *list.Element
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
	if q.cost(o) > q.capacity {
		return false
	}
	for q.used += q.cost(o); q.used > q.capacity; {
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
	q.used -= q.cost(o.Object)
}

// tinyLFU is otter's W-TinyLFU (Einziger et al., ACM Transactions on Storage 2017) by itself,
// with its maintenance at once rather than behind.
type tinyLFU struct {
	cache *otter.Cache[Object, struct{}]
}

func newTinyLFU(capacity int64, cost Cost) Policy {
	return &tinyLFU{otter.Must(&otter.Options[Object, struct{}]{
		MaximumWeight: uint64(capacity),
		Weigher:       func(o Object, _ struct{}) uint32 { return uint32(cost(o)) },
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

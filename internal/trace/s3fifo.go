package trace

import "container/list"

// s3fifo is S3-FIFO (Yang et al., SOSP 2023): a small queue on probation that holds a tenth, a
// main queue that spares what was asked for, and the names of what left the small one.
type s3fifo struct {
	capacity           int64
	cost               Cost
	small, main, ghost fifo
}

type fifo struct {
	order list.List // of *queued, newest first
	at    map[Object]*list.Element
	used  int64
}

func newS3FIFO(capacity int64, cost Cost) Policy {
	s := &s3fifo{capacity: capacity, cost: cost}
	for _, f := range []*fifo{&s.small, &s.main, &s.ghost} {
		f.at = map[Object]*list.Element{}
	}
	return s
}

func (f *fifo) push(o Object, cost int64) {
	f.at[o] = f.order.PushFront(&queued{Object: o})
	f.used += cost
}

func (f *fifo) drop(e *list.Element, cost Cost) *queued {
	o := f.order.Remove(e).(*queued)
	delete(f.at, o.Object)
	f.used -= cost(o.Object)
	return o
}

func (s *s3fifo) Access(o Object) bool {
	for _, f := range []*fifo{&s.small, &s.main} {
		if e := f.at[o]; e != nil {
			q := e.Value.(*queued)
			q.asked = min(q.asked+1, 3)
			return true
		}
	}
	cost := s.cost(o)
	if cost > s.capacity {
		return false
	}
	for s.small.used+s.main.used+cost > s.capacity {
		s.evict()
	}
	if e := s.ghost.at[o]; e != nil {
		s.ghost.drop(e, s.cost)
		s.main.push(o, cost)
	} else {
		s.small.push(o, cost)
	}
	return false
}

// evict makes some room, or moves an object on.
func (s *s3fifo) evict() {
	if s.small.order.Len() > 0 && (s.small.used > s.capacity/10 || s.main.order.Len() == 0) {
		o := s.small.drop(s.small.order.Back(), s.cost)
		if o.asked > 1 {
			s.main.push(o.Object, s.cost(o.Object))
			return
		}
		s.ghost.push(o.Object, s.cost(o.Object))
		for s.ghost.used > s.capacity-s.capacity/10 {
			s.ghost.drop(s.ghost.order.Back(), s.cost)
		}
		return
	}
	e := s.main.order.Back()
	if o := e.Value.(*queued); o.asked > 0 {
		o.asked--
		s.main.order.MoveToFront(e)
		return
	}
	s.main.drop(e, s.cost)
}

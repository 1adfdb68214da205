package fairqueue

import (
	"net/netip"
	"time"
)

// join puts a waiter at the end of its source's line. When all places are taken, the last of the
// longest line gives way to a source that has at least two fewer.
func (q *Queue) join(source netip.Prefix) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lines[source]
	length := 0
	if l != nil {
		length = l.list.Len()
	}
	if length >= q.o.MaxPerSource {
		return nil, ErrFull
	}
	if q.waiting >= q.o.MaxWaiting {
		longest := q.longest()
		if longest == nil || longest.list.Len() < length+2 {
			return nil, ErrFull
		}
		q.tell(longest.list.Back().Value.(*waiter), false)
	}
	if l == nil {
		l = &line{source: source}
		l.at = q.order.PushBack(l)
		q.lines[source] = l
	}
	w := &waiter{line: l, told: make(chan bool, 1)}
	w.at = l.list.PushBack(w)
	q.waiting++
	q.handOut()
	return w, nil
}

// longest is the longest line. Caller holds mu.
func (q *Queue) longest() *line {
	var longest *line
	for at := q.order.Front(); at != nil; at = at.Next() {
		if l := at.Value.(*line); longest == nil || l.list.Len() > longest.list.Len() {
			longest = l
		}
	}
	return longest
}

// tell takes w out of its line and tells it how its waiting ended. Caller holds mu.
func (q *Queue) tell(w *waiter, turn bool) {
	q.remove(w)
	w.told <- turn
}

// remove takes w out of its line. Caller holds mu.
func (q *Queue) remove(w *waiter) {
	l := w.line
	l.list.Remove(w.at)
	w.at = nil
	if q.waiting--; l.list.Len() == 0 {
		q.order.Remove(l.at)
		delete(q.lines, l.source)
	}
}

// quit ends w's waiting, and its turn if it has just been given one.
func (q *Queue) quit(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.at != nil {
		q.remove(w)
		return
	}
	if turn := <-w.told; turn {
		q.running--
		q.handOut()
	}
}

// handOut gives the turns that are free and left of this round to those who wait, one for each
// source in turn, and sees to the next round. Caller holds mu.
func (q *Queue) handOut() {
	for !q.pacing && q.waiting > 0 && q.running < q.o.Slots && q.spent < batch*q.o.Slots {
		l := q.order.Front().Value.(*line)
		q.order.MoveToBack(l.at)
		q.running++
		q.spent++
		q.tell(l.list.Front().Value.(*waiter), true)
	}
	q.startPacing()
}

// startPacing makes sure that another round begins, if one is waited for. Caller holds mu.
func (q *Queue) startPacing() {
	if q.pacing || q.waiting == 0 || q.running >= q.o.Slots {
		return
	}
	q.pacing = true
	go q.pace()
}

// pace begins a round after others have run.
func (q *Queue) pace() {
	q.yield.toOthers()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pacing, q.spent, q.fresh = false, 0, time.Now()
	q.handOut()
}

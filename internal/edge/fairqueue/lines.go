package fairqueue

import (
	"net/netip"
	"time"
)

// join puts a ticket at the end of its source's line and reports whether there is a place. When
// all are taken, the last of the longest line gives way to a source that has at least two fewer.
// Caller holds mu.
func (q *Queue) join(source netip.Prefix, t *Ticket) bool {
	l := q.lines[source]
	length := 0
	if l != nil {
		length = l.list.Len()
	}
	if length >= q.o.MaxPerSource {
		return false
	}
	if q.waiting >= q.o.MaxWaiting {
		longest := q.longest()
		if longest == nil || longest.list.Len() < length+2 {
			return false
		}
		q.call(longest.list.Back().Value.(*Ticket), false)
	}
	if l == nil {
		l = &line{source: source}
		l.at = q.order.PushBack(l)
		q.lines[source] = l
	}
	t.line, t.at = l, l.list.PushBack(t)
	q.waiting++
	return true
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

// call takes t out of its line and ends its waiting. Caller holds mu.
func (q *Queue) call(t *Ticket, turn bool) {
	q.remove(t)
	t.turn = turn
	t.called()
}

// remove takes t out of its line. Caller holds mu.
func (q *Queue) remove(t *Ticket) {
	l := t.line
	l.list.Remove(t.at)
	t.at = nil
	if q.waiting--; l.list.Len() == 0 {
		q.order.Remove(l.at)
		delete(q.lines, l.source)
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
		q.call(l.list.Front().Value.(*Ticket), true)
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

package h2

import "time"

// maxEarlyBytes of a body are taken in before it is answered early.
const maxEarlyBytes = streamWindow

// awaitEnd waits, before an answer to a request whose body nobody has read, for the rest of the
// request: it is usually on its way already. A viewer that ends it is not reset, and one that
// breaks the protocol meanwhile is told so rather than answered. It gives up after EarlyWait, at a
// body that is long, and at once where the viewer waits for 100 Continue.
func (st *stream) awaitEnd() {
	c, b := st.c, &st.body
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.recvDone || c.s.o.EarlyWait == 0 || b.expected || b.served || b.wake != nil {
		return
	}
	b.served, b.wake = true, make(chan struct{}, 1)
	timer := time.NewTimer(c.s.o.EarlyWait)
	defer timer.Stop()
	for !st.recvDone && c.sendable(st) == nil && b.got < maxEarlyBytes {
		announced := c.giveBack(st, b.discard())
		c.mu.Unlock()
		if announced {
			c.flush(false)
		}
		late := false
		select {
		case <-b.wake:
		case <-timer.C:
			late = true
		}
		if c.mu.Lock(); late {
			return
		}
	}
}

package h2

import (
	"errors"

	"golang.org/x/net/http2"

	"github.com/warmfront/warmfront/internal/edge"
)

// stream is one request and its response; it implements edge.Responder. Streams answered in
// the loop are reused.
type stream struct {
	c    *Conn
	id   uint32
	head head
	// arena is what strings of head are made of; the edge knows that they die with the request.
	arena []byte
	req   edge.Request
	body  body
	gone  func() bool

	// Of the loop that reads.
	selfish     bool // depends on itself
	inTrailers  bool
	trailersEnd bool // the stream, as they must
	discard     bool // only there to be decoded
	refusal     int  // status that keeps the request from the edge, or 0

	inline    bool // in the hands of the loop
	pumped    bool // and of a goroutine: never used again
	responded bool

	// Guarded by c.mu.
	window   int64 // for its body to the peer
	received int64 // of streamWindow: taken up and not announced anew
	consumed int64 // of that, free again
	recvDone bool  // the request is whole
	sendDone bool  // the response is
	err      error // why it has ended before
	moved    bool  // since it was last looked at
	rest     []byte
	sent     int64
	done     func(sent int64, err error)
	wake     chan struct{} // of who waits to write; nil until someone does
}

// ending is a response's Done to be called.
type ending struct {
	done func(int64, error)
	sent int64
	err  error
}

var (
	errReset    = errors.New("the viewer has reset the stream")
	errOurReset = errors.New("the stream has been reset")
	errServed   = errors.New("the request has been served")
)

// endedStreams is how many ended streams are remembered, to tell late frames from wrong ones.
const endedStreams = 128

// maxArena is the room for strings that a stream keeps for its next request.
const maxArena = 4 << 10

func newStream() *stream {
	st := &stream{arena: make([]byte, 0, 1<<10)}
	st.gone = st.isGone
	return st
}

// begin makes st the stream id of c.
func (st *stream) begin(c *Conn, id uint32) {
	st.c, st.id = c, id
	st.head.reset(c.s.o.MaxHeadBytes)
}

// recycle gives st back.
func (st *stream) recycle() {
	s, h, arena, gone := st.c.s, st.head, st.arena, st.gone
	h.reset(0)
	*st = stream{head: h, arena: arena[:0], gone: gone}
	if cap(arena) > maxArena {
		st.arena = nil
	}
	s.streams.Put(st)
}

func (st *stream) isGone() bool {
	st.c.mu.Lock()
	defer st.c.mu.Unlock()
	return st.err != nil
}

// add makes st known. Caller holds mu.
func (c *Conn) add(st *stream) {
	if c.dead != nil {
		c.abort(st, c.dead)
		return
	}
	if c.streams == nil {
		c.streams = map[uint32]*stream{}
	}
	c.streams[st.id] = st
}

// reset ends a stream at once and tells the peer why. Caller holds mu.
func (c *Conn) reset(st *stream, code http2.ErrCode) {
	if st.err != nil || st.sendDone && st.recvDone {
		return
	}
	c.out = appendReset(c.buffer(), st.id, code)
	c.abort(st, errOurReset)
	c.remove(st, true)
}

// abort makes everything that is done for st fail. Caller holds mu.
func (c *Conn) abort(st *stream, err error) {
	if st.err != nil {
		return
	}
	st.err = err
	c.complete(st, err)
	for i, q := range c.queue {
		if q == st {
			c.queue = append(c.queue[:i], c.queue[i+1:]...)
			break
		}
	}
	st.rest = nil
	st.notify()
	st.body.notify()
}

// complete has the response's Done called once mu is released. Caller holds mu.
func (c *Conn) complete(st *stream, err error) {
	if st.done != nil {
		c.endings = append(c.endings, ending{st.done, st.sent, err})
		st.done = nil
	}
}

// endSend ends the response. What the peer still has to say is not wanted any more. Caller
// holds mu.
func (c *Conn) endSend(st *stream) {
	st.sendDone = true
	c.calm.credit.Add(1)
	if !st.recvDone {
		c.out = appendReset(c.buffer(), st.id, http2.ErrCodeNo)
		st.err = errServed
		st.body.notify()
	}
	c.remove(st, !st.recvDone)
}

// endReceive ends the request. Caller holds mu.
func (c *Conn) endReceive(st *stream) {
	st.recvDone = true
	st.body.notify()
}

// remove forgets a stream that has ended. Caller holds mu.
func (c *Conn) remove(st *stream, reset bool) {
	delete(c.streams, st.id)
	c.note(st.id, reset)
	c.touched = true
	c.giveBack(nil, st.body.discard())
	c.finish()
}

// note remembers an ended stream. Caller holds mu.
func (c *Conn) note(id uint32, reset bool) {
	v := id << 1
	if reset {
		v |= 1
	}
	c.ended[c.endedNext%endedStreams] = v
	c.endedNext++
}

// wasReset looks a stream up among those that ended lately. Caller holds mu.
func (c *Conn) wasReset(id uint32) (reset, known bool) {
	for _, v := range &c.ended {
		if v>>1 == id {
			return v&1 != 0, true
		}
	}
	return false, false
}

// unlock releases mu and calls the Dones that have become due.
func (c *Conn) unlock() {
	for n := len(c.endings); n > 0; n = len(c.endings) {
		e := c.endings[n-1]
		c.endings[n-1] = ending{}
		c.endings = c.endings[:n-1]
		c.mu.Unlock()
		e.done(e.sent, e.err)
		c.mu.Lock()
	}
	c.mu.Unlock()
}

// notify wakes who waits to write. Caller holds c.mu.
func (st *stream) notify() {
	if st.wake != nil {
		select {
		case st.wake <- struct{}{}:
		default:
		}
	}
}

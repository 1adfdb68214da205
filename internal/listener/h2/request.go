package h2

import (
	"net/http"
	"strings"

	"golang.org/x/net/http2"

	"github.com/warmfront/warmfront/internal/edge"
)

// open begins a request whose header block is whole.
func (c *Conn) open(st *stream) error {
	st.head.finish()
	c.mu.Lock()
	c.last, c.touched = st.id, true
	final := c.final
	full := len(c.streams) >= c.s.o.MaxConcurrentStreams || c.running >= c.s.o.MaxConcurrentStreams
	st.window = c.peerStream
	c.mu.Unlock()
	code := http2.ErrCodeNo
	switch {
	case final: // the peer knows that it is not served
		st.recycle()
		return c.spend(1)
	case st.head.malformed != "" || st.selfish || st.recvDone && st.head.length > 0:
		code = http2.ErrCodeProtocol
	case full:
		code = http2.ErrCodeRefusedStream
	}
	if code != http2.ErrCodeNo {
		id := st.id
		st.recycle()
		return c.streamFault(id, code)
	}
	st.prepare()
	if st.refusal = st.judge(); st.refusal != 0 && st.recvDone {
		st.inline = true
		st.refuse(st.refusal)
		c.settle(st)
		return nil
	}
	if st.recvDone && c.s.o.Try != nil {
		st.inline = true
		if c.try(st) {
			c.settle(st)
			return nil
		}
		st.inline = false
	}
	c.start(st)
	return nil
}

// prepare fills st.req.
func (st *stream) prepare() {
	h, v := &st.head, &st.c.viewer
	st.req = edge.Request{
		Method: h.method, Host: h.authority, Target: h.path, Proto: edge.HTTP2, Header: h,
		Peer: v.Peer, Local: v.Local, TLS: v.TLS, Gone: st.gone,
	}
	if st.recvDone {
		return
	}
	st.body = body{st: st, length: h.length}
	if h.length != 0 {
		st.req.Body, st.req.ContentLength = &st.body, h.length
	}
}

// judge returns the status to refuse a request with that the edge must not see, or 0.
func (st *stream) judge() int {
	o := &st.c.s.o
	if st.head.tooLarge {
		return statusHeadTooLarge
	}
	if status := o.Check(&st.req); status != 0 {
		return status
	}
	if st.req.Body == nil {
		return 0
	}
	if st.head.length > o.MaxBodyBytes {
		return http.StatusRequestEntityTooLarge
	}
	if expect := st.head.Get("expect"); expect != "" {
		if !strings.EqualFold(expect, "100-continue") {
			return http.StatusExpectationFailed
		}
		st.body.expected = true
	}
	return 0
}

// refuse answers in the edge's place.
func (st *stream) refuse(status int) {
	page := st.c.s.o.Page(status)
	r := &edge.Response{Status: status, ContentLength: int64(len(page)), Fields: []edge.Field{
		{Name: "Server", Value: "CloudFront"}, {Name: "Content-Type", Value: "text/html"},
	}}
	if st.req.Method != http.MethodHead {
		r.Bytes = []byte(page)
	}
	st.Respond(r)
}

// try offers the request to the edge within the loop.
func (c *Conn) try(st *stream) (answered bool) {
	defer func() {
		if p := recover(); p != nil {
			c.s.o.Panicked(p)
			answered = true
			c.fault(st)
		}
	}()
	return c.s.o.Try.TryServe(&st.req, st)
}

// settle does with a stream whose answer has been given in the loop what is left to do.
func (c *Conn) settle(st *stream) {
	c.mu.Lock()
	if !st.responded && st.err == nil {
		c.reset(st, http2.ErrCodeInternal)
	}
	if st.sendDone || st.err != nil {
		c.unlock()
		if !st.pumped {
			st.recycle()
		}
		return
	}
	c.add(st)
	c.unlock()
}

// start hands the request to a goroutine.
func (c *Conn) start(st *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(st)
	c.running++
	go c.run(st)
}

// run serves a request in its own goroutine.
func (c *Conn) run(st *stream) {
	defer func() {
		p := recover()
		if p != nil {
			c.s.o.Panicked(p)
		}
		c.mu.Lock()
		c.running--
		st.body.served = true
		if p != nil || !st.responded {
			c.reset(st, http2.ErrCodeInternal)
		}
		c.unlock()
		c.flush(false)
	}()
	if st.refusal != 0 {
		st.refuse(st.refusal)
		return
	}
	c.s.o.Handler.Serve(&st.req, st)
}

// fault resets a stream for a bug of ours.
func (c *Conn) fault(st *stream) {
	c.mu.Lock()
	c.reset(st, http2.ErrCodeInternal)
	c.unlock()
}

package h2

import (
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/warmfront/warmfront/internal/edge"
)

// TestEarlyAnswers: the edge refuses without a look at the body. What the viewer sends next decides
// whether it sees that.
func TestEarlyAnswers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, path string
		then       func(*peer)
		wait       time.Duration
		want       string
	}{
		{"the rest arrives", "/", func(p *peer) { p.framer.WriteData(1, true, make([]byte, 1000)) }, time.Hour, "1:403 1."},
		{"the rest arrives: refused by the listener", "*", func(p *peer) { p.framer.WriteData(1, true, make([]byte, 1000)) }, time.Hour, "1:400 1."},
		{"nothing more", "/", func(*peer) {}, time.Millisecond, "1:403 1. RST 1 NO_ERROR"},
		{"a long body", "/", func(p *peer) {
			for range streamWindow / 16384 {
				p.framer.WriteData(1, false, make([]byte, 16384))
			}
		}, time.Hour, "1:403 1. RST 1 NO_ERROR"},
		{"the viewer gives up", "/", func(p *peer) { p.framer.WriteRSTStream(1, http2.ErrCodeCancel) }, time.Hour, ""},
		{"DATA after that", "/", func(p *peer) {
			p.framer.WriteRSTStream(1, http2.ErrCodeCancel)
			p.framer.WriteData(1, true, nil)
		}, time.Hour, "RST 1 STREAM_CLOSED"},
		{"trailers with a pseudo-header field", "/", func(p *peer) { p.headers(1, true, ":method", "GET") }, time.Hour, "RST 1 PROTOCOL_ERROR"},
		{"HEADERS that do not end it", "/", func(p *peer) { p.headers(1, false, "x", "1") }, time.Hour, "RST 1 PROTOCOL_ERROR"},
		{"a window beyond 2^31-1", "/", func(p *peer) {
			p.framer.WriteWindowUpdate(1, 1<<31-1)
			p.framer.WriteWindowUpdate(1, 1<<31-1)
		}, time.Hour, "RST 1 FLOW_CONTROL_ERROR"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := options(&site{serve: func(_ *edge.Request, w edge.Responder) {
				w.Respond(&edge.Response{Status: http.StatusForbidden, Bytes: []byte("no")})
			}})
			o.EarlyWait = tc.wait
			p := open(t, o)
			p.headers(1, false, request("POST", tc.path)...)
			tc.then(p)
			p.expect(tc.want)
		})
	}
}

// TestEarlyAnswerBeforeContinue: who waits for 100 Continue is not kept waiting.
func TestEarlyAnswerBeforeContinue(t *testing.T) {
	t.Parallel()
	o := options(&site{serve: func(_ *edge.Request, w edge.Responder) { w.Respond(&edge.Response{Status: http.StatusForbidden}) }})
	o.EarlyWait = time.Hour
	p := open(t, o)
	p.headers(1, false, request("POST", "/", "expect", "100-continue", "content-length", "5")...)
	p.expect("1:403. RST 1 NO_ERROR")
}

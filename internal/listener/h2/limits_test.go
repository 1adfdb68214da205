package h2

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/warmfront/warmfront/internal/edge"
)

func TestHeads(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		send func(p *peer)
		want string
	}{
		"as large as may be": {func(p *peer) {
			p.headers(1, true, request("GET", "/", "x", strings.Repeat("x", 32<<10-len("GET / HTTP/1.1\r\nHost: h\r\nx: \r\n\r\n")))...)
		}, "1:200 1."},
		"larger": {func(p *peer) {
			p.headers(1, true, request("GET", "/", "x", strings.Repeat("x", 1+32<<10-len("GET / HTTP/1.1\r\nHost: h\r\nx: \r\n\r\n")))...)
			p.get(3, "/")
		}, "1:494 1. 3:200 3."},
		"many fields":    {func(p *peer) { p.headers(1, true, request("GET", "/", fields(5000)...)...) }, "1:494 1."},
		"a long target":  {func(p *peer) { p.get(1, "/"+strings.Repeat("a", 40_000)) }, "1:494 1."},
		"far too large":  {func(p *peer) { p.pieces(bytes.Repeat([]byte{0, 1, 'a', 1, 'b'}, 20_000), 16000) }, "GOAWAY ENHANCE_YOUR_CALM"},
		"in many pieces": {func(p *peer) { p.pieces(bytes.Repeat([]byte{0, 1, 'a', 1, 'b'}, 20), 1) }, "GOAWAY ENHANCE_YOUR_CALM"},
		"a bomb": {func(p *peer) {
			p.headers(1, true, request("GET", "/", "x-big", strings.Repeat("x", 3000))...)
			p.await("1:200 1.")
			p.raw(fHeaders, endStream|endHeaders, 3, append([]byte{0x82, 0x86, 0x84}, bytes.Repeat([]byte{0xbe}, 16000)...)...)
		}, "3:494 3."},
		"in order": {func(p *peer) {
			p.headers(1, true, request("GET", "/echo", "b", "1", "cookie", "x=1", "a", "2", "b", "3", "cookie", "y=2; z=3", "empty", "")...)
			p.await("1:200 1.")
			if got, want := string(p.bodies[1]), "b=1 cookie=x=1; y=2; z=3 a=2 b=3 empty="; got != want {
				p.t.Errorf("%q, want %q", got, want)
			}
		}, ""},
		"100-continue": {func(p *peer) {
			p.headers(1, false, request("POST", "/", "expect", "100-Continue", "content-length", "2")...)
			p.await("1:100")
			p.framer.WriteData(1, true, []byte("ab"))
		}, "1:200 1."},
		"another expectation": {func(p *peer) { p.headers(1, false, request("POST", "/", "expect", "more")...) }, "1:417 1. RST 1 NO_ERROR"},
		"a body too long to announce": {func(p *peer) {
			p.headers(1, false, request("POST", "/", "content-length", "1073741825")...)
		}, "1:413 1. RST 1 NO_ERROR"},
		"an empty body that is announced": {func(p *peer) {
			p.headers(1, false, request("POST", "/slow/", "content-length", "0")...)
			p.framer.WriteData(1, true, nil)
		}, "1:200 1."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, options(&site{try: true, serve: func(req *edge.Request, w edge.Responder) {
				if req.Target != "/echo" {
					answer(req, w)
					return
				}
				var list []string
				req.Header.All(func(name, value string) bool {
					list = append(list, name+"="+value)
					return true
				})
				w.Respond(&edge.Response{Status: 200, Bytes: []byte(strings.Join(list, " "))})
			}}), http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
			if name == "as large as may be" || name == "larger" || name == "many fields" || name == "a long target" {
				p.split = true
			}
			tc.send(p)
			p.expect(tc.want)
		})
	}
}

func fields(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("x-%d", i), "")
	}
	return list
}

// pieces sends a header block that never ends in frames of n bytes.
func (p *peer) pieces(b []byte, n int) {
	kind := fHeaders
	for len(b) > 0 {
		p.raw(kind, 0, 1, b[:min(n, len(b))]...)
		b = b[min(n, len(b)):]
		kind = fCont
	}
}

// TestLargeResponseHeads: a head beyond a frame is continued.
func TestLargeResponseHeads(t *testing.T) {
	t.Parallel()
	p := open(t, options(&site{try: true, serve: func(_ *edge.Request, w edge.Responder) {
		w.Respond(&edge.Response{Status: 200, Fields: []edge.Field{{Name: "X-Big", Value: strings.Repeat("x", 40_000)}}})
	}}))
	p.get(1, "/")
	var block []byte
	for end := false; !end; {
		f, err := p.framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch f := f.(type) {
		case *http2.HeadersFrame:
			if !f.StreamEnded() {
				t.Error("the stream does not end")
			}
			block = append(block, f.HeaderBlockFragment()...)
		case *http2.ContinuationFrame:
			block = append(block, f.HeaderBlockFragment()...)
			end = f.HeadersEnded()
		}
	}
	list, err := p.dec.DecodeFull(block)
	if err != nil || len(list) != 3 || len(list[1].Value) != 40_000 {
		t.Errorf("%d fields, %v", len(list), err)
	}
}

// TestFloods: what costs the viewer nothing ends the connection when there is too much of it.
func TestFloods(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(p *peer, n uint32) error{
		"PING":          func(p *peer, _ uint32) error { return p.framer.WritePing(false, [8]byte{}) },
		"PING answers":  func(p *peer, _ uint32) error { return p.framer.WritePing(true, [8]byte{}) },
		"SETTINGS":      func(p *peer, _ uint32) error { return p.framer.WriteSettings() },
		"PRIORITY":      func(p *peer, _ uint32) error { return p.framer.WriteRawFrame(fPriority, 0, 1, []byte{0, 0, 0, 0, 1}) },
		"unknown":       func(p *peer, _ uint32) error { return p.framer.WriteRawFrame(0x20, 0, 0, nil) },
		"WINDOW_UPDATE": func(p *peer, _ uint32) error { return p.framer.WriteWindowUpdate(0, 1) },
		"empty DATA": func(p *peer, n uint32) error {
			if n == 0 {
				p.headers(1, false, request("POST", "/slow")...)
			}
			return p.framer.WriteData(1, false, nil)
		},
		"rapid reset": func(p *peer, n uint32) error {
			p.get(2*n+1, "/slow")
			return p.framer.WriteRSTStream(2*n+1, http2.ErrCodeCancel)
		},
		"requests in error": func(p *peer, n uint32) error {
			p.headers(2*n+1, true, request("GET", "")...)
			return nil
		},
		"streams reset by us": func(p *peer, n uint32) error {
			p.headers(2*n+1, false, request("POST", "/slow")...)
			return p.framer.WriteWindowUpdate(2*n+1, 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var running, most atomic.Int32
			release := make(chan struct{})
			o := options(&site{try: true, serve: func(req *edge.Request, w edge.Responder) {
				if req.Target == "/slow" {
					n := running.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					<-release
					running.Add(-1)
				}
				w.Respond(&edge.Response{Status: 200})
			}})
			p := open(t, o)
			go func() {
				for n := range uint32(50_000) {
					if send(p, n) != nil {
						return
					}
				}
			}()
			for last := ""; ; {
				e := p.event()
				if strings.HasPrefix(e, "GOAWAY") {
					last = e
				}
				if e != "closed" {
					continue
				}
				if last != "GOAWAY ENHANCE_YOUR_CALM" {
					t.Errorf("%q", last)
				}
				break
			}
			close(release)
			if n := most.Load(); n > 100 {
				t.Errorf("%d requests were served at once", n)
			}
		})
	}
}

// TestMuchIsNoFlood: a long life of requests, with the PINGs and WINDOW_UPDATEs that go with
// them, is no flood.
func TestMuchIsNoFlood(t *testing.T) {
	t.Parallel()
	p := open(t, options(&site{try: true, serve: answer}))
	for n := range uint32(8000) {
		id := 2*n + 1
		p.get(id, "/")
		if n%2 == 0 {
			p.framer.WritePing(true, [8]byte{})
		}
		p.framer.WriteWindowUpdate(id, 100)
		p.framer.WriteWindowUpdate(0, 100)
		if want, got := fmt.Sprintf("%d:200 %d.", id, id), ""; got != want {
			if got = p.until(want); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
		delete(p.bodies, id)
	}
}

// TestTimeouts: connections end that are idle, or that do not finish what they begin.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(o *Options)
		send   func(p *peer)
		want   string
	}{
		"idle":           {func(o *Options) { o.IdleTimeout = 50 * time.Millisecond }, func(p *peer) { p.get(1, "/") }, "1:200 1. GOAWAY NO_ERROR closed"},
		"within a block": {func(o *Options) { o.HeadTimeout = 50 * time.Millisecond }, func(p *peer) { p.raw(fHeaders, 0, 1, 0x82) }, "closed"},
		"within a frame": {func(o *Options) { o.HeadTimeout = 50 * time.Millisecond }, func(p *peer) { p.conn.Write([]byte{0, 0, 8, 6}) }, "closed"},
		"within DATA": {func(o *Options) { o.BodyTimeout = 50 * time.Millisecond }, func(p *peer) {
			p.headers(1, false, request("POST", "/slow")...)
			p.conn.Write([]byte{0, 0, 8, 0, 0, 0, 0, 0, 1, 'x'})
		}, "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			defer close(release)
			o := options(&site{try: true, serve: func(req *edge.Request, w edge.Responder) {
				if req.Target == "/slow" {
					<-release
				}
				answer(req, w)
			}})
			tc.change(&o)
			p := open(t, o)
			tc.send(p)
			if got := p.until(tc.want); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
	t.Run("before the preface", func(t *testing.T) {
		t.Parallel()
		o := options(&site{serve: answer})
		o.HeadTimeout = 50 * time.Millisecond
		p := connect(t, o)
		io.WriteString(p.conn, "PRI * HTTP")
		if got := p.until("closed"); got != "closed" {
			t.Errorf("%q", got)
		}
	})
}

// TestPingsDoNotKeepAlive: only requests do.
func TestPingsDoNotKeepAlive(t *testing.T) {
	t.Parallel()
	o := options(&site{serve: answer})
	o.IdleTimeout = 100 * time.Millisecond
	p := open(t, o)
	for {
		p.framer.WritePing(false, [8]byte{})
		switch e := p.event(); e {
		case "PING":
			time.Sleep(time.Millisecond) // fewer than a flood
			continue
		case "GOAWAY NO_ERROR", "closed":
		default:
			t.Error(e)
		}
		return
	}
}

// TestDrain: the viewer is told to stop, what it has asked before it knew is answered, and the
// connection ends.
func TestDrain(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	p := open(t, options(&site{try: true, serve: func(req *edge.Request, w edge.Responder) {
		if req.Target == "/slow" {
			<-release
		}
		answer(req, w)
	}}))
	p.get(1, "/slow")
	p.server.Drain()
	var ping [8]byte
	for ping == ([8]byte{}) {
		f, err := p.framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch f := f.(type) {
		case *http2.GoAwayFrame:
			if f.LastStreamID != maxWindow || f.ErrCode != http2.ErrCodeNo {
				t.Errorf("first %v", f)
			}
		case *http2.PingFrame:
			ping = f.Data
		}
	}
	p.get(3, "/") // crossed the GOAWAY
	p.framer.WritePing(true, ping)
	p.await("3:200 3.")
	f, err := p.framer.ReadFrame()
	if g, ok := f.(*http2.GoAwayFrame); err != nil || !ok || g.LastStreamID != 3 {
		t.Fatalf("then %v, %v", f, err)
	}
	p.get(5, "/") // too late
	close(release)
	if got := p.until("1:200 1. closed"); got != "1:200 1. closed" {
		t.Errorf("%q", got)
	}
}

// TestDrainIdle: an idle connection ends even if the viewer does not answer.
func TestDrainIdle(t *testing.T) {
	t.Parallel()
	p := open(t, options(&site{serve: answer}))
	p.server.Drain()
	for {
		if _, err := p.framer.ReadFrame(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLeaving: the edge hears of viewers that reset their request or leave.
func TestLeaving(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(p *peer){
		"reset": func(p *peer) { p.framer.WriteRSTStream(1, http2.ErrCodeCancel) },
		"close": func(p *peer) { p.conn.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began, done := make(chan struct{}), make(chan error, 1)
			p := open(t, options(&site{serve: func(req *edge.Request, w edge.Responder) {
				close(began)
				for !req.Gone() {
					time.Sleep(time.Millisecond) // as the edge polls
				}
				w.Respond(&edge.Response{Status: http.StatusOK, Bytes: []byte("late"), Done: func(_ int64, err error) { done <- err }})
			}}))
			p.get(1, "/")
			<-began
			leave(p)
			if err := <-done; err == nil {
				t.Error("Done without an error")
			}
		})
	}
}

// TestPanics cost one stream each.
func TestPanics(t *testing.T) {
	t.Parallel()
	for _, inLoop := range []bool{true, false} {
		p := open(t, options(&site{try: inLoop, serve: func(req *edge.Request, w edge.Responder) {
			switch req.Target {
			case "/panic":
				panic("a bug")
			case "/late":
				w.Respond(&edge.Response{Status: 200, ContentLength: 5, Stream: io.NopCloser(panicking{})})
			case "/silent":
			default:
				answer(req, w)
			}
		}}))
		p.get(1, "/panic")
		p.await("RST 1 INTERNAL_ERROR")
		p.get(3, "/silent")
		p.await("RST 3 INTERNAL_ERROR")
		if !inLoop {
			p.get(5, "/late")
			p.await("5:200 RST 5 INTERNAL_ERROR")
		}
		p.get(7, "/")
		p.expect("7:200 7.")
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("a bug") }

package h2

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/warmfront/warmfront/internal/edge"
)

// pattern is a body whose every part can be told from the others.
func pattern(n int) []byte {
	b := make([]byte, n)
	random := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// bodies are the ways in which a response has its body.
var bodies = map[string]func(b []byte) *edge.Response{
	"memory": func(b []byte) *edge.Response { return &edge.Response{Status: 200, Bytes: b} },
	"stream": func(b []byte) *edge.Response {
		return &edge.Response{Status: 200, ContentLength: int64(len(b)), Stream: io.NopCloser(bytes.NewReader(b))}
	},
	"unknown length": func(b []byte) *edge.Response {
		return &edge.Response{Status: 200, ContentLength: -1, Stream: io.NopCloser(io.MultiReader(bytes.NewReader(b)))}
	},
}

// TestWindows takes a body in pieces of all sizes: the server never sends more than it may,
// and loses and repeats nothing, whatever becomes of the windows meanwhile.
func TestWindows(t *testing.T) {
	t.Parallel()
	want := pattern(200_000)
	for name, make := range bodies {
		for _, inLoop := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, in the loop: %v", name, inLoop), func(t *testing.T) {
				t.Parallel()
				p := open(t, options(&site{try: inLoop, serve: func(_ *edge.Request, w edge.Responder) { w.Respond(make(want)) }}),
					http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
				p.get(1, "/")
				p.await("1:200")
				p.expectBytes(0)
				p.framer.WriteWindowUpdate(1, 1)
				p.expectBytes(1)
				p.framer.WriteWindowUpdate(1, 9999)
				p.expectBytes(10_000)
				p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 20_000})
				p.expectBytes(30_000)
				p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 5_000}) // now 15,000 below zero
				p.framer.WriteWindowUpdate(1, 14_999)
				p.expectBytes(30_000)
				p.framer.WriteWindowUpdate(1, 2)
				p.expectBytes(30_001)
				p.framer.WriteWindowUpdate(1, 1_000_000)
				p.expectBytes(65_535) // of the connection
				p.framer.WriteWindowUpdate(0, 1)
				p.expectBytes(65_536)
				p.framer.WriteWindowUpdate(0, 1_000_000)
				p.await("1.")
				if !bytes.Equal(p.bodies[1], want) {
					t.Errorf("%d bytes with another sum", len(p.bodies[1]))
				}
			})
		}
	}
}

// expectBytes fails unless n bytes of stream 1 have come when nothing more does.
func (p *peer) expectBytes(n int) {
	p.t.Helper()
	for len(p.bodies[1]) < n {
		if f, err := p.framer.ReadFrame(); err != nil {
			p.t.Fatalf("after %d of %d bytes: %v", len(p.bodies[1]), n, err)
		} else if d, ok := f.(*http2.DataFrame); ok {
			p.bodies[1] = append(p.bodies[1], d.Data()...)
		}
	}
	p.framer.WritePing(false, [8]byte{2})
	if e := p.event(); e != "PING" || len(p.bodies[1]) != n {
		p.t.Fatalf("%d bytes and %q, want %d", len(p.bodies[1]), e, n)
	}
}

// TestSharing: a stream without window does not hold up the others, and all get their share.
func TestSharing(t *testing.T) {
	t.Parallel()
	want := pattern(50_000)
	for name, make := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, options(&site{try: true, serve: func(_ *edge.Request, w edge.Responder) { w.Respond(make(want)) }}),
				http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1000})
			const streams = 20
			p.framer.WriteWindowUpdate(0, 1<<30)
			for id := uint32(1); id < 2*streams; id += 2 {
				p.get(id, "/")
			}
			for id := uint32(3); id < 2*streams; id += 2 { // all but the first
				p.framer.WriteWindowUpdate(id, 1<<20)
			}
			for ended := 0; ended < streams-1; {
				if e := p.event(); strings.HasSuffix(e, ".") {
					ended++
				} else if !strings.HasSuffix(e, ":200") {
					t.Fatal(e)
				}
			}
			if len(p.bodies[1]) != 1000 {
				t.Errorf("%d bytes of the stream without window", len(p.bodies[1]))
			}
			for id := uint32(3); id < 2*streams; id += 2 {
				if !bytes.Equal(p.bodies[id], want) {
					t.Errorf("stream %d: %d bytes", id, len(p.bodies[id]))
				}
			}
		})
	}
}

// upload sends a body as windows allow.
func (p *peer) upload(id uint32, body []byte) {
	p.t.Helper()
	stream, conn := streamWindow, connWindow-65536
	for len(body) > 0 {
		n := min(len(body), 16384, stream, conn)
		if n > 0 {
			p.framer.WriteData(id, n == len(body), body[:n])
			body, stream, conn = body[n:], stream-n, conn-n
			continue
		}
		f, err := p.framer.ReadFrame()
		if err != nil {
			p.t.Fatal(err)
		}
		if w, ok := f.(*http2.WindowUpdateFrame); ok && w.StreamID == 0 {
			conn += int(w.Increment)
		} else if ok {
			stream += int(w.Increment)
		}
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	want := pattern(5 << 20)
	p := open(t, options(&site{serve: func(req *edge.Request, w edge.Responder) {
		h := sha256.New()
		_, err := io.Copy(h, req.Body)
		if [32]byte(h.Sum(nil)) != sha256.Sum256(want) {
			err = errors.Join(err, errors.New("another sum"))
		}
		w.Respond(&edge.Response{Status: 200, Bytes: fmt.Append(nil, err)})
	}}))
	p.headers(1, false, request("PUT", "/")...)
	p.upload(1, want)
	p.await("1:200 1.")
	if got := string(p.bodies[1]); got != "<nil>" {
		t.Error(got)
	}
}

// TestAbandonedUploads: what nobody reads does not use up the connection's window.
func TestAbandonedUploads(t *testing.T) {
	t.Parallel()
	p := open(t, options(&site{serve: func(req *edge.Request, w edge.Responder) {
		if req.Target != "/" {
			io.ReadFull(req.Body, make([]byte, 200_000))
		}
		w.Respond(&edge.Response{Status: 200})
	}}))
	for id := uint32(1); id < 60; id += 2 {
		target, want := "/", fmt.Sprintf("%d:200. RST %d NO_ERROR", id, id)
		switch id % 3 {
		case 1:
			target = "/read"
		case 2:
			target, want = "nowhere", fmt.Sprintf("%d:400 %d. RST %d NO_ERROR", id, id, id)
		}
		p.headers(id, false, request("PUT", target)...)
		for range 13 { // 208 KiB
			p.framer.WriteData(id, false, make([]byte, 16384))
		}
		if got := p.until(want); got != want && got != strings.Replace(want, ":400 ", ":400 RST", 1) {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	p.expect("")
}

// TestStalledResponses: a viewer that takes nothing of a response for a while loses it, and
// whoever made it hears so.
func TestStalledResponses(t *testing.T) {
	t.Parallel()
	for name, make := range bodies {
		for _, inLoop := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, in the loop: %v", name, inLoop), func(t *testing.T) {
				t.Parallel()
				done := make2[int64]()
				o := options(&site{try: inLoop, serve: func(_ *edge.Request, w edge.Responder) {
					r := make(pattern(100_000))
					r.Done = func(sent int64, err error) {
						if err == nil {
							sent = -1
						}
						done <- sent
					}
					w.Respond(r)
				}})
				o.WriteTimeout = 50 * time.Millisecond
				p := open(t, o, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
				p.get(1, "/")
				p.expect("1:200 RST 1 CANCEL")
				if sent := <-done; sent != 10 {
					t.Errorf("Done with %d bytes", sent)
				}
			})
		}
	}
}

func make2[T any]() chan T { return make(chan T, 8) }

// TestUnreadResponses: of a viewer that reads nothing little is held, and in the end it is cut.
func TestUnreadResponses(t *testing.T) {
	t.Parallel()
	done := make(chan error, 1000)
	var begun atomic.Int32
	o := options(&site{try: true, serve: func(req *edge.Request, w edge.Responder) {
		begun.Add(1)
		w.Respond(&edge.Response{Status: 200, Bytes: make([]byte, 1<<20), Done: func(_ int64, err error) { done <- err }})
	}})
	o.WriteTimeout = 200 * time.Millisecond
	p := open(t, o, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
	p.framer.WriteWindowUpdate(0, 1<<30)
	const streams = 50
	for id := uint32(1); id < 2*streams; id += 2 {
		p.get(id, "/")
	}
	held := 0
	for ended := false; !ended; {
		select {
		case <-p.ended:
			ended = true
		case <-time.After(5 * time.Millisecond):
			p.server.mu.Lock()
			held = max(held, len(p.server.out))
			p.server.mu.Unlock()
		}
	}
	if held > maxQueued {
		t.Errorf("%d bytes were held", held)
	}
	failed := 0
	for range begun.Load() { // the last requests may not have been read
		if err := <-done; err != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("50 MiB went to a viewer that did not read")
	}
}

// TestBrokenBodies: a body that ends early is never taken for whole.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body   io.Reader
		length int64
		want   string
	}{
		"fails":                 {io.MultiReader(strings.NewReader("12345"), failing{}), 10, "1:200 RST 1 INTERNAL_ERROR"},
		"fails, unknown length": {io.MultiReader(strings.NewReader("12345"), failing{}), -1, "1:200 RST 1 INTERNAL_ERROR"},
		"short":                 {strings.NewReader("12345"), 10, "1:200 RST 1 INTERNAL_ERROR"},
		"long":                  {strings.NewReader("123456"), 5, "1:200 RST 1 INTERNAL_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := make(chan error, 1)
			p := open(t, options(&site{serve: func(_ *edge.Request, w edge.Responder) {
				w.Respond(&edge.Response{Status: 200, ContentLength: tc.length, Stream: io.NopCloser(tc.body), Done: func(_ int64, err error) { done <- err }})
			}}))
			p.get(1, "/")
			p.expect(tc.want)
			if err := <-done; err == nil {
				t.Error("Done without an error")
			}
			if string(p.bodies[1]) != "12345" {
				t.Errorf("body %q", p.bodies[1])
			}
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("origin failed") }

// TestBodyErrors: a request's body fails when the viewer resets it, leaves or stops sending,
// and after the response.
func TestBodyErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		send func(p *peer)
		want error
	}{
		"reset": {func(p *peer) { p.framer.WriteRSTStream(1, http2.ErrCodeCancel) }, errReset},
		"leave": {func(p *peer) { p.conn.Close() }, io.EOF},
		"stop":  {func(*peer) {}, os.ErrDeadlineExceeded},
		"long":  {func(p *peer) { p.framer.WriteData(1, false, make([]byte, 2000)) }, errBodyTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began, got := make(chan struct{}), make(chan error, 2)
			o := options(&site{serve: func(req *edge.Request, w edge.Responder) {
				io.ReadFull(req.Body, make([]byte, 1))
				close(began)
				_, err := io.Copy(io.Discard, io.MultiReader(failAtEOF{req.Body}))
				got <- err
				w.Respond(&edge.Response{Status: 200})
				_, err = req.Body.Read(make([]byte, 1))
				got <- err
			}})
			o.MaxBodyBytes = 1000
			if name == "stop" {
				o.BodyTimeout = 50 * time.Millisecond
			}
			p := open(t, o)
			p.headers(1, false, request("POST", "/")...)
			p.framer.WriteData(1, false, []byte("1"))
			<-began
			tc.send(p)
			if err := <-got; !errors.Is(err, tc.want) && !(name == "leave" && err != nil) {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if err := <-got; err == nil {
				t.Error("read after the response")
			}
		})
	}
}

// failAtEOF makes the end of a body an error, which io.Copy would not report.
type failAtEOF struct{ r io.Reader }

func (f failAtEOF) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err == io.EOF {
		err = errors.New("the body ended")
	}
	return n, err
}

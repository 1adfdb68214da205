package h2

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/warmfront/warmfront/internal/edge"
)

// site answers requests: those it can at once, the others through Serve.
type site struct {
	serve func(req *edge.Request, w edge.Responder)
	try   bool
}

func (s *site) Serve(req *edge.Request, w edge.Responder) { s.serve(req, w) }

func (s *site) TryServe(req *edge.Request, w edge.Responder) bool {
	if !s.try || req.Body != nil || strings.HasPrefix(req.Target, "/slow") {
		return false
	}
	s.serve(req, w)
	return true
}

// answer says what it was asked; "/big" is 100,000 bytes, "/none" is 204.
func answer(req *edge.Request, w edge.Responder) {
	var body []byte
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			w.Respond(&edge.Response{Status: 400})
			return
		}
		body = b
	}
	switch req.Target {
	case "/big":
		w.Respond(&edge.Response{Status: 200, Bytes: bytes.Repeat([]byte("b"), 100_000)})
	case "/none":
		w.Respond(&edge.Response{Status: 204})
	default:
		w.Respond(&edge.Response{Status: 200, Bytes: fmt.Appendf(nil, "%s %s%s %s", req.Method, req.Host, req.Target, body)})
	}
}

func options(h *site) Options {
	return Options{
		Handler: h, Try: h,
		Check: func(req *edge.Request) int {
			if !strings.HasPrefix(req.Target, "/") {
				return http.StatusBadRequest
			}
			return 0
		},
		Page: func(status int) string { return strconv.Itoa(status) }, Panicked: func(any) {},
		Readable:     func(net.Conn) bool { return true },
		MaxHeadBytes: 32 << 10, MaxConcurrentStreams: 100, MaxBodyBytes: 1 << 30,
		HeadTimeout: 30 * time.Second, BodyTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second,
		ParkAfter: time.Second,
	}
}

// peer is the viewer's end of a connection, for raw frames.
type peer struct {
	t      testing.TB
	conn   net.Conn
	server *Conn
	framer *http2.Framer
	enc    *hpack.Encoder
	buf    bytes.Buffer
	dec    *hpack.Decoder
	ended  chan struct{} // the server's end is done
	bodies map[uint32][]byte
	split  bool // header blocks into frames of 16 KiB
	deaf   bool // nothing is read: what is sent is only recorded
}

// connect returns a peer that has sent nothing yet.
func connect(t testing.TB, o Options) *peer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	socket := NewSocket(conn)
	p := &peer{t: t, conn: client, server: New(o).NewConn(socket, socket, Viewer{}), ended: make(chan struct{}), bodies: map[uint32][]byte{}}
	go func() {
		p.server.Serve()
		conn.Close()
		close(p.ended)
	}()
	p.framer = http2.NewFramer(client, client)
	p.framer.AllowIllegalWrites, p.framer.AllowIllegalReads = true, true
	p.enc, p.dec = hpack.NewEncoder(&p.buf), hpack.NewDecoder(defaultTable, nil)
	client.SetDeadline(time.Now().Add(time.Minute))
	t.Cleanup(func() {
		client.Close()
		<-p.ended
	})
	return p
}

// open returns a peer whose preface and settings have been acknowledged.
func open(t testing.TB, o Options, settings ...http2.Setting) *peer {
	t.Helper()
	p := connect(t, o)
	p.preface(settings...)
	for {
		f, err := p.framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := f.(*http2.SettingsFrame); ok && s.IsAck() {
			return p
		}
	}
}

func (p *peer) preface(settings ...http2.Setting) {
	io.WriteString(p.conn, http2.ClientPreface)
	p.framer.WriteSettings(settings...)
}

// block encodes fields, given in turn as name and value.
func (p *peer) block(fields ...string) []byte {
	p.buf.Reset()
	for i := 0; i < len(fields); i += 2 {
		p.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return bytes.Clone(p.buf.Bytes())
}

// request is the fields of a request, with more of them.
func request(method, path string, more ...string) []string {
	return append([]string{":method", method, ":scheme", "https", ":path", path, ":authority", "h"}, more...)
}

// headers sends a whole header block, in one frame unless split is set.
func (p *peer) headers(id uint32, end bool, fields ...string) {
	b := p.block(fields...)
	n := len(b)
	if p.split {
		n = min(n, maxFrameBytes)
	}
	p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: b[:n], EndHeaders: n == len(b), EndStream: end})
	for b = b[n:]; len(b) > 0; b = b[n:] {
		n = min(len(b), maxFrameBytes)
		p.framer.WriteContinuation(id, n == len(b), b[:n])
	}
}

func (p *peer) get(id uint32, path string) { p.headers(id, true, request("GET", path)...) }

func (p *peer) raw(kind http2.FrameType, flags http2.Flags, id uint32, payload ...byte) {
	p.framer.WriteRawFrame(kind, flags, id, payload)
}

// event reads frames until one tells of an outcome and describes it. Bodies are gathered.
func (p *peer) event() string {
	for {
		f, err := p.framer.ReadFrame()
		if err != nil {
			return "closed"
		}
		switch f := f.(type) {
		case *http2.HeadersFrame:
			fields, err := p.dec.DecodeFull(f.HeaderBlockFragment())
			if err != nil {
				return "bad block: " + err.Error()
			}
			if f.StreamEnded() {
				return fmt.Sprintf("%d:%s.", f.StreamID, fields[0].Value)
			}
			return fmt.Sprintf("%d:%s", f.StreamID, fields[0].Value)
		case *http2.DataFrame:
			p.bodies[f.StreamID] = append(p.bodies[f.StreamID], f.Data()...)
			if f.StreamEnded() {
				return fmt.Sprintf("%d.", f.StreamID)
			}
		case *http2.RSTStreamFrame:
			return fmt.Sprintf("RST %d %v", f.StreamID, f.ErrCode)
		case *http2.GoAwayFrame:
			return fmt.Sprintf("GOAWAY %v", f.ErrCode)
		case *http2.PingFrame:
			if f.IsAck() {
				return "PING"
			}
			p.framer.WritePing(true, f.Data)
		}
	}
}

// until reads events until they are want, one more that does not fit, or the end.
func (p *peer) until(want string) string {
	got := ""
	for {
		e := p.event()
		got = strings.TrimPrefix(got+" "+e, " ")
		if got == want || e == "closed" || !strings.HasPrefix(want, got) {
			return got
		}
	}
}

// expect fails unless the next events are want and the connection still works or, after a
// GOAWAY, ends.
func (p *peer) expect(want string) {
	p.t.Helper()
	if strings.Contains(want, "GOAWAY") {
		want += " closed"
	} else {
		if want != "" {
			want += " "
		}
		want += "PING"
	}
	if got := p.settled(want); got != want {
		p.t.Errorf("got %q, want %q", got, want)
	}
}

// await reads the events that a next frame must come after.
func (p *peer) await(want string) {
	p.t.Helper()
	if p.deaf {
		return
	}
	if got := p.until(want); got != want {
		p.t.Fatalf("got %q, want %q", got, want)
	}
}

// settled is until, with a PING once everything before it has come.
func (p *peer) settled(want string) string {
	before, alive := strings.CutSuffix(want, "PING")
	if !alive {
		return p.until(want)
	}
	before = strings.TrimSuffix(before, " ")
	if before != "" {
		if got := p.until(before); got != before {
			return got
		}
		before += " "
	}
	p.framer.WritePing(false, [8]byte{1})
	return before + p.event()
}

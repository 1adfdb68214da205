package h2

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/warmfront/warmfront/internal/edge"
)

// script is a connection on which a viewer says what was recorded, and then leaves.
type script struct {
	io.Reader
	out bytes.Buffer
}

func (s *script) Write(p []byte) (int, error)      { return s.out.Write(p) }
func (s *script) Close() error                     { return nil }
func (s *script) LocalAddr() net.Addr              { return nil }
func (s *script) RemoteAddr() net.Addr             { return nil }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// record returns what send sends.
func record(t testing.TB, send func(p *peer)) []byte {
	ours, theirs := net.Pipe()
	got := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(theirs)
		got <- b
	}()
	p := &peer{t: t, conn: ours, deaf: true}
	p.framer = http2.NewFramer(ours, bytes.NewReader(nil))
	p.framer.AllowIllegalWrites = true
	p.enc = hpack.NewEncoder(&p.buf)
	send(p)
	ours.Close()
	return <-got
}

// FuzzFrames feeds a connection whatever comes after the preface: it must end, every response
// must be accounted for, and nothing may panic.
func FuzzFrames(f *testing.F) {
	for _, r := range requirements {
		if b := record(f, r.send); len(b) < 4096 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		begun, ended := 0, make(chan struct{}, 1000)
		o := options(&site{try: true, serve: func(req *edge.Request, w edge.Responder) {
			begun++
			w.Respond(&edge.Response{Status: 200, Bytes: []byte(req.Target), Done: func(int64, error) { ended <- struct{}{} }})
		}})
		o.Panicked = func(p any) { panic(p) }
		o.Handler = drainer{}
		var in bytes.Buffer
		in.WriteString(http2.ClientPreface)
		http2.NewFramer(&in, nil).WriteSettings()
		in.Write(raw)
		s := &script{Reader: &in}
		socket := NewSocket(s)
		New(o).NewConn(socket, socket, Viewer{}).Serve()
		for range begun {
			<-ended
		}
	})
}

// drainer reads bodies and answers nothing much.
type drainer struct{}

func (drainer) Serve(req *edge.Request, w edge.Responder) {
	if req.Body != nil {
		io.Copy(io.Discard, req.Body)
	}
	w.Respond(&edge.Response{Status: 204})
}

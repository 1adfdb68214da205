package listener

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/bind"
	"github.com/warmfront/warmfront/internal/edge"
)

func ok(_ *edge.Request, w edge.Responder) {
	w.Respond(&edge.Response{Status: 200, Bytes: []byte("ok")})
}

func TestBusyAddresses(t *testing.T) {
	t.Parallel()
	// Loopback addresses of this test's own, so that no other test holds or takes their ports.
	tcp, err := net.Listen("tcp", "127.83.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp", "127.83.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for _, tc := range []struct {
		opts Options
		want string
	}{
		{Options{HTTP: tcp.Addr().String()}, "cannot listen for HTTP viewers on " + tcp.Addr().String() + " (tcp): the port is in use by another program"},
		{Options{HTTPS: tcp.Addr().String()}, "cannot listen for HTTPS viewers on " + tcp.Addr().String() + " (tcp): the port is in use by another program"},
		{Options{HTTPS: udp.LocalAddr().String()}, "cannot listen for HTTPS viewers on " + udp.LocalAddr().String() + " (udp): the port is in use by another program"},
		{Options{HTTP: "192.0.2.1:80"}, "cannot listen for HTTP viewers on 192.0.2.1:80 (tcp): this machine has no such address"},
	} {
		l := New(handlerFunc(ok), tc.opts)
		err := l.Listen()
		var ae *bind.Error
		if !errors.As(err, &ae) || err.Error() != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
	// Nothing stays bound when one of several fails.
	free, _ := net.Listen("tcp", "127.83.0.3:0")
	addr := free.Addr().String()
	free.Close()
	l := New(handlerFunc(ok), Options{HTTP: addr, HTTPS: tcp.Addr().String()})
	if l.Listen() == nil {
		t.Fatal("listened on a busy port")
	}
	again, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatalf("the free port stayed bound: %v", err)
	}
	again.Close()
}

func TestGracefulShutdown(t *testing.T) {
	t.Parallel()
	began, release := make(chan struct{}, 8), make(chan struct{})
	s := start(t, func(req *edge.Request, w edge.Responder) {
		if req.Target == "/slow" {
			began <- struct{}{}
			<-release
		}
		w.Respond(&edge.Response{Status: 200, Bytes: []byte("done")})
	}, nil)
	idle, err := net.Dial("tcp", s.plain) // a connection that never asks for anything
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	ps := s.protocols(t)
	var wg sync.WaitGroup
	for _, p := range ps {
		resp, err := p.client.Get(p.base + "/") // leaves an idle connection
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		wg.Go(func() {
			resp, err := p.client.Get(p.base + "/slow")
			if err != nil {
				t.Errorf("%s: a request under way was cut: %v", p.name, err)
				return
			}
			defer resp.Body.Close()
			if b, err := io.ReadAll(resp.Body); string(b) != "done" || err != nil {
				t.Errorf("%s: %q, %v", p.name, b, err)
			}
		})
		<-began
	}
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	if _, err := io.ReadAll(idle); err != nil {
		t.Errorf("the idle connection: %v", err)
	}
	select {
	case err := <-down:
		t.Errorf("Shutdown returned (%v) while requests were under way", err)
	default:
	}
	close(release)
	wg.Wait()
	if err := <-down; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if _, err := net.Dial("tcp", s.plain); err == nil {
		t.Error("still accepting after Shutdown")
	}
}

// Connections that never shook hands keep no one waiting.
func TestShutdownDuringHandshakes(t *testing.T) {
	t.Parallel()
	s := start(t, func(*edge.Request, edge.Responder) {}, nil)
	for range 8 {
		conn, err := net.Dial("tcp", s.secure)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "\x16\x03\x01\x02\x00\x01")
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		s.conns.mu.Lock()
		n := len(s.conns.open)
		s.conns.mu.Unlock()
		if n == 8 {
			break
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

func TestShutdownDeadline(t *testing.T) {
	t.Parallel()
	began, release := make(chan struct{}, 8), make(chan struct{})
	s := start(t, func(req *edge.Request, w edge.Responder) {
		began <- struct{}{}
		<-release
		w.Respond(&edge.Response{Status: 200})
	}, nil)
	var wg sync.WaitGroup
	for _, p := range s.protocols(t) {
		wg.Go(func() {
			if resp, err := p.client.Get(p.base + "/"); err == nil {
				resp.Body.Close()
				t.Errorf("%s: answered after it was cut", p.name)
			}
		})
		<-began
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	wg.Wait()
	close(release)
}

func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	s := start(t, ok, func(o *Options) { o.MaxConnections = 2 })
	var held []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", s.plain)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		c.Read(make([]byte, 1)) // so it has been accepted
		held = append(held, c)
	}
	if got := talk(t, s.plain, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", time.Minute); strings.HasPrefix(got, "HTTP") {
		t.Errorf("a third connection was served: %q", got)
	}
	held[0].Close()
	for range 100 {
		if strings.HasPrefix(talk(t, s.plain, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", time.Minute), "HTTP/1.1 200") {
			return
		}
		runtime.Gosched()
	}
	t.Error("a closed connection did not make room")
}

func TestMisdirected(t *testing.T) {
	t.Parallel()
	s := start(t, ok, func(o *Options) {
		o.Misdirected = func(serverName, host string) bool { return serverName == "example.com" && host == "other.example" }
	})
	for _, p := range s.protocols(t) {
		for host, want := range map[string]int{"example.com": 200, "EXAMPLE.com:443": 200, "third.example": 200, "other.example": 421, "Other.Example:8443": 421} {
			req, _ := http.NewRequest("GET", p.base+"/", nil)
			req.Host = host
			resp, err := p.client.Do(req)
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			resp.Body.Close()
			if p.name == "h1" {
				want = 200
			}
			if resp.StatusCode != want {
				t.Errorf("%s, host %s: status %d, want %d", p.name, host, resp.StatusCode, want)
			}
		}
	}
}

func TestPanicsStayInTheirRequest(t *testing.T) {
	t.Parallel()
	s := start(t, func(req *edge.Request, w edge.Responder) {
		if req.Target == "/silent" {
			return // a handler that forgets to answer
		}
		panic("a bug")
	}, nil)
	for _, p := range s.protocols(t) {
		for _, path := range []string{"/", "/silent"} {
			if resp, err := p.client.Get(p.base + path); err == nil && resp.StatusCode < 500 {
				t.Errorf("%s%s: status %d", p.name, path, resp.StatusCode)
			}
		}
	}
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	s := start(t, ok, func(o *Options) { o.IdleTimeout = 50 * time.Millisecond })
	if got := talk(t, s.plain, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", time.Minute); !strings.HasSuffix(got, "[closed]") {
		t.Errorf("an idle connection was kept: %q", got)
	}
}

// Parked connections must still be served, with TLS and without.
func TestParkedConnections(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	s := start(t, func(req *edge.Request, w edge.Responder) {
		served.Add(1)
		ok(req, w)
	}, nil)
	for _, p := range s.protocols(t)[:2] {
		for range 2 {
			resp, err := p.client.Get(p.base + "/")
			if err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			waitParked(t, s)
		}
	}
	if served.Load() != 4 {
		t.Errorf("served %d", served.Load())
	}
}

// waitParked returns when every HTTP/1 connection has given its buffers back.
func waitParked(t *testing.T, s *site) {
	t.Helper()
	for range 1000 {
		s.conns.mu.Lock()
		n := len(s.conns.open)
		s.conns.mu.Unlock()
		if n > 0 && s.parked.Load() == int64(n) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("connections did not park")
}

// A viewer that takes nothing, or sends nothing more, must not hold a request for ever.
func TestStalledViewers(t *testing.T) {
	t.Parallel()
	reads, writes := make(chan error, 1), make(chan error, 1)
	s := start(t, func(req *edge.Request, w edge.Responder) {
		if req.Body != nil {
			_, err := io.Copy(io.Discard, req.Body)
			reads <- err
			w.Respond(&edge.Response{Status: 200})
			return
		}
		w.Respond(&edge.Response{Status: 200, ContentLength: -1, Stream: io.NopCloser(endless{}), Done: func(_ int64, err error) { writes <- err }})
	}, func(o *Options) { o.WriteTimeout, o.BodyTimeout = 300*time.Millisecond, 300*time.Millisecond })
	for _, p := range s.protocols(t) {
		resp, err := p.client.Get(p.base + "/") // and never reads the body
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		if err := <-writes; err == nil {
			t.Errorf("%s: an endless body was written", p.name)
		}
		resp.Body.Close()
	}
	for _, p := range s.protocols(t) {
		pr, pw := io.Pipe()
		req, _ := http.NewRequest("POST", p.base+"/", pr)
		req.ContentLength = 10
		go func() {
			if resp, err := p.client.Do(req); err == nil {
				resp.Body.Close()
			}
		}()
		io.WriteString(pw, "12345") // and never the rest
		if err := <-reads; err == nil {
			t.Errorf("%s: half a body was taken for a whole one", p.name)
		}
		pw.Close()
	}
}

// endless is a body without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

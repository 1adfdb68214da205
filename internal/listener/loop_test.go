package listener

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/edge/fairqueue"
)

// inMemory is a Handler that answers at once what it answers with a body in memory or none, as
// the edge does with what is cached. Paths with "miss" are left to Serve.
type inMemory struct{ handlerFunc }

func (h inMemory) TryServe(req *edge.Request, w edge.Responder) bool {
	if req.Body != nil || strings.Contains(req.Target, "miss") {
		return false
	}
	var kept kept
	h.Serve(req, &kept)
	if kept.r.Stream != nil {
		kept.r.Stream.Close()
		return false
	}
	w.Respond(kept.r)
	return true
}

// kept is a Responder that keeps the response.
type kept struct{ r *edge.Response }

func (k *kept) Respond(r *edge.Response) { k.r = r }

// numbered answers with the request's target and as many bytes as its query says.
func numbered(big []byte) handlerFunc {
	return func(req *edge.Request, w edge.Responder) {
		var n int
		path, query, _ := strings.Cut(req.Target, "?")
		fmt.Sscan(query, &n)
		w.Respond(&edge.Response{Status: 200, Fields: fields("X-Path", strings.Clone(path)), Bytes: big[:n]})
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// Requests that the loop answers and requests that it lends out alternate on one connection,
// cut into pieces at every place, and arrive in order.
func TestLoopLendsAndTakesBack(t *testing.T) {
	t.Parallel()
	s := startHandler(t, inMemory{echo}, func(o *Options) { o.HTTPS = "" })
	var raw, want strings.Builder
	for i := range 3 {
		fmt.Fprintf(&raw, "GET /hit%d HTTP/1.1\r\nHost: h\r\n\r\nGET /miss%d HTTP/1.1\r\nHost: h\r\n\r\n", i, i)
		fmt.Fprintf(&raw, "POST /post%d HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", i)
		fmt.Fprintf(&want, "200<GET /hit%d > 200<GET /miss%d > 200<POST /post%d hello> ", i, i, i)
	}
	raw.WriteString("GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	want.WriteString("200<GET /end > closed")
	all := raw.String()
	for cut := 1; cut < len(all); cut += 7 {
		conn, err := net.Dial("tcp", s.plain)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			io.WriteString(conn, all[:cut])
			io.WriteString(conn, all[cut:])
		}()
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		b, err := io.ReadAll(conn)
		conn.Close()
		if got := summary(string(b) + "[closed]"); err != nil || got != want.String() {
			t.Fatalf("cut at %d: %q, %v", cut, got, err)
		}
	}
}

// A viewer that takes its time gets every byte, of what it has asked for meanwhile too; bodies
// large and small, from pages and without.
func TestLoopWaitsForSlowViewers(t *testing.T) {
	t.Parallel()
	big := randomBytes(3 << 20)
	store := cachestore.New(cachestore.Options{MaxBytes: 64 << 20})
	defer store.Close()
	object := storedObject(t, store, big[:1<<20])
	var lent atomic.Int32
	s := startHandler(t, inMemory{func(req *edge.Request, w edge.Responder) {
		r := &edge.Response{Status: 200, Bytes: big}
		switch req.Target {
		case "/small":
			r.Bytes = big[:100]
		case "/pages":
			r.Bytes, _ = object.Bytes()
			if r.Pages = store.Pages(object); r.Pages != nil {
				lent.Add(1)
			}
		case "/part":
			all, _ := object.Bytes()
			r.Status, r.Bytes, r.Pages, r.PagesFrom = 206, all[4097:900_001], store.Pages(object), 4097
		}
		w.Respond(r)
	}}, func(o *Options) { o.HTTPS = "" })
	conn, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	targets := []string{"/", "/small", "/pages", "/part", "/", "/pages", "/small"}
	for range 2 {
		for _, target := range targets {
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", target)
		}
		br := bufio.NewReaderSize(iotestSlow{conn}, 512)
		for _, target := range targets {
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			want := map[string][]byte{"/": big, "/small": big[:100], "/pages": big[:1<<20], "/part": big[4097:900_001]}[target]
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s: %d bytes of %d, %v", target, len(got), len(want), err)
			}
		}
	}
	if lent.Load() == 0 {
		t.Error("pages were never lent")
	}
}

// iotestSlow lets others run between two reads.
type iotestSlow struct{ io.Reader }

func (s iotestSlow) Read(p []byte) (int, error) {
	time.Sleep(time.Microsecond)
	return s.Reader.Read(p)
}

// storedObject stores a body and returns it once it has pages.
func storedObject(t *testing.T, store *cachestore.Store, body []byte) *cachestore.Object {
	t.Helper()
	fill, _ := store.Join("key", cachestore.Target{})
	o := fill.Start(&cachestore.Head{Status: 200, Length: int64(len(body)), Fields: fields("X", "y")})
	if _, err := fill.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := fill.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); store.Pages(o) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no pages were made")
		}
	}
	return o
}

// A viewer that leaves, stalls, or is cut ends its response with an error and its connection.
func TestLoopEndsResponses(t *testing.T) {
	t.Parallel()
	done := make(chan error, 1)
	big := make([]byte, 32<<20)
	var over atomic.Bool
	for name, end := range map[string]func(net.Conn, *site){
		"left":    func(c net.Conn, _ *site) { c.Close() },
		"stalled": func(net.Conn, *site) {},
		"ended": func(c net.Conn, _ *site) {
			over.Store(true)
			io.Copy(io.Discard, c)
		},
		"cut": func(_ net.Conn, s *site) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			s.Shutdown(ctx)
		},
	} {
		s := startHandler(t, inMemory{func(_ *edge.Request, w edge.Responder) {
			ended := func() error {
				if over.Load() && name == "ended" {
					return errors.New("over")
				}
				return nil
			}
			w.Respond(&edge.Response{Status: 200, Bytes: big, Ended: ended, Done: func(sent int64, err error) {
				if sent >= int64(len(big)) {
					t.Errorf("%s: all was sent", name)
				}
				done <- err
			}})
		}}, func(o *Options) {
			if o.HTTPS = ""; name == "stalled" {
				o.WriteTimeout = 100 * time.Millisecond
			}
		})
		conn, err := net.Dial("tcp", s.plain)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		end(conn, s)
		if err := <-done; err == nil {
			t.Errorf("%s: no error", name)
		}
		waitClosed(t, s)
	}
}

// waitClosed returns when no connection is open.
func waitClosed(t *testing.T, s *site) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if s.conns.wait(ctx); ctx.Err() != nil {
		t.Error("connections stay open")
	}
}

// Silence ends connections: before the first request, within a head, and after an answer.
func TestLoopTimeouts(t *testing.T) {
	t.Parallel()
	const patience = 100 * time.Millisecond
	for name, tc := range map[string]struct {
		send, want string
		change     func(*Options)
	}{
		"nothing said": {"", "closed", func(o *Options) { o.HeadTimeout = patience }},
		"half a head":  {"GET / HTT", "408 closed", func(o *Options) { o.HeadTimeout = patience }},
		"idle":         {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "200<GET / > closed", func(o *Options) { o.IdleTimeout = patience }},
		"idle, lent":   {"GET /miss HTTP/1.1\r\nHost: h\r\n\r\n", "200<GET /miss > closed", func(o *Options) { o.IdleTimeout = patience }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startHandler(t, inMemory{echo}, func(o *Options) { o.HTTPS = ""; tc.change(o) })
			if got := summary(talk(t, s.plain, tc.send, time.Minute)); got != tc.want && (got != "closed" || name != "half a head") {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			waitClosed(t, s)
		})
	}
}

// Shutdown ends what is idle, half a head too, and lets answers under way finish.
func TestLoopShutdown(t *testing.T) {
	t.Parallel()
	began, release := make(chan struct{}), make(chan struct{})
	big := randomBytes(8 << 20)
	s := startHandler(t, inMemory{func(req *edge.Request, w edge.Responder) {
		if strings.HasPrefix(req.Target, "/miss") {
			began <- struct{}{}
			<-release
		}
		numbered(big)(req, w)
	}}, func(o *Options) { o.HTTPS = "" })
	dial := func(send string, want int) net.Conn {
		conn, err := net.Dial("tcp", s.plain)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, send)
		io.ReadFull(conn, make([]byte, want))
		return conn
	}
	silent := dial("", 0)
	idle := dial("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 1)
	half := dial("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTT", 1)
	slow := dial(fmt.Sprintf("GET /?%d HTTP/1.1\r\nHost: h\r\n\r\n", len(big)), 1)
	waiting := dial("GET /miss?5 HTTP/1.1\r\nHost: h\r\n\r\n", 0)
	<-began
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	for _, conn := range []net.Conn{silent, idle, half} {
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("an idle connection: %v", err)
		}
		conn.Close()
	}
	b, err := io.ReadAll(slow)
	if err != nil || !bytes.HasSuffix(b, big) {
		t.Errorf("a slow viewer got %d bytes, %v", len(b), err)
	}
	close(release)
	if b, err := io.ReadAll(waiting); err != nil || !bytes.Contains(b, []byte("Connection: close\r\n")) || !bytes.HasSuffix(b, big[:5]) {
		t.Errorf("a request under way: %q, %v", b, err)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

// A panic in the loop ends one connection.
func TestLoopPanics(t *testing.T) {
	t.Parallel()
	s := startHandler(t, inMemory{func(req *edge.Request, w edge.Responder) {
		if req.Target == "/bug" {
			panic("a bug")
		}
		ok(req, w)
	}}, func(o *Options) { o.HTTPS = "" })
	other, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if got := talk(t, s.plain, "GET /bug HTTP/1.1\r\nHost: h\r\n\r\n", time.Minute); strings.HasPrefix(got, "HTTP") {
		t.Errorf("answered %q", got)
	}
	io.WriteString(other, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if b, err := io.ReadAll(other); err != nil || summary(string(b)) != "200ok" {
		t.Errorf("another connection: %q, %v", b, err)
	}
}

// Many viewers at once, each with requests of all kinds.
func TestLoopManyViewers(t *testing.T) {
	t.Parallel()
	big := randomBytes(600 << 10)
	s := startHandler(t, inMemory{numbered(big)}, func(o *Options) { o.HTTPS = "" })
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for i, n := range []int{0, 10, 5000, 20_000, len(big), 17, 300_000} {
				path := fmt.Sprintf("/%s/%d", [2]string{"hit", "miss"}[i%2], i)
				resp, err := client.Get(fmt.Sprintf("http://%s%s?%d", s.plain, path, n))
				if err != nil {
					t.Error(err)
					return
				}
				b, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || !bytes.Equal(b, big[:n]) || resp.Header.Get("X-Path") != path {
					t.Errorf("%s: %d bytes of %d, %v", path, len(b), n, err)
				}
			}
		})
	}
	wg.Wait()
}

// FuzzPlainHead compares the short way with the long one: a head taken for a plain one must be
// the same request, of the same length, to both.
func FuzzPlainHead(f *testing.F) {
	for _, s := range []string{
		benchRequest, "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD / HTTP/1.1\r\nhost:h\r\nX:  y \r\n\r\n",
		"GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", "GET /a HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", "GET /a HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
		"GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a HTTP/1.1\r\nConnection: keep-alive\r\nHost: [::1]:80\r\n\r\n", "GET /a HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var index headIndex
		n, method, target := plainHead(raw, &index)
		if n == 0 {
			return
		}
		var got *seen
		var list []headField
		l := New(handlerFunc(func(req *edge.Request, w edge.Responder) {
			s := look(req)
			got = &s
			for name, value := range req.Header.All {
				list = append(list, headField{strings.Clone(name), strings.Clone(value)})
			}
			w.Respond(&edge.Response{Status: 200})
		}), Options{Log: slog.New(slog.DiscardHandler)})
		conn := &memoryConn{in: bytes.NewReader(raw[:n])}
		c := newH1(l, conn, conn, viewer{})
		c.lent = true
		keep := c.busy()
		if got == nil || !keep || c.got != int64(n) {
			t.Fatalf("%q is not one request to both: %v, keep %v, %d bytes", raw[:n], got, keep, c.got)
		}
		if got.method != method || got.target != target || got.host != index.Get("Host") || got.hasBody {
			t.Errorf("%q: %s %s %s, and %+v", raw[:n], method, index.Get("Host"), target, got)
		}
		if fmt.Sprint(list) != fmt.Sprint(index.fields) {
			t.Errorf("%q: fields %q, and %q", raw[:n], index.fields, list)
		}
	})
}

// inTurns answers paths with "turn" when their turn has come, everything else at once.
type inTurns struct {
	inMemory
	queue   *fairqueue.Queue
	waiting chan struct{}
}

func (h inTurns) TryServe(req *edge.Request, w edge.Responder) bool {
	if !strings.Contains(req.Target, "turn") {
		return h.inMemory.TryServe(req, w)
	}
	if req.Turn == nil {
		turn, err := h.queue.Draw(fairqueue.Source(req.Peer.Addr()), req.Waiter.Called)
		if err != nil {
			panic(err)
		}
		req.Turn = turn
		h.waiting <- struct{}{}
		return false
	}
	if turn, _ := req.Turn.Turn(); !turn {
		panic("called before its turn")
	}
	defer req.Turn.Leave()
	if strings.Contains(req.Target, "bug") {
		panic("a bug")
	}
	req.Turn.Leave()
	req.Turn = nil
	return h.inMemory.TryServe(req, w)
}

// Requests that wait for a turn hold no goroutine: others go on, what comes behind them is answered
// behind them, and turns are never lost, whatever becomes of their viewers.
func TestLoopWaitsForTurns(t *testing.T) {
	t.Parallel()
	h := inTurns{inMemory{echo}, fairqueue.New(fairqueue.Options{Slots: 1}), make(chan struct{}, 100)}
	s := startHandler(t, h, func(o *Options) { o.HTTPS = "" })
	if !h.queue.TryEnter() {
		t.Fatal("no turn")
	}
	dial := func(raw string) net.Conn {
		conn, err := net.Dial("tcp", s.plain)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, raw)
		return conn
	}
	const head = " HTTP/1.1\r\nHost: h\r\n\r\n"
	const last = "GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	var conns []net.Conn
	for _, raw := range []string{"GET /a" + head + "GET /turn" + head + "GET /b" + head + "GET /turn-miss" + head + "GET /c" + head + last, "GET /turn-bug" + head, "GET /turn" + head} {
		conns = append(conns, dial(raw))
		<-h.waiting
	}
	left := dial("GET /turn" + head)
	<-h.waiting
	left.(*net.TCPConn).SetLinger(0) // a reset tells at once
	left.Close()
	for h.queue.Waiting() != 3 {
		time.Sleep(time.Millisecond)
	}
	io.WriteString(conns[2], last)
	if got := talk(t, s.plain, "GET /hit"+head+last, time.Minute); summary(got) != "200<GET /hit > 200<GET /end > closed" {
		t.Errorf("a request that needs no turn: %q", got)
	}
	h.queue.Leave()
	for i, want := range []string{"200<GET /a > 200<GET /turn > 200<GET /b > 200<GET /turn-miss > 200<GET /c > 200<GET /end > closed", "", "200<GET /turn > 200<GET /end > closed"} {
		b, err := io.ReadAll(conns[i])
		conns[i].Close()
		if got := string(b); want == "" && got != "" || want != "" && (err != nil || summary(got+"[closed]") != want) {
			t.Errorf("connection %d: %q, %v", i, got, err)
		}
	}
	for !h.queue.TryEnter() {
		time.Sleep(time.Millisecond)
	}
}

// Shutdown answers what waits for its turn.
func TestLoopShutdownWhileWaiting(t *testing.T) {
	t.Parallel()
	h := inTurns{inMemory{echo}, fairqueue.New(fairqueue.Options{Slots: 1}), make(chan struct{}, 100)}
	s := startHandler(t, h, func(o *Options) { o.HTTPS = "" })
	if !h.queue.TryEnter() {
		t.Fatal("no turn")
	}
	conn, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /turn HTTP/1.1\r\nHost: h\r\n\r\n")
	<-h.waiting
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	for !s.draining.Load() {
		time.Sleep(time.Millisecond)
	}
	h.queue.Leave()
	if b, err := io.ReadAll(conn); err != nil || !strings.Contains(string(b), "Connection: close\r\n") || !strings.HasPrefix(string(b), "HTTP/1.1 200") {
		t.Errorf("it got %q, %v", b, err)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	for !h.queue.TryEnter() {
		time.Sleep(time.Millisecond)
	}
}

// However often turns come, the loop wakes up for each.
func TestLoopIsCalledForEver(t *testing.T) {
	t.Parallel()
	h := inTurns{inMemory{echo}, fairqueue.New(fairqueue.Options{Slots: 1}), make(chan struct{}, 1000)}
	s := startHandler(t, h, func(o *Options) { o.HTTPS = "" })
	conn, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(conn)
	for i := range 600 { // more than a byte counts
		io.WriteString(conn, "GET /turn HTTP/1.1\r\nHost: h\r\n\r\n")
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		io.Copy(io.Discard, resp.Body)
	}
}

package listener

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/listener/h2"
)

// TestIdleConnectionsAreSmall holds connections that have been served and wait for more: each
// may cost 8 KiB of memory at most, stack and bookkeeping of both ends included.
func TestIdleConnectionsAreSmall(t *testing.T) {
	t.Run("goroutines", func(t *testing.T) { idleConnections(t, start(t, ok, nil)) })
	t.Run("loop", func(t *testing.T) { idleConnections(t, startHandler(t, inMemory{ok}, nil)) })
}

func idleConnections(t *testing.T, s *site) {
	const conns, limit = 400, 8 << 10
	before := memory()
	for range conns {
		c, err := net.Dial("tcp", s.plain)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		c.Read(make([]byte, 512))
	}
	for range 500 {
		if s.parked.Load() == conns {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := s.parked.Load(); n != conns {
		t.Fatalf("%d of %d connections are parked", n, conns)
	}
	each := int64(memory()-before) / conns
	t.Logf("%d bytes for an idle connection", each)
	if each > limit && !raceEnabled {
		t.Errorf("an idle connection costs %d bytes, more than %d", each, limit)
	}
}

// memory is the memory in use after everything unused has been given up; stacks shrink over
// several collections, and pools empty over two.
func memory() uint64 {
	for range 5 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// TestHitsAllocateNothing has a loop answer requests from memory.
func TestHitsAllocateNothing(t *testing.T) {
	for _, size := range []int{4 << 10, 100 << 10} {
		s := startHandler(t, instant{benchResponse(size)}, func(o *Options) { o.HTTPS = "" })
		c, err := net.Dial("tcp", s.plain)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		send, buf := []byte(benchRequest), make([]byte, 128<<10)
		length := roundTrip(t, c, send, buf, 0)
		if allocs := testing.AllocsPerRun(1000, func() { roundTrip(t, c, send, buf, length) }); allocs > 0 && !raceEnabled {
			t.Errorf("%v allocations for a request of %d bytes", allocs, size)
		}
	}
}

// instant is a Handler that answers everything with one response.
type instant struct{ r *edge.Response }

func (h instant) Serve(_ *edge.Request, w edge.Responder) { w.Respond(h.r) }

func (h instant) TryServe(_ *edge.Request, w edge.Responder) bool {
	w.Respond(h.r)
	return true
}

// request and answer of the benchmarks: what a browser sends, and a cached 4 KiB object.
const benchRequest = "GET /img/logo.png?Expires=1893456000&Signature=abcdefghijklmnopqrstuvwxyz0123456789&Key-Pair-Id=K2JCJMDEHXQW5F HTTP/1.1\r\n" +
	"Host: d111111abcdef8.cloudfront.localhost\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
	"Accept: image/avif,image/webp,*/*\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\n\r\n"

func benchResponse(size int) *edge.Response {
	return &edge.Response{Status: 200, Bytes: make([]byte, size), Fields: fields(
		"Content-Type", "image/png", "ETag", `"0123456789abcdef0123456789abcdef"`, "Last-Modified", "Mon, 02 Feb 2026 03:04:05 GMT",
		"Accept-Ranges", "bytes", "Server", "AmazonS3", "Date", "Mon, 02 Feb 2026 03:04:05 GMT", "Age", "17", "X-Cache", "Hit from cloudfront",
		"Via", "1.1 0123456789abcdef.cloudfront.net (CloudFront)", "X-Amz-Cf-Pop", "LCL50-C1", "X-Amz-Cf-Id", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")}
}

// BenchmarkHit is one request and response over a kept connection, both ends in the process.
func BenchmarkHit(b *testing.B) {
	for name, size := range map[string]int{"4KiB": 4 << 10, "64KiB": 64 << 10} {
		b.Run(name, func(b *testing.B) {
			resp := benchResponse(size)
			s := start(b, func(req *edge.Request, w edge.Responder) {
				if req.Header.Get("Range") == "" && req.Header.Get("If-None-Match") == "" {
					w.Respond(resp)
				}
			}, nil)
			c, err := net.Dial("tcp", s.plain)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			send, buf := []byte(benchRequest), make([]byte, 128<<10)
			length := roundTrip(b, c, send, buf, 0)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				roundTrip(b, c, send, buf, length)
			}
		})
	}
}

// roundTrip sends one request and reads its response of length bytes; 0 means to find out
// the length, by a read that is given time.
func roundTrip(b testing.TB, c net.Conn, send, buf []byte, length int) int {
	if _, err := c.Write(send); err != nil {
		b.Fatal(err)
	}
	if length > 0 {
		if _, err := io.ReadFull(c, buf[:length]); err != nil {
			b.Fatal(err)
		}
		return length
	}
	c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	defer c.SetReadDeadline(time.Time{})
	for {
		n, err := c.Read(buf[length:])
		length += n
		if err != nil {
			return length
		}
	}
}

// TestIdleHTTP2ConnectionsAreSmall is the same for HTTP/2, without TLS, which both ends would
// have here.
func TestIdleHTTP2ConnectionsAreSmall(t *testing.T) {
	const conns, limit = 400, 8 << 10
	s := start(t, ok, func(o *Options) { o.HTTP = "" })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	request := browserRequest()
	viewers := map[string]net.Conn{} // whose own memory is not the server's; by address
	for range conns {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		viewers[c.LocalAddr().String()] = c
	}
	before := memory()
	for range viewers {
		server, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			socket := h2.NewSocket(server)
			s.h2.NewConn(socket, socket, h2.Viewer{}).Serve()
		})
		c := viewers[server.RemoteAddr().String()]
		c.Write(request)
		fr := http2.NewFramer(io.Discard, c)
		for {
			f, err := fr.ReadFrame()
			if err != nil {
				t.Fatal(err)
			}
			if f.Header().Type == http2.FrameData {
				break
			}
		}
	}
	for range 500 {
		if s.parked.Load() == conns {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := s.parked.Load(); n != conns {
		t.Fatalf("%d of %d connections are parked", n, conns)
	}
	each := int64(memory()-before) / conns
	runtime.KeepAlive(viewers)
	t.Logf("%d bytes for an idle connection", each)
	if each > limit && !raceEnabled {
		t.Errorf("an idle connection costs %d bytes, more than %d", each, limit)
	}
}

// browserRequest is a connection's first frames with a request like a browser's, its fields
// left in the server's table.
func browserRequest() []byte {
	var out, block bytes.Buffer
	out.WriteString(http2.ClientPreface)
	fr := http2.NewFramer(&out, nil)
	fr.WriteSettings()
	enc := hpack.NewEncoder(&block)
	for _, f := range []hpack.HeaderField{
		{Name: ":method", Value: "GET"},
		{Name: ":scheme", Value: "https"},
		{Name: ":authority", Value: "d111111abcdef8.cloudfront.localhost"},
		{Name: ":path", Value: "/img/logo.png?Expires=1893456000&Signature=abcdefghijklmnopqrstuvwxyz0123456789&Key-Pair-Id=K2JCJMDEHXQW5F", Sensitive: true},
		{Name: "user-agent", Value: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
		{Name: "accept", Value: "image/avif,image/webp,*/*"},
		{Name: "accept-language", Value: "en-US,en;q=0.5"},
		{Name: "accept-encoding", Value: "gzip, deflate, br"},
		{Name: "referer", Value: "https://www.example.com/some/page"},
		{Name: "cookie", Value: strings.Repeat("session=0123456789abcdef; ", 8) + "a=b"},
		{Name: "sec-fetch-dest", Value: "image"},
		{Name: "sec-fetch-mode", Value: "no-cors"},
		{Name: "sec-fetch-site", Value: "cross-site"},
		{Name: "te", Value: "trailers"},
	} {
		enc.WriteField(f)
	}
	fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: true})
	return out.Bytes()
}

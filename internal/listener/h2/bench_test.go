package h2

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/warmfront/warmfront/internal/edge"
)

// signedPath is as long as signed URLs are.
const signedPath = "/films/one/segment-00042.ts?Expires=1893456000&Signature=Kx3~jPq0yY2mV8sQh1dN7bLwR4tZc6Xf9GaJ5uEoBiTnWlMkHvSgDpFrCzAxQyO" +
	"2eU7hKj3nLb8mVc5xZs1aQw4eRt6yUi9oPl0kJhGfDsAzXcVbNm~QwErTyUiOpAsDfGhJkLzXcVbNm1234567890qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM-" +
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789~~__&Key-Pair-Id=K2JCJMDEHXQW5F"

func BenchmarkHuffman(b *testing.B) {
	coded := hpack.AppendHuffmanString(nil, signedPath)
	var dst []byte
	b.SetBytes(int64(len(signedPath)))
	b.ReportAllocs()
	for b.Loop() {
		var ok bool
		if dst, ok = huffmanCode.decode(dst[:0], coded); !ok {
			b.Fatal("invalid")
		}
	}
}

func BenchmarkHuffmanReference(b *testing.B) {
	coded := hpack.AppendHuffmanString(nil, signedPath)
	b.SetBytes(int64(len(signedPath)))
	for b.Loop() {
		var to strings.Builder
		hpack.HuffmanDecode(&to, coded)
	}
}

// loop is a viewer that asks for the same again and again, and a batch of times at once.
type loop struct {
	script
	server  *Server
	most    int // requests for which the window is large enough
	preface []byte

	first []byte
	batch []byte
	left  int
	ids   []int // offsets of stream numbers in batch
	next  uint32
}

func (l *loop) Read(p []byte) (int, error) {
	if len(l.first) > 0 {
		n := copy(p, l.first)
		l.first = l.first[n:]
		return n, nil
	}
	if l.left <= 0 {
		return 0, io.EOF
	}
	for _, at := range l.ids {
		binary.BigEndian.PutUint32(l.batch[at:], l.next)
		l.next += 2
	}
	l.left -= len(l.ids)
	return copy(p, l.batch), nil
}

func (l *loop) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkHits is requests answered in the loop, without TLS, sockets and an edge.
func BenchmarkHits(b *testing.B) {
	for _, streams := range []int{1, 16} {
		b.Run(strconv.Itoa(streams), func(b *testing.B) {
			l := newLoop(streams)
			b.ReportAllocs()
			for left := b.N; left > 0; left -= l.most {
				l.serve(min(left, l.most))
			}
		})
	}
}

// TestHitsAllocateNothing counts what many requests allocate together: it is what connections
// do.
func TestHitsAllocateNothing(t *testing.T) {
	for _, streams := range []int{1, 16} {
		l := newLoop(streams)
		allocs := func(requests int) float64 {
			return testing.AllocsPerRun(3, func() { l.serve(requests) })
		}
		each := 1.0
		for range 5 { // a collection empties pools: one undisturbed run proves it
			few, many := allocs(64), allocs(20_064)
			if each = min(each, (many-few)/20_000); each <= 0.01 || raceEnabled {
				break
			}
		}
		if each > 0.01 && !raceEnabled {
			t.Errorf("%d streams: %.3f allocations for a request", streams, each)
		}
	}
}

// newLoop returns a viewer that asks for 4 KiB with so many streams at a time.
func newLoop(streams int) *loop {
	resp := edge.Response{Status: 200, Bytes: make([]byte, 4096), Fields: []edge.Field{
		{Name: "Content-Type", Value: "image/png"},
		{Name: "ETag", Value: `"0123456789abcdef0123456789abcdef"`},
		{Name: "Last-Modified", Value: "Mon, 02 Feb 2026 03:04:05 GMT"},
		{Name: "Accept-Ranges", Value: "bytes"},
		{Name: "Server", Value: "AmazonS3"},
		{Name: "Date", Value: "Mon, 02 Feb 2026 03:04:05 GMT"},
		{Name: "Age", Value: "17"},
		{Name: "X-Cache", Value: "Hit from cloudfront"},
		{Name: "Via", Value: "1.1 0123456789abcdef.cloudfront.net (CloudFront)"},
		{Name: "X-Amz-Cf-Pop", Value: "LCL50-C1"},
		{Name: "X-Amz-Cf-Id", Value: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},
	}}
	h := &site{try: true, serve: func(_ *edge.Request, w edge.Responder) { w.Respond(&resp) }}
	l := &loop{server: New(options(h)), most: 200_000}
	var first, block bytes.Buffer
	first.WriteString(http2.ClientPreface)
	fr := http2.NewFramer(&first, nil)
	fr.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
	fr.WriteWindowUpdate(0, 1<<30) // enough for 250,000 bodies
	l.preface = first.Bytes()
	enc := hpack.NewEncoder(&block)
	for _, f := range []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: signedPath, Sensitive: true}, {Name: "x-never", Value: "h2load", Sensitive: true}} {
		enc.WriteField(f)
	}
	for range streams {
		l.ids = append(l.ids, len(l.batch)+5)
		l.batch = append(appendFrame(l.batch, block.Len(), http2.FrameHeaders, endStream|endHeaders, 1), block.Bytes()...)
	}
	return l
}

// serve serves so many requests on a connection.
func (l *loop) serve(requests int) {
	l.first, l.left, l.next = l.preface, requests, 1
	socket := NewSocket(l)
	l.server.NewConn(socket, socket, Viewer{}).Serve()
}

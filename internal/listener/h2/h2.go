// Package h2 is the server's half of HTTP/2 (RFC 9113) for an edge that answers most requests
// from memory: the connection's own loop reads frames with x/net/http2's Framer, answers what
// needs no waiting, and writes once no more input is buffered. Everything else, request bodies
// and streamed responses among it, is handed to goroutines.
package h2

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
)

// Options of a Server. All but Try are required.
type Options struct {
	Handler edge.Handler
	// Try answers a request at once or reports false, having done nothing. nil: every request
	// is the Handler's.
	Try edge.Trier
	// Check judges a request whose HTTP/2 form is right, before the edge sees it: the status
	// to refuse it with, or 0.
	Check func(*edge.Request) int
	// Page is the body of a response with an error status that the edge is not asked about.
	Page func(status int) string
	// Readable waits until a socket has something to read, and reports false when its read
	// deadline passes before.
	Readable func(net.Conn) bool
	// Panicked is told of a handler's panic, which costs one stream.
	Panicked func(any)
	// Parked, when set, is told of each connection that begins (1) or ends (-1) to wait
	// without buffers.
	Parked func(delta int64)

	MaxHeadBytes         int   // of a request line and fields as HTTP/1.1 would write them; more is 494
	MaxConcurrentStreams int   // requests under way on one connection
	MaxBodyBytes         int64 // of one request
	HeadTimeout          time.Duration
	BodyTimeout          time.Duration // between two parts of a request body
	EarlyWait            time.Duration // for the end of a request that is answered before; 0: none
	WriteTimeout         time.Duration // without any progress of a response
	IdleTimeout          time.Duration // between two requests
	ParkAfter            time.Duration // without input until a connection gives its buffers back
}

// Viewer is the other end of a connection.
type Viewer struct {
	Peer, Local netip.AddrPort
	TLS         *edge.TLS
}

// Server serves connections with the same Options; it is safe for concurrent use.
type Server struct {
	o        Options
	kits     sync.Pool // of *kit
	streams  sync.Pool // of *stream
	small    sync.Pool // of *[]byte, smallOut large, for output
	large    sync.Pool // and largeOut
	copies   sync.Pool // of *[]byte, for streamed bodies
	settings []byte    // the frames every connection begins with
}

// statusHeadTooLarge is nginx's and CloudFront's status for a head beyond the limit.
const statusHeadTooLarge = 494

// New returns a Server.
func New(o Options) *Server {
	s := &Server{o: o}
	s.settings = s.firstFrames()
	s.kits.New = func() any { return newKit() }
	s.streams.New = func() any { return newStream() }
	s.small.New = func() any { b := make([]byte, 0, smallOut); return &b }
	s.large.New = func() any { b := make([]byte, 0, largeOut); return &b }
	s.copies.New = func() any { b := make([]byte, copyBytes); return &b }
	return s
}

// Package edge takes a viewer request from its first byte to its log line, whatever protocol
// it came by: one file per phase, in the order of the list in edge.go.
package edge

import (
	"io"
	"net/netip"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/edge/fairqueue"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// Proto is the HTTP version a viewer speaks.
type Proto uint8

// The HTTP versions of viewers.
const (
	HTTP10 Proto = iota
	HTTP11
	HTTP2
	HTTP3
)

// String is the version as access logs write it.
func (p Proto) String() string {
	return [...]string{"HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0"}[p]
}

// RequestHeader reads a viewer's header fields. Names are case-insensitive; strings are valid
// as long as the Exchange's own (see Exchange).
type RequestHeader interface {
	// Get returns the first value of the named field, or "".
	Get(name string) string
	// All calls yield for each field line in the order received, until yield returns false.
	All(yield func(name, value string) bool)
}

// TLS is what the listener knows of a viewer's TLS connection.
type TLS struct {
	ServerName string // SNI, lower case
	Version    uint16 // crypto/tls version number
	Cipher     uint16 // crypto/tls cipher suite id
}

// Request is one viewer request as a listener hands it over. Its strings may alias buffers of
// the connection: they are valid until Responder.Respond has been called and Serve returned;
// strings.Clone what must live longer.
type Request struct {
	Method string
	Host   string // Host or :authority as received, with port if any
	// Target is the request target in origin form ("/path?query") or "*", byte for byte as
	// received; listeners strip the scheme and authority of an absolute form.
	Target        string
	Proto         Proto
	Header        RequestHeader
	Body          io.Reader // nil when the request has no body
	ContentLength int64     // -1 when unknown, 0 when there is no body
	Peer          netip.AddrPort
	Local         netip.AddrPort
	TLS           *TLS // nil on a clear-text connection
	// TakesFiles says that the listener takes Response.File.
	TakesFiles bool
	// TakesPages says that the listener prefers Response.Pages to Bytes.
	TakesPages bool
	// Gone reports whether the viewer is known to have left; may be nil. It is polled while
	// waiting for an origin.
	Gone func() bool
	// Waiter, when set, lets TryServe have the request wait for a turn at being verified: Turn
	// is then the place it has got, see Trier.
	Waiter Waiter
	Turn   *Turn
}

// Turn is a request's place among those whose signatures are still to be verified.
type Turn = fairqueue.Ticket

// Waiter is a request that waits without a goroutine.
type Waiter interface {
	// Called tells that the waiting is over: it is time for another TryServe. It may come from
	// any goroutine, and neither it nor a caller may use the request's Turn meanwhile.
	Called()
}

// Field is one header field line.
type Field = httpcache.Field

// Pages are the bytes of a stored body that the kernel can send without a copy.
type Pages = cachestore.Pages

// FileRun is a stored body, or a run of it, that the kernel can send from a file.
type FileRun = cachestore.FileRun

// Response is what the edge answers. Exactly one of Bytes and Stream carries the body; both
// are nil when there is none (HEAD, 304, or an empty body).
type Response struct {
	Status int
	// Fields are the header fields in order, without Content-Length, Connection and
	// Transfer-Encoding, which belong to the listener's protocol. Their strings are valid until
	// Done has been called.
	Fields []Field
	// ContentLength is the length of the body, or -1 when unknown. For HEAD it is the length
	// GET would have had, to be announced without a body.
	ContentLength int64
	Bytes         []byte
	// Pages, when set, hold what is in Bytes too, from PagesFrom on, and can be lent to the
	// kernel. They may be used until Done has been called.
	Pages     *Pages
	PagesFrom int64
	// File, when set, is the body in place of Bytes and Stream. The listener closes it.
	File *FileRun
	// Ended, when set, is asked between two pieces of Bytes or File: an error ends the response as one of
	// Stream would.
	Ended func() error
	// Stream is read to its end and closed by the listener. A read error other than io.EOF
	// means the response is broken: the listener must reset the stream or connection and
	// never end the body as if it were whole.
	Stream io.ReadCloser
	// Done, when set, is called exactly once after the last byte was handed to the
	// connection or writing failed: sent counts body bytes. The edge then uses the response
	// and its fields again: nobody may look at them any more.
	Done func(sent int64, err error)
}

// Responder sends a response on the viewer's connection.
type Responder interface {
	// Respond takes ownership of r, its body and its Done. It may return before the body has
	// been written. Called exactly once an exchange.
	Respond(r *Response)
}

// Handler is the edge as listeners see it: it calls w.Respond exactly once before it returns.
type Handler interface {
	Serve(req *Request, w Responder)
}

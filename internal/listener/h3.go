package listener

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/warmfront/warmfront/internal/bind"
)

var errTooManyConnections = errors.New("too many connections")

// quicServer is the HTTP/3 half.
type quicServer struct {
	transport *quic.Transport
	listener  *quic.EarlyListener
	server    *http3.Server

	mu       sync.Mutex
	requests int
	idle     chan struct{} // closed when requests becomes 0; nil unless someone waits
}

// newQUICServer listens on l's UDP socket. 0-RTT stays off: its requests can be replayed.
func newQUICServer(l *Listener) (*quicServer, error) {
	q := &quicServer{}
	q.transport = &quic.Transport{
		Conn: l.udp,
		ConnContext: func(ctx context.Context, _ *quic.ClientInfo) (context.Context, error) {
			if l.draining.Load() || !l.conns.addQUIC(l.opts.MaxConnections) {
				return nil, errTooManyConnections
			}
			context.AfterFunc(ctx, l.conns.removeQUIC)
			return ctx, nil
		},
		// Under load, make strangers prove their address before they cost a handshake.
		VerifySourceAddress: func(net.Addr) bool { return l.conns.quicCount() > l.opts.MaxConnections/4 },
	}
	ln, err := q.transport.ListenEarly(http3.ConfigureTLSConfig(tlsConfig(l.opts.GetCertificate)), &quic.Config{
		HandshakeIdleTimeout:  l.opts.HandshakeTimeout,
		MaxIdleTimeout:        l.opts.IdleTimeout,
		MaxIncomingStreams:    int64(l.opts.MaxConcurrentStreams),
		MaxIncomingUniStreams: 8,
	})
	if err != nil {
		return nil, &bind.Error{For: "HTTPS viewers", Network: "udp", Address: l.opts.HTTPS, Err: err}
	}
	q.listener = ln
	q.server = &http3.Server{
		MaxHeaderBytes: 2 * maxHeadBytes,
		IdleTimeout:    l.opts.IdleTimeout,
		Logger:         slog.New(slog.DiscardHandler),
		ConnContext:    func(ctx context.Context, c *quic.Conn) context.Context { return withViewer(ctx, l, c) },
		Handler:        q,
	}
	return q, nil
}

// viewerKey is the context key of a connection's *h3Conn.
type viewerKey struct{}

func withViewer(ctx context.Context, l *Listener, c *quic.Conn) context.Context {
	v := viewer{peer: addrPort(c.RemoteAddr()), local: addrPort(c.LocalAddr()), tls: describeTLS(c.ConnectionState().TLS)}
	return context.WithValue(ctx, viewerKey{}, &h3Conn{l: l, viewer: v})
}

// ServeHTTP counts the requests under way, which draining waits for.
func (q *quicServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	q.requests++
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.requests--; q.requests == 0 && q.idle != nil {
			close(q.idle)
			q.idle = nil
		}
	}()
	r.Context().Value(viewerKey{}).(*h3Conn).ServeHTTP(w, r)
}

func (q *quicServer) serve() error {
	if err := q.server.ServeListener(q.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// drain sends GOAWAY and returns when the requests under way are answered, after a moment
// for their last packets and for viewers to close.
func (q *quicServer) drain(ctx context.Context) {
	closed := make(chan struct{})
	go func() {
		q.server.Shutdown(ctx)
		close(closed)
	}()
	q.mu.Lock()
	idle := q.idle
	if q.requests > 0 && idle == nil {
		idle = make(chan struct{})
		q.idle = idle
	}
	q.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
		case <-ctx.Done():
			return
		}
	}
	select {
	case <-closed:
	case <-ctx.Done():
	case <-time.After(lingerTime):
	}
}

// close cuts every connection. Handlers may still run: their writes fail.
func (q *quicServer) close() {
	go q.server.Close() // waits for handlers
	q.listener.Close()
	q.transport.Close()
}

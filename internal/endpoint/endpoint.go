// Package endpoint is the API address: one socket on which the service name in a request's
// signature decides between CloudFront's API, Warmfront's own operations and S3, which also
// takes everything unsigned and presigned.
package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/warmfront/warmfront/internal/bind"
)

// Handlers are the doors behind the address.
type Handlers struct {
	S3         fasthttp.RequestHandler // streams bodies both ways
	Store      fasthttp.RequestHandler // S3 for Dial's connections, which know no base path; nil means S3
	CloudFront http.Handler            // CloudFront's REST-XML API
	Operations http.Handler            // everything under /_warmfront/
	Console    http.Handler            // the pages under /console/
	Metrics    http.Handler            // /metrics, signed for Warmfront, with a bearer token or without either
	// Ready answers /readyz: nil, or why the process cannot serve yet.
	Ready func() error
}

// Options configure a Server. Zero limits and timeouts take the defaults.
type Options struct {
	Address string // host:port
	// BasePath begins the path of every request at the address, as "/warmfront"; others are
	// answered 404. Doors are given the path as sent, which signatures cover, and take it off.
	BasePath string
	TLS      *tls.Config // required unless Address is on loopback
	Log      *slog.Logger

	MaxConnections int           // default 16,384
	MaxBodyBytes   int64         // of requests that are not S3's; default 2 MiB
	HeadTimeout    time.Duration // from a head's first byte to its last; default 30 s
	BodyTimeout    time.Duration // between two parts of a body, either way; default 60 s
	IdleTimeout    time.Duration // between two requests; default 75 s, above the SDKs' pools
}

// Server serves the API address. Its methods are safe for concurrent use; call Listen once,
// then Serve once.
type Server struct {
	handlers   Handlers
	opts       Options
	cloudFront fasthttp.RequestHandler
	operations fasthttp.RequestHandler
	console    fasthttp.RequestHandler
	metrics    fasthttp.RequestHandler

	listener net.Listener
	public   *fasthttp.Server
	store    *fasthttp.Server // S3 alone, in process
	inner    *fasthttputil.InmemoryListener
}

// New returns a Server, or a *TLSRequiredError.
func New(h Handlers, o Options) (*Server, error) {
	if o.TLS == nil && !onLoopback(o.Address) {
		return nil, &TLSRequiredError{Address: o.Address}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if h.Store == nil {
		h.Store = h.S3
	}
	if h.Console != nil {
		h.Console = http.StripPrefix(o.BasePath, h.Console)
	}
	setDefault(&o.MaxConnections, 16<<10)
	setDefault(&o.MaxBodyBytes, 2<<20)
	setDefault(&o.HeadTimeout, 30*time.Second)
	setDefault(&o.BodyTimeout, 60*time.Second)
	setDefault(&o.IdleTimeout, 75*time.Second)
	s := &Server{handlers: h, opts: o, inner: fasthttputil.NewInmemoryListener()}
	s.cloudFront = s.adapt(h.CloudFront)
	s.operations = s.adapt(h.Operations)
	s.console = s.adapt(h.Console)
	s.metrics = s.adapt(h.Metrics)
	s.public = s.newServer(s.serve)
	s.store = s.newServer(func(ctx *fasthttp.RequestCtx) { s.serveS3(ctx, h.Store) })
	return s, nil
}

func setDefault[T int | int64 | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// onLoopback reports whether only this machine can reach address.
func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// newServer is a fasthttp server for S3 traffic: bodies are streamed, header names
// normalised, multipart forms left alone. fasthttp's own timeouts cover whole requests,
// uploads of hours included; timedConn times their parts instead.
func (s *Server) newServer(h fasthttp.RequestHandler) *fasthttp.Server {
	return &fasthttp.Server{
		Handler:                      h,
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		ReadBufferSize:               32 << 10,
		WriteBufferSize:              16 << 10,
		MaxRequestBodySize:           1 << 20, // read ahead of the handler at most; not a limit
		Concurrency:                  s.opts.MaxConnections,
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		CloseOnShutdown:              true,
		SecureErrorLogMessage:        true,
		Logger:                       slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
	}
}

// Listen binds the address, or returns a *bind.Error.
func (s *Server) Listen() error {
	ln, err := net.Listen("tcp", s.opts.Address)
	if err != nil {
		return &bind.Error{For: "the API", Network: "tcp", Address: s.opts.Address, Err: err}
	}
	s.listener = ln
	return nil
}

// Addr is the bound address; nil before Listen.
func (s *Server) Addr() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Serve serves both the address and Dial's connections until Shutdown. It returns nil then,
// or the error that ended accepting.
func (s *Server) Serve() error {
	var ln net.Listener = &timedListener{Listener: s.listener, opts: &s.opts}
	if s.opts.TLS != nil {
		ln = tls.NewListener(ln, s.opts.TLS)
	}
	failed := make(chan error, 2)
	go func() { failed <- s.store.Serve(s.inner) }()
	go func() { failed <- s.public.Serve(ln) }()
	return errors.Join(<-failed, <-failed)
}

// Dial opens a connection to the S3 store inside the process: clear text, never limited by
// the address's TLS. It fails once Shutdown has begun.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	type dialled struct {
		conn net.Conn
		err  error
	}
	done := make(chan dialled, 1)
	go func() {
		conn, err := s.inner.Dial()
		done <- dialled{conn, err}
	}()
	select {
	case d := <-done:
		return d.conn, d.err
	case <-ctx.Done():
		go func() {
			if d := <-done; d.conn != nil {
				d.conn.Close()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// Shutdown stops accepting and lets requests under way finish, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	// fasthttp closes the listeners it knows of, and it may not have begun to serve.
	if s.listener != nil {
		s.listener.Close()
	}
	s.inner.Close()
	drained := make(chan struct{}, 2)
	for _, srv := range []*fasthttp.Server{s.public, s.store} {
		go func() {
			srv.ShutdownWithContext(ctx) // its only errors are ctx's, and a listener closed twice
			drained <- struct{}{}
		}()
	}
	<-drained
	<-drained
	return ctx.Err()
}

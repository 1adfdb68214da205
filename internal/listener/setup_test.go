package listener

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
	"golang.org/x/net/http2"

	"github.com/warmfront/warmfront/internal/edge"
)

// handlerFunc is an edge.Handler made of a function.
type handlerFunc func(req *edge.Request, w edge.Responder)

func (f handlerFunc) Serve(req *edge.Request, w edge.Responder) { f(req, w) }

// site is a running Listener with a certificate for example.com.
type site struct {
	*Listener
	plain, secure string // host:port
	roots         *x509.CertPool
}

// inLoop is a Handler that answers what has no body without waiting.
type inLoop struct{ handlerFunc }

func (h inLoop) TryServe(req *edge.Request, w edge.Responder) bool {
	if req.Body != nil {
		return false
	}
	h.Serve(req, w)
	return true
}

func start(t testing.TB, h handlerFunc, change func(*Options)) *site {
	t.Helper()
	return startHandler(t, h, change)
}

func startHandler(t testing.TB, h edge.Handler, change func(*Options)) *site {
	t.Helper()
	cert, roots := selfSigned(t)
	opts := Options{
		HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0",
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert, nil },
		Log:            slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&opts)
	}
	l := New(h, opts)
	l.parkAfter = 50 * time.Millisecond
	if err := l.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	s := &site{Listener: l, roots: roots}
	plain, secure := l.Addrs()
	if plain != nil {
		s.plain = plain.String()
	}
	if secure != nil {
		s.secure = secure.String()
	}
	return s
}

func selfSigned(t testing.TB) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"example.com", "other.example"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

func (s *site) clientTLS(protos ...string) *tls.Config {
	return &tls.Config{RootCAs: s.roots, ServerName: "example.com", NextProtos: protos}
}

// protocol is one way to speak to a site: a client whose requests to base reach it.
type protocol struct {
	name   string
	base   string
	proto  edge.Proto
	client *http.Client
}

// everyWay returns a client for each protocol, and one more for HTTP/2 to another site whose
// handler answers in the connection's loop.
func everyWay(t testing.TB, h handlerFunc) []protocol {
	t.Helper()
	list := start(t, h, nil).protocols(t)
	for _, p := range startHandler(t, inLoop{h}, nil).protocols(t) {
		if p.name == "h2" {
			list = append(list, p)
		}
	}
	return list
}

// protocols returns a client for each protocol, with the name example.com.
func (s *site) protocols(t testing.TB) []protocol {
	t.Helper()
	dialPlain := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.plain)
	}
	h1 := &http.Transport{DialContext: dialPlain, DisableCompression: true}
	h1s := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", s.secure)
		},
		TLSClientConfig: s.clientTLS("http/1.1"), DisableCompression: true,
	}
	h2 := &http2.Transport{DisableCompression: true, DialTLSContext: func(ctx context.Context, _, _ string, _ *tls.Config) (net.Conn, error) {
		return (&tls.Dialer{Config: s.clientTLS("h2")}).DialContext(ctx, "tcp", s.secure)
	}}
	h3 := &http3.Transport{TLSClientConfig: s.clientTLS(), DisableCompression: true, Dial: s.dialQUIC}
	t.Cleanup(func() {
		h1.CloseIdleConnections()
		h1s.CloseIdleConnections()
		h2.CloseIdleConnections()
		h3.Close()
	})
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	list := []protocol{
		{"h1", "http://example.com", edge.HTTP11, &http.Client{Transport: h1}},
		{"h1s", "https://example.com", edge.HTTP11, &http.Client{Transport: h1s}},
		{"h2", "https://example.com", edge.HTTP2, &http.Client{Transport: h2}},
		{"h3", "https://example.com", edge.HTTP3, &http.Client{Transport: h3}},
	}
	for _, p := range list {
		p.client.CheckRedirect = noRedirect
	}
	return list
}

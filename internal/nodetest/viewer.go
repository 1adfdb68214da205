package nodetest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// Protocol is the HTTP version a viewer speaks.
type Protocol string

// The HTTP versions of viewers, all over TLS.
const (
	HTTP1 Protocol = "h1"
	HTTP2 Protocol = "h2"
	HTTP3 Protocol = "h3"
)

// NewViewer returns a client of one HTTP version that reaches every host name on loopback,
// trusts roots, and neither follows redirects nor undoes compression.
func NewViewer(t testing.TB, p Protocol, roots *x509.CertPool) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	client := &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	switch p {
	case HTTP3:
		transport := &http3.Transport{TLSClientConfig: config, DisableCompression: true, Dial: dialQUIC}
		t.Cleanup(func() { transport.Close() })
		client.Transport = transport
	default:
		var protocols http.Protocols
		protocols.SetHTTP1(p == HTTP1)
		protocols.SetHTTP2(p == HTTP2)
		transport := &http.Transport{TLSClientConfig: config, DisableCompression: true, Protocols: &protocols, DialContext: dialTCP}
		t.Cleanup(transport.CloseIdleConnections)
		client.Transport = transport
	}
	return client
}

func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}

func dialQUIC(ctx context.Context, address string, config *tls.Config, quicConfig *quic.Config) (*quic.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return quic.DialAddr(ctx, net.JoinHostPort("127.0.0.1", port), config, quicConfig)
}

// NewRequest makes a request whose target goes on the wire byte for byte.
func NewRequest(method, scheme, host, target string) (*http.Request, error) {
	req, err := http.NewRequest(method, scheme+"://"+host, nil)
	if err != nil {
		return nil, err
	}
	req.URL = &url.URL{Scheme: scheme, Host: host, Opaque: target}
	if len(target) > 1 && target[:2] == "//" {
		// An opaque target with two leading slashes would read as an authority.
		path, query, _ := strings.Cut(target, "?")
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return nil, err
		}
		req.URL = &url.URL{Scheme: scheme, Host: host, Path: decoded, RawPath: path, RawQuery: query}
	}
	return req, nil
}

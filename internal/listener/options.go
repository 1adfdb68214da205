package listener

import (
	"crypto/tls"
	"log/slog"
	"net/netip"
	"time"
)

// maxHeadBytes bounds a request line with its header fields; longer heads are answered 494
// (CloudFront Developer Guide, "Request and response behavior for custom origins").
const maxHeadBytes = 32 << 10

// Options configure a Listener.
type Options struct {
	// HTTP and HTTPS are the addresses (host:port) to listen on: clear text HTTP/1.1, and TLS
	// for HTTP/1.1 and HTTP/2 on TCP with HTTP/3 on the same UDP port. "" is none.
	HTTP, HTTPS string
	// GetCertificate answers TLS and QUIC handshakes; required with HTTPS.
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Misdirected reports whether a request for host (lower case, no port) must not be served
	// on a connection made for serverName, because their TLS settings differ; such a request
	// is answered 421 (RFC 9110, 15.5.20). Asked only when the two names differ; nil never
	// refuses.
	Misdirected func(serverName, host string) bool
	// TrustedProxies are networks of load balancers: their TCP connections must begin with a
	// PROXY protocol version 2 header, which then names the viewer. Nobody else is asked for
	// one, and no header field ever names the viewer.
	TrustedProxies []netip.Prefix
	// Log receives failures that are nobody's request; nil means slog.Default.
	Log *slog.Logger

	Limits
}

// Limits bound what a viewer may hold or wait for. Zero values take the defaults.
type Limits struct {
	MaxConnections       int           // TCP and QUIC connections together; default 100,000
	MaxConcurrentStreams int           // on one HTTP/2 or HTTP/3 connection; default 128
	MaxBodyBytes         int64         // of one request; default 64 GiB, CloudFront's limit
	HandshakeTimeout     time.Duration // TLS and PROXY header; default 10 s
	HeadTimeout          time.Duration // from a head's first byte to its last; default 30 s
	BodyTimeout          time.Duration // between two parts of a request body; default 60 s
	EarlyWait            time.Duration // for the end of an HTTP/2 request that is answered before; default 100 ms
	WriteTimeout         time.Duration // for a viewer to take the next 256 KiB; default 60 s
	IdleTimeout          time.Duration // between two requests; default 60 s
}

func (l *Limits) setDefaults() {
	setDefault(&l.MaxConnections, 100_000)
	setDefault(&l.MaxConcurrentStreams, 128)
	setDefault(&l.MaxBodyBytes, 64<<30)
	setDefault(&l.HandshakeTimeout, 10*time.Second)
	setDefault(&l.HeadTimeout, 30*time.Second)
	setDefault(&l.BodyTimeout, 60*time.Second)
	setDefault(&l.EarlyWait, 100*time.Millisecond)
	setDefault(&l.WriteTimeout, 60*time.Second)
	setDefault(&l.IdleTimeout, 60*time.Second)
}

func setDefault[T int | int64 | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// tlsConfig is for both TCP and QUIC: TLS 1.2 and later with forward secrecy and
// authenticated encryption only (RFC 9325), session tickets with keys that rotate daily.
func tlsConfig(get func(*tls.ClientHelloInfo) (*tls.Certificate, error), protos ...string) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: get,
		NextProtos:     protos,
		CipherSuites: []uint16{ // of TLS 1.2; those of 1.3 are all good
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}

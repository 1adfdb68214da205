package listener

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/net/http2"
)

// setUpH2 prepares the HTTP/2 half. x/net/http2 brings the defences against rapid resets
// and floods of SETTINGS, PING and CONTINUATION frames; the limits here bound the rest.
func (l *Listener) setUpH2() error {
	l.h2base = &http.Server{
		MaxHeaderBytes: 2 * maxHeadBytes, // the exact limit is checked by fieldBytes
		IdleTimeout:    l.opts.IdleTimeout,
		ErrorLog:       slog.NewLogLogger(l.log.Handler(), slog.LevelDebug),
	}
	l.h2 = &http2.Server{
		MaxConcurrentStreams:         uint32(l.opts.MaxConcurrentStreams),
		MaxReadFrameSize:             16 << 10,
		IdleTimeout:                  l.opts.IdleTimeout,
		ReadIdleTimeout:              l.opts.IdleTimeout / 2,
		PingTimeout:                  15 * time.Second,
		WriteByteTimeout:             l.opts.WriteTimeout,
		MaxUploadBufferPerConnection: 1 << 20,
		MaxUploadBufferPerStream:     256 << 10,
	}
	return http2.ConfigureServer(l.h2base, l.h2)
}

// serveH2 serves an HTTP/2 connection until it ends.
func (l *Listener) serveH2(conn *tls.Conn, v viewer) {
	l.h2.ServeConn(conn, &http2.ServeConnOpts{BaseConfig: l.h2base, Handler: &netHTTP{l: l, viewer: v}})
}

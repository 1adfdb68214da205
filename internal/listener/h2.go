package listener

import (
	"crypto/tls"
	"net/http"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/listener/h2"
)

// newH2 returns the HTTP/2 half.
func (l *Listener) newH2() *h2.Server {
	try, _ := l.handler.(edge.Trier)
	o := &l.opts
	return h2.New(h2.Options{
		Handler: l.handler, Try: try, Check: l.checkH2, Page: errorPage, Readable: waitReadable, Panicked: l.logPanic,
		Parked:       func(delta int64) { l.parked.Add(delta) },
		MaxHeadBytes: maxHeadBytes, MaxConcurrentStreams: o.MaxConcurrentStreams, MaxBodyBytes: o.MaxBodyBytes,
		HeadTimeout: o.HeadTimeout, BodyTimeout: o.BodyTimeout, EarlyWait: o.EarlyWait, WriteTimeout: o.WriteTimeout, IdleTimeout: o.IdleTimeout,
		ParkAfter: l.parkAfter,
	})
}

// serveH2 serves an HTTP/2 connection until it ends.
func (l *Listener) serveH2(t *tracked, conn *tls.Conn, socket *h2.Socket, v viewer) {
	c := l.h2.NewConn(conn, socket, h2.Viewer{Peer: v.peer, Local: v.local, TLS: v.tls})
	t.onWake(c.Drain)
	if l.draining.Load() {
		c.Drain()
	}
	c.Serve()
}

// checkH2 judges what HTTP/2 itself says nothing about, and puts the target into origin form.
func (l *Listener) checkH2(req *edge.Request) int {
	target, ok := originForm(req.Method, req.Target, req.Host)
	if !ok || !validHost(req.Host) {
		return http.StatusBadRequest
	}
	req.Target = target
	if l.misdirected(&viewer{tls: req.TLS}, req.Host) {
		return http.StatusMisdirectedRequest
	}
	return 0
}

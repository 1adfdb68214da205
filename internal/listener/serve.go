package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/listener/h2"
)

// viewer is what is known of the other end of a connection.
type viewer struct {
	peer, local netip.AddrPort
	tls         *edge.TLS // nil in clear text
}

// serveConn sees one TCP connection through: PROXY header, TLS, then the protocol agreed.
func (l *Listener) serveConn(t *tracked, raw net.Conn, secure bool) {
	defer t.done()
	defer raw.Close()
	defer l.recoverPanic()
	v := viewer{peer: addrPort(raw.RemoteAddr()), local: addrPort(raw.LocalAddr())}
	if !l.introduce(raw, &v) {
		return
	}
	if !secure {
		l.serveH1(t, raw, raw, v)
		return
	}
	socket := h2.NewSocket(raw)
	conn, err := l.handshake(socket)
	if err != nil {
		l.log.Debug("TLS handshake failed", "peer", v.peer, "error", err)
		return
	}
	state := conn.ConnectionState()
	v.tls = describeTLS(state)
	if state.NegotiatedProtocol == "h2" {
		l.serveH2(t, conn, socket, v)
		return
	}
	l.serveH1(t, conn, raw, v)
}

// serveH1 serves an HTTP/1.x connection over raw until it ends.
func (l *Listener) serveH1(t *tracked, conn, raw net.Conn, v viewer) {
	c := newH1(l, conn, raw, v)
	t.onWake(c.wake)
	c.serve()
}

// introduce has a trusted proxy at the other end say who the viewer is, and reports whether
// the connection may go on.
func (l *Listener) introduce(raw net.Conn, v *viewer) bool {
	if !l.trusted(v.peer.Addr()) {
		return true
	}
	raw.SetReadDeadline(time.Now().Add(l.opts.HandshakeTimeout))
	p, err := readProxyHeader(raw)
	if err != nil {
		l.log.Warn("connection of a trusted proxy refused", "peer", v.peer, "error", err)
		return false
	}
	raw.SetReadDeadline(time.Time{})
	p.apply(v)
	return true
}

func (l *Listener) handshake(raw net.Conn) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.opts.HandshakeTimeout)
	defer cancel()
	conn := tls.Server(raw, l.tls)
	err := conn.HandshakeContext(ctx)
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok && record.Conn != nil && looksLikeHTTP(record.RecordHeader) {
		io.WriteString(record.Conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\nThis port speaks HTTPS.\n")
	}
	return conn, err
}

// looksLikeHTTP reports whether a TLS record header is the start of a clear-text request.
func looksLikeHTTP(hdr [5]byte) bool {
	switch string(hdr[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH":
		return true
	}
	return false
}

func describeTLS(state tls.ConnectionState) *edge.TLS {
	return &edge.TLS{ServerName: strings.ToLower(state.ServerName), Version: state.Version, Cipher: state.CipherSuite}
}

func (l *Listener) trusted(ip netip.Addr) bool {
	for _, p := range l.opts.TrustedProxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// misdirected reports whether host must not be served on v's connection.
func (l *Listener) misdirected(v *viewer, host string) bool {
	if v.tls == nil || v.tls.ServerName == "" || l.opts.Misdirected == nil {
		return false
	}
	name := hostname(host)
	return !strings.EqualFold(name, v.tls.ServerName) && l.opts.Misdirected(v.tls.ServerName, strings.ToLower(name))
}

// recoverPanic keeps one request's bug from ending the process.
func (l *Listener) recoverPanic() {
	if p := recover(); p != nil {
		l.logPanic(p)
	}
}

func (l *Listener) logPanic(p any) {
	l.log.Error("panic while serving a viewer", "panic", p, "stack", string(debug.Stack()))
}

// addrPort is a TCP or UDP address without IPv4-in-IPv6 mapping.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		ap = a.AddrPort()
	case *net.UDPAddr:
		ap = a.AddrPort()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

package listener

import (
	"net"

	"github.com/warmfront/warmfront/internal/bind"
)

// Listen binds every address, or none and returns a *bind.Error.
func (l *Listener) Listen() (err error) {
	defer func() {
		if err != nil {
			l.closeSockets()
		}
	}()
	if l.opts.HTTP != "" {
		if l.http, err = net.Listen("tcp", l.opts.HTTP); err != nil {
			return &bind.Error{For: "HTTP viewers", Network: "tcp", Address: l.opts.HTTP, Err: err}
		}
	}
	if err = l.startLoops(); err != nil || l.opts.HTTPS == "" {
		return err
	}
	if err = l.listenBoth(); err != nil {
		return err
	}
	l.tls = tlsConfig(l.opts.GetCertificate, "h2", "http/1.1")
	l.h2 = l.newH2()
	l.h3, err = newQUICServer(l)
	return err
}

// listenBoth binds the same port for TCP and UDP. When the system picks it (port 0), the
// UDP port may be taken by chance, and another pair is tried.
func (l *Listener) listenBoth() error {
	for try := 0; ; try++ {
		tcp, err := net.Listen("tcp", l.opts.HTTPS)
		if err != nil {
			return &bind.Error{For: "HTTPS viewers", Network: "tcp", Address: l.opts.HTTPS, Err: err}
		}
		addr := tcp.Addr().(*net.TCPAddr)
		udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: addr.IP, Port: addr.Port, Zone: addr.Zone})
		if err == nil {
			l.https, l.udp = tcp, udp
			return nil
		}
		tcp.Close()
		if _, port, _ := net.SplitHostPort(l.opts.HTTPS); port != "0" || try == 8 {
			return &bind.Error{For: "HTTPS viewers", Network: "udp", Address: l.opts.HTTPS, Err: err}
		}
	}
}

// Addrs returns the bound addresses; nil for one not configured or before Listen.
func (l *Listener) Addrs() (http, https net.Addr) {
	if l.http != nil {
		http = l.http.Addr()
	}
	if l.https != nil {
		https = l.https.Addr()
	}
	return http, https
}

// Package listener holds the sockets viewers connect to: TCP, TLS and QUIC, with one adapter
// each for HTTP/1.1 (fasthttp's parser under a connection loop of our own; in clear text, event
// loops that answer plain requests for what is in memory), HTTP/2 (package h2) and HTTP/3
// (quic-go). All hand edge.Requests to one edge.Handler.
package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/listener/h2"
)

// Listener serves viewers on the addresses of its Options. Its methods are safe for
// concurrent use; call Listen once, then Serve once.
type Listener struct {
	opts    Options
	handler edge.Handler
	log     *slog.Logger

	http, https net.Listener
	udp         *net.UDPConn
	tls         *tls.Config
	h2          *h2.Server
	h3          *quicServer
	loops       []*loop // of clear-text connections; none where the handler may wait

	draining  atomic.Bool
	conns     connSet
	parkAfter time.Duration
	parked    atomic.Int64 // connections waiting without buffers
	exchanges exchangePool
	copies    sync.Pool // of *[]byte, copyBufferBytes long
	pipes     pipes     // by which files go to connections outside of loops
	stopped   chan struct{}
	stopOnce  sync.Once
}

// New returns a Listener that hands requests to handler.
func New(handler edge.Handler, opts Options) *Listener {
	opts.Limits.setDefaults()
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	return &Listener{opts: opts, handler: handler, log: opts.Log, parkAfter: defaultParkAfter, stopped: make(chan struct{})}
}

// Serve accepts viewers until Shutdown has finished or ctx ends, which cuts every
// connection at once. It returns nil then, or the error that ended accepting.
func (l *Listener) Serve(ctx context.Context) error {
	failed := make(chan error, 3)
	if l.http != nil {
		go func() { failed <- l.acceptPlain() }()
	}
	if l.https != nil {
		go func() { failed <- l.accept(l.https, true) }()
		go func() { failed <- l.h3.serve() }()
	}
	for {
		select {
		case <-l.stopped:
			return nil
		case <-ctx.Done():
			l.stop()
			return nil
		case err := <-failed:
			if err != nil && !l.draining.Load() && ctx.Err() == nil {
				l.stop()
				return err
			}
		}
	}
}

// Shutdown stops accepting, lets requests under way finish (telling HTTP/2 and HTTP/3
// viewers with GOAWAY) and closes every connection. When ctx ends first it cuts what is left
// and returns ctx's error.
func (l *Listener) Shutdown(ctx context.Context) error {
	l.draining.Store(true)
	if l.http != nil {
		l.http.Close()
	}
	if l.https != nil {
		l.https.Close()
	}
	l.conns.wakeIdle()
	done := make(chan struct{})
	go func() {
		if l.h3 != nil {
			l.h3.drain(ctx)
		}
		l.conns.wait(ctx)
		close(done)
	}()
	<-done
	err := ctx.Err()
	l.stop()
	return err
}

// stop cuts everything.
func (l *Listener) stop() {
	l.stopOnce.Do(func() {
		l.draining.Store(true)
		l.conns.closeAll()
		for _, lp := range l.loops {
			lp.stop()
		}
		if l.h3 != nil {
			l.h3.close()
		}
		l.closeSockets()
		l.pipes.close()
		close(l.stopped)
	})
}

func (l *Listener) closeSockets() {
	for _, c := range []io.Closer{l.http, l.https} {
		if c != nil {
			c.Close()
		}
	}
	if l.udp != nil {
		l.udp.Close()
	}
}

func (l *Listener) copyBuffer() *[]byte {
	if b, ok := l.copies.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, copyBufferBytes)
	return &b
}

func (l *Listener) putCopyBuffer(b *[]byte) { l.copies.Put(b) }

// accept hands connections to goroutines until the socket is closed.
func (l *Listener) accept(ln net.Listener, secure bool) error {
	return l.acceptEach(func() error {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		if t := l.conns.add(func() { conn.Close() }, l.opts.MaxConnections); t != nil {
			go l.serveConn(t, conn, secure)
		} else {
			conn.Close()
		}
		return nil
	})
}

// acceptEach calls one, which accepts one connection, until the socket is closed.
func (l *Listener) acceptEach(one func() error) error {
	pause := time.Duration(0)
	for {
		err := one()
		switch {
		case err == nil:
			pause = 0
		case errors.Is(err, net.ErrClosed):
			return nil
		default:
			// Out of file descriptors or memory: wait for connections to end.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			l.log.Error("cannot accept a viewer's connection", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-l.stopped:
				return nil
			}
		}
	}
}

// acceptPlain accepts on the clear-text address.
func (l *Listener) acceptPlain() error {
	r, ok := l.http.(*rawListener)
	if !ok {
		return l.accept(l.http, false)
	}
	for _, lp := range l.loops {
		go lp.run()
	}
	return r.accept(l)
}

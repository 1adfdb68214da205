package origin

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// CloudFront's defaults for origins that say nothing (Developer Guide, "Origin settings").
const (
	defaultAttempts         = 3
	defaultConnectTimeout   = 10 * time.Second
	defaultReadTimeout      = 30 * time.Second
	defaultKeepAliveTimeout = 5 * time.Second
)

// Limits of a pool and of what an origin may send before its body.
const (
	maxHeadBytes   = 64 << 10
	maxIdlePerHost = 512
)

// poolKey is what connections of one pool have in common: net/http sets these per
// transport, not per request.
type poolKey struct {
	connect, read, keepAlive time.Duration
	kind                     kind
	single                   bool // one exchange a connection
}

// pool returns the transport for an exchange. A request that cannot be sent twice gets a
// connection of its own: on a kept one that the origin happens to close it would be lost.
func (c *Client) pool(o *Origin, r *Request, to route) *http.Transport {
	key := poolKey{
		connect:   orDefault(o.ConnectTimeout, defaultConnectTimeout),
		read:      orDefault(o.ReadTimeout, defaultReadTimeout),
		keepAlive: orDefault(o.KeepAliveTimeout, defaultKeepAliveTimeout),
		kind:      to.kind,
		single:    r.Body != nil || r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions,
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.pools[key]
	if t == nil {
		t = c.newTransport(key)
		c.pools[key] = t
	}
	return t
}

func (c *Client) newTransport(key poolKey) *http.Transport {
	return &http.Transport{
		DialContext:            c.dialer(key),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.opts.RootCAs},
		TLSHandshakeTimeout:    key.connect,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 only
		DisableCompression:     true,
		DisableKeepAlives:      key.single,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        key.keepAlive,
		ResponseHeaderTimeout:  key.read,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeadBytes,
		WriteBufferSize:        16 << 10,
		ReadBufferSize:         32 << 10,
	}
}

func (c *Client) dialer(key poolKey) func(ctx context.Context, network, addr string) (net.Conn, error) {
	if key.kind == ownStore {
		return func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := c.opts.OwnStore(ctx)
			if err != nil {
				return nil, &net.OpError{Op: "dial", Net: "store", Err: err}
			}
			return conn, nil
		}
	}
	d := &net.Dialer{Timeout: key.connect, KeepAlive: 15 * time.Second}
	if key.kind == custom {
		policy := &addressPolicy{private: c.opts.Private, refuse: c.opts.Refuse}
		d.Control = policy.control
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !c.admit() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errTooManyConnections}
		}
		conn, err := d.DialContext(ctx, network, addr)
		if err != nil {
			c.open.Add(-1)
			return nil, err
		}
		return &countedConn{Conn: conn, open: &c.open}, nil
	}
}

var errTooManyConnections = errors.New("too many connections to origins are open")

// admit counts one connection more, unless the bound is reached even without idle ones.
func (c *Client) admit() bool {
	n := c.open.Add(1)
	if c.opts.MaxConnections > 0 && n > int64(c.opts.MaxConnections) {
		c.Close()
		if c.open.Load() > int64(c.opts.MaxConnections) {
			c.open.Add(-1)
			return false
		}
	}
	return true
}

// countedConn is a connection that counts until it is closed.
type countedConn struct {
	net.Conn
	open   *atomic.Int64
	closed atomic.Bool
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}

func orDefault(d, def time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return def
}

package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// Viewer sends one request at a time.
type Viewer interface {
	// Get asks for t; sent is called when the request is written, before the response is
	// awaited. The body must be closed.
	Get(ctx context.Context, t Target, sent func()) (*http.Response, error)
}

// Crowd is viewers that are connected.
type Crowd struct {
	Viewers []Viewer
	close   func()
}

// Close cuts their connections.
func (c *Crowd) Close() { c.close() }

// Each runs do for every viewer at once and returns the first errors.
func (c *Crowd) Each(do func(i int, v Viewer) error) error {
	return together(len(c.Viewers), func(i int) error { return do(i, c.Viewers[i]) })
}

// together runs do n times at once. It returns at most three of the errors, and their number.
func together(n int, do func(i int) error) error {
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		first  []error
		failed int
	)
	for i := range n {
		all.Go(func() {
			if err := do(i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if failed++; failed <= 3 {
					first = append(first, fmt.Errorf("viewer %d: %w", i, err))
				}
			}
		})
	}
	all.Wait()
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d failed: %w", failed, n, errors.Join(first...))
}

// HTTP1 connects n viewers to address in clear text. Each reads ahead no more than a few
// KiB, and lets its socket hold receiveBytes (0: what the system gives).
func HTTP1(ctx context.Context, address string, n, receiveBytes int) (*Crowd, error) {
	c := &Crowd{Viewers: make([]Viewer, n)}
	c.close = func() {
		for _, v := range c.Viewers {
			if v != nil {
				v.(*viewer1).conn.Close()
			}
		}
	}
	dials := make(chan struct{}, 256) // below the backlog of the server's socket
	err := together(n, func(i int) error {
		dials <- struct{}{}
		defer func() { <-dials }()
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		c.Viewers[i] = &viewer1{conn: conn, r: bufio.NewReader(conn)}
		if receiveBytes > 0 {
			return conn.(*net.TCPConn).SetReadBuffer(receiveBytes)
		}
		return nil
	})
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

type viewer1 struct {
	conn net.Conn
	r    *bufio.Reader
}

// Get implements Viewer.
func (v *viewer1) Get(ctx context.Context, t Target, sent func()) (*http.Response, error) {
	stop := context.AfterFunc(ctx, func() { v.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := fmt.Fprintf(v.conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", t.Path, t.Host); err != nil {
		return nil, err
	}
	sent()
	resp, err := http.ReadResponse(v.r, &http.Request{Method: "GET"})
	if err == nil {
		resp.Body = &body1{ReadCloser: resp.Body, conn: v.conn}
	}
	return resp, err
}

// body1 is a body that is closed as a viewer does who leaves: unread bytes end the connection.
type body1 struct {
	io.ReadCloser
	conn  net.Conn
	ended bool
}

// Read implements io.Reader.
func (b *body1) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}

// Close implements io.Closer.
func (b *body1) Close() error {
	if b.ended {
		return nil
	}
	return b.conn.Close()
}

// HTTP2 is conns connections to address, over each of which streams viewers ask at once.
// Connections are made when first used. A stream is given receiveBytes of window (0: the
// client's default).
func HTTP2(conns, streams, receiveBytes int, t Target) *Crowd {
	c := &Crowd{}
	var transports []*http.Transport
	name, _, _ := strings.Cut(t.Host, ":")
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	for range conns {
		tr := &http.Transport{
			Protocols: protocols, MaxConnsPerHost: 1, DisableCompression: true,
			TLSClientConfig: &tls.Config{ServerName: name, InsecureSkipVerify: true}, // the server is ours, on loopback
		}
		if receiveBytes > 0 {
			tr.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: receiveBytes, MaxReceiveBufferPerConnection: max(1<<20, receiveBytes*streams)}
		}
		transports = append(transports, tr)
		for range streams {
			c.Viewers = append(c.Viewers, &viewer2{tr})
		}
	}
	c.close = func() {
		for _, tr := range transports {
			tr.CloseIdleConnections()
		}
	}
	return c
}

type viewer2 struct{ transport *http.Transport }

// Get implements Viewer.
func (v *viewer2) Get(ctx context.Context, t Target, sent func()) (*http.Response, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { sent() }})
	req, err := http.NewRequestWithContext(ctx, "GET", t.URL(), nil)
	if err != nil {
		return nil, err
	}
	req.Host = t.Host
	resp, err := v.transport.RoundTrip(req)
	if err == nil && resp.ProtoMajor != 2 {
		resp.Body.Close()
		return nil, fmt.Errorf("answered over %s", resp.Proto)
	}
	return resp, err
}

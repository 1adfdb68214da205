package origin

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	awsv4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Options configure a Client. The zero value fetches from public addresses only.
type Options struct {
	// RootCAs verify the certificates of HTTPS origins; nil means the system's.
	RootCAs *x509.CertPool
	// Private allows custom origins on loopback and private networks. Link-local addresses
	// and cloud metadata services are refused in any case.
	Private bool
	// Refuse are addresses no custom origin may be at: our own API and state.
	Refuse []netip.AddrPort
	// OwnStore opens a connection to the process's own S3 store, in clear text. It serves
	// every origin named BUCKET.s3.amazonaws.com or BUCKET.s3.REGION.amazonaws.com that no
	// Store claims; requests arrive in virtual-hosted style under that name. nil means those
	// names are AWS's own.
	OwnStore func(ctx context.Context) (net.Conn, error)
	// Stores are S3-compatible stores elsewhere.
	Stores []Store
	// Region signs requests to S3 origins that name none; "" means us-east-1.
	Region string
	// Now is the clock of signatures; nil means time.Now.
	Now func() time.Time
	// Shift is added to the Date and Expires of responses: how far the reader's clock is ahead of
	// the origins'. nil means not at all.
	Shift func() time.Duration
	// MaxConnections bounds the connections to origins that are open at once, idle ones
	// included; 0 is no bound. Beyond it fetches fail as if the origin took no connection.
	MaxConnections int
}

// Client fetches from origins over pooled connections. It is safe for concurrent use.
type Client struct {
	opts   Options
	signer *awsv4.Signer

	open atomic.Int64 // connections to origins

	mu    sync.Mutex
	pools map[poolKey]*http.Transport
}

// New returns a Client.
func New(opts Options) *Client {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Region == "" {
		opts.Region = "us-east-1"
	}
	return &Client{opts: opts, signer: newSigner(), pools: map[poolKey]*http.Transport{}}
}

// Close closes idle connections; exchanges under way go on.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.pools {
		t.CloseIdleConnections()
	}
}

// Fetch implements Fetcher. A failure to connect is tried again up to the origin's attempts,
// since nothing has been sent; a read timeout only for GET and HEAD without a body. The
// read timeout covers the wait for the head and each wait within the body; ctx covers the
// whole exchange until the body is closed.
func (c *Client) Fetch(ctx context.Context, o *Origin, r *Request) (*http.Response, error) {
	attempts := o.ConnectAttempts
	if attempts <= 0 {
		attempts = defaultAttempts
	}
	for n := 1; ; n++ {
		resp, err := c.attempt(ctx, o, r)
		if err == nil {
			return resp, nil
		}
		if n >= attempts || !again(err, r) {
			return nil, err
		}
	}
}

// again reports whether a failed attempt may be repeated (CloudFront Developer Guide,
// "Connection attempts" and "Response timeout").
func again(err *Error, r *Request) bool {
	switch err.Cause {
	case Dial:
		return true
	case Timeout:
		return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Body == nil
	}
	return false
}

func (c *Client) attempt(ctx context.Context, o *Origin, r *Request) (*http.Response, *Error) {
	ctx, cancel := context.WithCancelCause(ctx)
	to := c.route(o, r)
	req, err := c.build(ctx, o, r, to)
	if err != nil {
		cancel(nil)
		return nil, classify(context.Background(), o.Domain, err)
	}
	resp, err := c.pool(o, r, to).RoundTrip(req)
	if err != nil {
		failure := classify(ctx, o.Domain, err)
		cancel(nil)
		return nil, failure
	}
	c.shiftDates(resp.Header)
	resp.Body = newBody(ctx, cancel, resp.Body, o)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body.Close()
		return nil, &Error{Cause: Protocol, Origin: o.Domain, Err: errUpgrade}
	}
	return resp, nil
}

// shiftDates moves the dates of a response by which its age and lifetime are reckoned, to whole
// seconds upwards, since origins cut theirs off. What is no date is left alone.
func (c *Client) shiftDates(h http.Header) {
	if c.opts.Shift == nil {
		return
	}
	by := c.opts.Shift()
	if by == 0 {
		return
	}
	for _, name := range []string{"Date", "Expires"} {
		for i, value := range h[name] {
			if t, err := http.ParseTime(value); err == nil {
				h[name][i] = t.Add(by + time.Second - 1).UTC().Format(http.TimeFormat)
			}
		}
	}
}

// body is a response body that fails with an *Error: after a silence of the read timeout,
// and when it ends before its announced length.
type body struct {
	ctx     context.Context // of this exchange, ended by cancel
	cancel  context.CancelCauseFunc
	from    io.ReadCloser
	domain  string
	timeout time.Duration
	silence *time.Timer
}

func newBody(ctx context.Context, cancel context.CancelCauseFunc, from io.ReadCloser, o *Origin) *body {
	b := &body{ctx: ctx, cancel: cancel, from: from, domain: o.Domain, timeout: orDefault(o.ReadTimeout, defaultReadTimeout)}
	b.silence = time.AfterFunc(b.timeout, func() { cancel(errSilent) })
	b.silence.Stop()
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.silence.Reset(b.timeout)
	n, err := b.from.Read(p)
	b.silence.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = classify(b.ctx, b.domain, err)
	}
	return n, err
}

// Close implements io.Closer: it gives the connection up unless the body was read to its end.
func (b *body) Close() error {
	b.silence.Stop()
	err := b.from.Close()
	b.cancel(nil)
	return err
}

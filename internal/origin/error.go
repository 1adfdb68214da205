package origin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// Cause says what went wrong between the edge and an origin.
type Cause uint8

// The causes of an Error.
const (
	Invalid  Cause = iota // the request cannot be expressed in HTTP
	DNS                   // the origin's name does not resolve
	Refused               // the address policy forbids the origin's address
	Dial                  // no connection within the timeout and attempts
	TLS                   // handshake failed or the certificate is not good for the origin
	Timeout               // silent for the read timeout, before the head or within the body
	Reset                 // the origin closed or reset the connection mid-exchange
	Protocol              // not an HTTP response, or one with a head beyond the limit
	Canceled              // the caller's context ended
)

var causeNames = [...]string{"invalid request", "DNS failure", "address refused", "no connection", "TLS failure", "timeout", "connection closed", "invalid response", "canceled"}

// String names the cause in a few words.
func (c Cause) String() string { return causeNames[c] }

// Error is every failure of Fetch and of reading a fetched body.
type Error struct {
	Cause Cause
	// Retryable reports whether the same request may succeed on another attempt or at
	// another origin: nothing in the request itself is at fault.
	Retryable bool
	Origin    string // the origin's domain
	Err       error
}

// Error tells the origin, the cause and the error beneath.
func (e *Error) Error() string { return fmt.Sprintf("origin %s: %s: %v", e.Origin, e.Cause, e.Err) }

// Unwrap returns the error beneath.
func (e *Error) Unwrap() error { return e.Err }

// Status is the status a viewer is answered with: 504 when the origin could not be reached
// or stayed silent, 502 otherwise (CloudFront Developer Guide, "Troubleshooting error
// responses"). 499 means the caller itself gave up and nobody is waiting.
func (e *Error) Status() int {
	switch e.Cause {
	case Dial, Timeout:
		return http.StatusGatewayTimeout
	case Canceled:
		return 499
	case Invalid:
		return http.StatusBadRequest
	}
	return http.StatusBadGateway
}

// errSilent is the cancellation cause when the read timeout has passed.
var errSilent = errors.New("nothing was received for the read timeout")

// errRefused is under every refusal of the address policy.
var errRefused = errors.New("origins may not be at this address")

// classify turns an error of net/http into an *Error. ctx is the exchange's own context: when
// it has ended, its cause tells a timeout of ours from the caller's cancellation, whatever
// net/http made of it.
func classify(ctx context.Context, domain string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	e := &Error{Origin: domain, Err: err}
	switch cause := context.Cause(ctx); {
	case cause == nil:
		e.Cause = causeOf(err)
	case errors.Is(cause, errSilent):
		e.Cause, e.Err = Timeout, cause
	default:
		e.Cause, e.Err = Canceled, cause
	}
	e.Retryable = e.Cause != Invalid && e.Cause != Canceled && e.Cause != Refused
	return e
}

func causeOf(err error) Cause {
	var netErr net.Error
	switch {
	case errors.Is(err, errRefused):
		return Refused
	case isDNS(err):
		return DNS
	case isTLS(err):
		return TLS
	case isDial(err):
		return Dial
	case errors.As(err, &netErr) && netErr.Timeout():
		return Timeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed), strings.Contains(err.Error(), "server closed idle connection"):
		return Reset
	}
	return Protocol
}

func isDNS(err error) bool {
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok || strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "TLS handshake")
}

package endpoint

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// TLSRequiredError says that an address others can reach was configured without TLS.
type TLSRequiredError struct{ Address string }

// Error is one sentence for people.
func (e *TLSRequiredError) Error() string {
	return fmt.Sprintf("the API address %s is not on loopback and needs TLS: set a certificate and key, or listen on 127.0.0.1", e.Address)
}

// AddressError says why the API address cannot be listened on.
type AddressError struct {
	Address string
	Err     error
}

// Error is one sentence for people.
func (e *AddressError) Error() string {
	reason := e.Err.Error()
	if op, ok := errors.AsType[*net.OpError](e.Err); ok {
		reason = op.Err.Error()
	}
	switch {
	case errors.Is(e.Err, syscall.EADDRINUSE):
		reason = "the port is in use by another program"
	case errors.Is(e.Err, syscall.EACCES):
		reason = "permission denied"
	case errors.Is(e.Err, syscall.EADDRNOTAVAIL):
		reason = "this machine has no such address"
	}
	return fmt.Sprintf("cannot listen for the API on %s: %s", e.Address, reason)
}

// Unwrap returns the system's error.
func (e *AddressError) Unwrap() error { return e.Err }

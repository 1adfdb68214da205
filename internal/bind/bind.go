// Package bind says in words for people why an address cannot be listened on.
package bind

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Error says why an address cannot be listened on.
type Error struct {
	For     string // who would have been served, such as "HTTP viewers"
	Network string // "tcp" or "udp"
	Address string // as configured
	Err     error  // the system's error
}

// Error is one sentence for people.
func (e *Error) Error() string {
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
	return fmt.Sprintf("cannot listen for %s on %s (%s): %s", e.For, e.Address, e.Network, reason)
}

// Unwrap returns the system's error.
func (e *Error) Unwrap() error { return e.Err }

//go:build !linux

package listener

import "net"

// loop exists on Linux only; elsewhere each connection has a goroutine.
type loop struct{}

// rawListener likewise.
type rawListener struct{ net.Listener }

func (l *Listener) startLoops() error         { return nil }
func (r *rawListener) accept(*Listener) error { return nil }
func (lp *loop) run()                         {}
func (lp *loop) stop()                        {}

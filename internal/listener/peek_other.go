//go:build !linux

package listener

import "net"

// waitReadable returns at once: the next read waits, with its buffer held.
func waitReadable(net.Conn) bool { return true }

// peerClosed is unknown here until a write fails.
func peerClosed(net.Conn) bool { return false }

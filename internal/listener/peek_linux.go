package listener

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// waitReadable waits until the socket has something to read or has ended, without reading
// and without a buffer. It returns false when the read deadline has passed, and only then: the
// next read will tell of everything else.
func waitReadable(conn net.Conn) bool {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return true // not a socket: the next read waits
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Read(func(fd uintptr) bool { return poll(fd, unix.POLLIN|unix.POLLRDHUP) != 0 })
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// peerClosed reports whether the other end has closed its side or the connection broke,
// even with unread data before that.
func peerClosed(conn net.Conn) bool {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	gone := false
	err = raw.Control(func(fd uintptr) { gone = poll(fd, unix.POLLRDHUP) != 0 })
	return gone || err != nil
}

// poll returns which of events, or of hang-up and error, hold for fd now.
func poll(fd uintptr, events int16) int16 {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: events}}
	if _, err := unix.Poll(p[:], 0); err != nil {
		return 0
	}
	return p[0].Revents
}

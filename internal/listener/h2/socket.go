package h2

import (
	"net"
	"sync"
)

// Socket is the connection beneath TLS. While it is held it gathers records, which are then
// written together: one system call for a batch of responses instead of one for each 16 KiB.
// It is safe for concurrent use as connections are.
type Socket struct {
	net.Conn
	mu   sync.Mutex
	held bool   // guarded by mu
	buf  []byte // guarded by mu; of records, while held
}

// NewSocket returns a Socket that is not held.
func NewSocket(conn net.Conn) *Socket { return &Socket{Conn: conn} }

// Write implements io.Writer.
func (s *Socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held {
		s.buf = append(s.buf, p...)
		return len(p), nil
	}
	return s.Conn.Write(p)
}

// hold gathers what is written from now on in buf.
func (s *Socket) hold(buf []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held, s.buf = true, buf[:0]
}

// release writes what was gathered and returns the buffer.
func (s *Socket) release() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	buf := s.buf
	s.held, s.buf = false, nil
	_, err := s.Conn.Write(buf)
	return buf, err
}

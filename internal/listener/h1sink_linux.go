package listener

import (
	"net"
	"os"
	"syscall"

	"github.com/warmfront/warmfront/internal/edge"
)

// TakesFiles reports whether the kernel can send files on the connection.
func (s *bodySink) TakesFiles() bool {
	_, tcp := s.x.c.conn.(*net.TCPConn)
	return tcp && s.frame == sized
}

// sendFile has the kernel send up to n bytes of a file, in pieces of their own deadline. Fewer mean
// that the file ends early.
func (s *bodySink) sendFile(run *edge.FileRun, n int64) (total int64, err error) {
	raw, err := s.x.c.conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	for total < n && err == nil {
		var sent int
		sent, err = s.sendPiece(raw, run, min(n-total, pieceBytes))
		run.Pass(int64(sent))
		total += int64(sent)
		s.sent += int64(sent)
		s.left -= int64(sent)
		if sent == 0 && err == nil {
			break
		}
	}
	if err != nil {
		s.end = err
	}
	return total, err
}

// sendPiece sends some of the next n bytes of a file, once the viewer takes any.
func (s *bodySink) sendPiece(raw syscall.RawConn, run *edge.FileRun, n int64) (sent int, err error) {
	s.x.c.armWrite()
	from, at := run.Next()
	prompt := run.Prompt(n)
	var failed syscall.Errno
	gone := raw.Write(func(fd uintptr) bool {
		for failed = syscall.EINTR; failed == syscall.EINTR; {
			if p := s.x.c.l.pipes.get(); p != nil {
				sent, failed = p.sendFile(int(fd), from, at, int(n), n < s.left, prompt)
				s.x.c.l.pipes.put(p)
			} else {
				sent, failed = sendFile(int(fd), from, at, int(n), prompt)
			}
		}
		return failed != syscall.EAGAIN
	})
	switch {
	case gone != nil:
		return 0, gone
	case failed != 0:
		return 0, os.NewSyscallError("splice", failed)
	}
	return sent, nil
}

//go:build !linux

package listener

import (
	"errors"
	"net"

	"github.com/warmfront/warmfront/internal/edge"
)

// loop exists on Linux only; elsewhere each connection has a goroutine.
type loop struct{}

// rawListener likewise.
type rawListener struct{ net.Listener }

func (l *Listener) startLoops() error         { return nil }
func (r *rawListener) accept(*Listener) error { return nil }
func (lp *loop) run()                         {}
func (lp *loop) stop()                        {}

// pipes likewise: what is sent from files is read and written.
type pipes struct{}

func (*pipes) close() {}

// TakesFiles reports whether the kernel can send files on the connection.
func (s *bodySink) TakesFiles() bool { return false }

func (s *bodySink) sendFile(*edge.FileRun, int64) (int64, error) { return 0, errors.ErrUnsupported }

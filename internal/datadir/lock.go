package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrLocked says that another process uses the data directory.
var ErrLocked = errors.New("in use by another process")

// Lock holds a data directory for one process until it is released or the process ends.
type Lock struct{ file *os.File }

// Lock takes the directory for this process; ErrLocked if another one has it.
func (d Dir) Lock() (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(string(d), "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory %s cannot be locked: %w", d, reason(err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("data directory %s is %w", d, ErrLocked)
		}
		return nil, fmt.Errorf("data directory %s cannot be locked: %w", d, err)
	}
	return &Lock{f}, nil
}

// Release gives the directory back.
func (l *Lock) Release() error { return l.file.Close() }

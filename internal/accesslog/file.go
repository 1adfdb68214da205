package accesslog

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// File is a log file that another program may rotate: it renames the file and calls for Reopen.
// Safe for concurrent use; no write is split between two files.
type File struct {
	path string

	mu sync.Mutex
	f  *os.File // guarded by mu
}

// OpenFile opens the file for appending. The file and its folder are made if missing.
func OpenFile(path string) (*File, error) {
	f, err := openAppending(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, f: f}, nil
}

// Write appends p.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.f.Write(p)
}

// Reopen goes on in the file that has the path now, which is made if missing. When it cannot be
// opened, the old one is kept.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, err := openAppending(f.path)
	if err != nil {
		return err
	}
	err = f.f.Close()
	f.f = next
	return err
}

// Close closes the file; later writes fail.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.f.Close()
}

func openAppending(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	return f, nil
}

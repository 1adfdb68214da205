package objects

import (
	"io"
	"io/fs"
	"os"
)

// files is the part of the file system that blobs are kept on. Tests replace
// it with one that loses what was not synced.
type files interface {
	// Create makes a new empty file for writing and fails if the name exists.
	Create(name string) (file, error)
	// Open opens a file for reading.
	Open(name string) (*os.File, error)
	// OpenIndex opens the index file on behalf of bbolt.
	OpenIndex(name string, flag int, perm fs.FileMode) (*os.File, error)
	// Remove unlinks a file; descriptors already open stay readable.
	Remove(name string) error
	// Mkdir makes one directory; an existing one is not an error.
	Mkdir(name string) error
	// List returns the names in a directory, in no particular order.
	List(dir string) ([]string, error)
	// SyncDir makes the names created in a directory so far durable.
	SyncDir(dir string) error
}

// file is a blob being written.
type file interface {
	io.Writer
	// Sync makes the bytes written so far durable.
	Sync() error
	Close() error
}

// disk is the operating system's file system.
type disk struct{}

func (disk) Create(name string) (file, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (disk) Open(name string) (*os.File, error) { return os.Open(name) }

func (disk) OpenIndex(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, perm)
}

func (disk) Remove(name string) error { return os.Remove(name) }

func (disk) Mkdir(name string) error {
	err := os.Mkdir(name, 0o700)
	if os.IsExist(err) {
		return nil
	}
	return err
}

func (disk) List(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (disk) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

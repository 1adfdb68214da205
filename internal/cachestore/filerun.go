package cachestore

import (
	"io"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// FileRun is a run of a body in an open file, checked, which the kernel can send by itself. It has
// one user at a time.
type FileRun struct {
	part      *disk.Part
	off, left int64 // in the part
}

// Left is how many bytes have not been passed yet.
func (r *FileRun) Left() int64 { return r.left }

// Sendable reports whether the kernel knows the file; else it can only be read.
func (r *FileRun) Sendable() bool {
	_, _, ok := r.part.Descriptor(0)
	return ok
}

// Next is the file, if Sendable, and where in it the first byte is that has not been passed, for a
// system call. A file that ends before Left bytes has been truncated: then the body cannot be
// completed.
func (r *FileRun) Next() (fd int, at int64) {
	fd, at, _ = r.part.Descriptor(r.off)
	return fd, at
}

// Pass moves on by n bytes that have been sent.
func (r *FileRun) Pass(n int64) { r.off, r.left = r.off+n, r.left-n }

// Prompt reports whether the next n bytes are in the kernel's memory, as far as it tells.
func (r *FileRun) Prompt(n int64) bool { return r.part.Resident(r.off, n) }

// Read implements io.Reader, for who cannot have the kernel send.
func (r *FileRun) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.part.ReadAt(p[:min(int64(len(p)), r.left)], r.off)
	r.Pass(int64(n))
	if n > 0 || err == nil {
		return n, nil
	}
	return 0, io.ErrUnexpectedEOF
}

// Close closes the file.
func (r *FileRun) Close() error { return r.part.Close() }

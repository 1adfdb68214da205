package cachestore

import "github.com/warmfront/warmfront/internal/cachestore/disk"

// FileRun is a run of a body in an open file, checked, which the kernel can send by itself. It has
// one user at a time.
type FileRun struct {
	part      *disk.Part
	off, left int64 // in the part
}

// Left is how many bytes have not been passed yet.
func (r *FileRun) Left() int64 { return r.left }

// Next is the file, and where in it the first byte is that has not been passed, for a system call.
// A file that ends before Left bytes has been truncated: then the body cannot be completed.
func (r *FileRun) Next() (fd int, at int64) {
	fd, at, _ = r.part.Descriptor(r.off)
	return fd, at
}

// Pass moves on by n bytes that have been sent.
func (r *FileRun) Pass(n int64) { r.off, r.left = r.off+n, r.left-n }

// Close closes the file.
func (r *FileRun) Close() error { return r.part.Close() }

package objects

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// emptyBody is the body of an object or span without bytes.
type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyBody) Close() error             { return nil }

// fileBody is a run of bytes of one file. WriteTo hands the file to writers
// that can take it (a TCP connection then uses sendfile).
type fileBody struct {
	f    *os.File
	rest io.LimitedReader // of f, from its current offset
}

func newFileBody(f *os.File, off, length int64) (*fileBody, error) {
	if _, err := f.Seek(off, io.SeekStart); err != nil {
		return nil, err
	}
	return &fileBody{f: f, rest: io.LimitedReader{R: f, N: length}}, nil
}

func (b *fileBody) Read(p []byte) (int, error) {
	n, err := b.rest.Read(p)
	if errors.Is(err, io.EOF) && b.rest.N > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (b *fileBody) WriteTo(w io.Writer) (int64, error) {
	n, err := io.Copy(w, &b.rest)
	if err == nil && b.rest.N > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (b *fileBody) Close() error { return b.f.Close() }

// partsBody reads the extents of several blobs one after the other. It keeps
// their blobs from being removed until it is closed.
type partsBody struct {
	s       *Store
	extents []extent
	next    int
	current *fileBody
	release func()
	closing sync.Once
}

// advance opens the next extent; io.EOF after the last.
func (b *partsBody) advance() error {
	if b.current != nil {
		if err := b.current.Close(); err != nil {
			return err
		}
		b.current = nil
	}
	if b.next == len(b.extents) {
		return io.EOF
	}
	f, err := b.s.openExtent(b.extents[b.next])
	if err != nil {
		return err
	}
	b.next++
	b.current = f
	return nil
}

func (b *partsBody) Read(p []byte) (int, error) {
	for {
		if b.current == nil {
			if err := b.advance(); err != nil {
				return 0, err
			}
		}
		n, err := b.current.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := b.advance(); err != nil || n > 0 {
			return n, err
		}
	}
}

func (b *partsBody) WriteTo(w io.Writer) (total int64, err error) {
	for {
		if b.current != nil {
			n, err := b.current.WriteTo(w)
			total += n
			if err != nil {
				return total, err
			}
		}
		if err := b.advance(); errors.Is(err, io.EOF) {
			return total, nil
		} else if err != nil {
			return total, err
		}
	}
}

func (b *partsBody) Close() (err error) {
	b.closing.Do(func() {
		if b.current != nil {
			err = b.current.Close()
		}
		b.release()
	})
	return err
}

// openExtent opens a blob at the extent's bytes. A blob of another length
// than the index says is an error: better none than wrong bytes.
func (s *Store) openExtent(e extent) (*fileBody, error) {
	f, err := s.openBlob(e.Blob, e.Size)
	if err != nil {
		return nil, err
	}
	b, err := newFileBody(f, e.Offset, e.Length)
	if err != nil {
		f.Close()
	}
	return b, err
}

func (s *Store) openBlob(id blobID, size int64) (*os.File, error) {
	f, err := s.files.Open(s.blobPath(id))
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() != size {
		err = fmt.Errorf("%w: blob %s has %d bytes, not %d", ErrDamaged, id, info.Size(), size)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

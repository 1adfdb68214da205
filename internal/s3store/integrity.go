package s3store

import (
	"errors"
	"io"
	"net/http"

	"github.com/versity/versitygw/s3api/middlewares"
)

// exactReader fails when the body ends before its declared length: the server
// reports a broken-off upload as a plain end.
type exactReader struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (e *exactReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.left -= int64(n)
	if err != nil && e.left > 0 {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, fail(http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
		}
		return n, err
	}
	return n, err
}

// sealed returns a reader that hands out a body's last byte only after the
// readers below have seen the end and agreed with hash, checksum and length. A
// consumer that stops at the length it expects thereby cannot miss a failure.
func sealed(r io.Reader, length int64) io.Reader {
	s := &sealReader{r: r, left: length}
	if sum, ok := r.(middlewares.ChecksumReader); ok {
		return struct {
			*sealReader
			checksummer
		}{s, sum}
	}
	return s
}

// checksummer is what a trailer's reader can tell.
type checksummer interface {
	Algorithm() string
	Checksum() string
}

type sealReader struct {
	r    io.Reader
	left int64
	err  error
}

// Read implements io.Reader.
func (s *sealReader) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if err == nil && s.left <= 0 {
		err = s.end()
	}
	if err != nil {
		if s.left != 0 && errors.Is(err, io.EOF) {
			err = fail(http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
		}
		s.err = err
		if !errors.Is(err, io.EOF) {
			n = 0
		}
	}
	return n, err
}

// end reads on to the end of the body, which must hold nothing more. The reader
// of signed chunks takes in its last lines piece by piece, returning nothing
// while it does, so patience is needed, though not without limit.
func (s *sealReader) end() error {
	extra := make([]byte, 4<<10)
	for range 4 << 10 {
		n, err := s.r.Read(extra)
		s.left -= int64(n)
		if n > 0 {
			return fail(http.StatusBadRequest, "IncompleteBody", "The request body is longer than it declared")
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

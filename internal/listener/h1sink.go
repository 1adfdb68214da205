package listener

import (
	"errors"
	"io"
	"strconv"

	"github.com/warmfront/warmfront/internal/edge"
)

// chunkHeadBytes is room for a chunk's size line: eight hexadecimal digits and CRLF.
const chunkHeadBytes = 10

// bodySink writes a streamed body as it arrives, each part at once so that viewers of a slow
// origin see what it has sent. It is the io.Writer and io.ReaderFrom that bodies with a
// WriteTo method write to: ReadFrom of an *edge.FileRun is for the kernel to send on a clear-text
// connection. It never writes past the announced length.
type bodySink struct {
	x     *exchange
	frame framing
	left  int64 // bytes still owed when sized
	sent  int64
	end   error // set once nothing more is taken
}

// pump writes the whole of r.
func (s *bodySink) pump(r io.Reader) error {
	var err error
	if wt, ok := r.(io.WriterTo); ok {
		_, err = wt.WriteTo(s)
	} else {
		_, err = s.ReadFrom(r)
	}
	if s.end != nil {
		return s.end
	}
	return err
}

// Write implements io.Writer.
func (s *bodySink) Write(p []byte) (int, error) {
	if s.end != nil {
		return 0, s.end
	}
	if s.frame == chunked {
		return s.writeChunks(p)
	}
	n := 0
	for n < len(p) {
		piece := p[n:min(len(p), n+pieceBytes)]
		if s.frame == sized && int64(len(piece)) > s.left {
			piece = piece[:s.left]
			s.end = errTooLong
		}
		if err := s.send(piece); err != nil {
			return n, err
		}
		n += len(piece)
		if s.end != nil {
			return n, s.end
		}
	}
	return n, nil
}

// send writes raw body bytes and counts them.
func (s *bodySink) send(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if err := s.x.write(p); err != nil {
		s.end = err
		return err
	}
	s.sent += int64(len(p))
	s.left -= int64(len(p))
	return nil
}

// writeChunks frames p as chunks, one write each.
func (s *bodySink) writeChunks(p []byte) (int, error) {
	for n := 0; n < len(p); {
		c := copy(s.buffer(), p[n:])
		if err := s.sendChunk(c); err != nil {
			return n, err
		}
		n += c
	}
	return len(p), nil
}

// buffer is room for a chunk's bytes. It is made when first needed: a slow viewer of a body
// that is in memory or in files takes none.
func (s *bodySink) buffer() []byte {
	if s.x.copy == nil {
		s.x.copy = make([]byte, chunkHeadBytes+copyBufferBytes+2)
	}
	return s.x.copy[chunkHeadBytes : chunkHeadBytes+copyBufferBytes]
}

// sendChunk writes the n bytes at x.copy[chunkHeadBytes:] as one chunk.
func (s *bodySink) sendChunk(n int) error {
	buf := s.x.copy
	var size [8]byte
	digits := strconv.AppendUint(size[:0], uint64(n), 16)
	start := chunkHeadBytes - 2 - len(digits)
	copy(buf[start:], digits)
	copy(buf[chunkHeadBytes-2:], "\r\n")
	copy(buf[chunkHeadBytes+n:], "\r\n")
	if err := s.x.write(buf[start : chunkHeadBytes+n+2]); err != nil {
		s.end = err
		return err
	}
	s.sent += int64(n)
	return nil
}

// ReadFrom implements io.ReaderFrom.
func (s *bodySink) ReadFrom(r io.Reader) (int64, error) {
	if s.end != nil {
		return 0, s.end
	}
	if s.TakesFiles() {
		run, n := r, s.left
		lr, limited := r.(*io.LimitedReader)
		if limited {
			run, n = lr.R, min(lr.N, n)
		}
		if run, ok := run.(*edge.FileRun); ok && run.Sendable() {
			n, err := s.sendFile(run, min(n, run.Left()))
			if limited {
				lr.N -= n
			}
			return n, err
		}
	}
	before := s.sent
	buf := s.buffer()
	for {
		n, err := r.Read(buf)
		if n > 0 {
			var werr error
			if s.frame == chunked {
				werr = s.sendChunk(n)
			} else {
				_, werr = s.Write(buf[:n])
			}
			if werr != nil {
				return s.sent - before, werr
			}
		}
		if err == io.EOF {
			return s.sent - before, nil
		}
		if err != nil {
			return s.sent - before, err
		}
	}
}

// errTooLong means that a body went on past its announced length; the excess is not sent.
var errTooLong = errors.New("the response body is longer than announced")

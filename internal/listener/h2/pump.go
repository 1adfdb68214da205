package h2

import (
	"errors"
	"io"

	"golang.org/x/net/http2"
)

const copyBytes = 32 << 10

// errTooLong means that a body went on past its announced length; the excess is not sent.
var errTooLong = errors.New("the response body is longer than announced")

// pump sends a streamed body, closes it and calls done.
func (st *stream) pump(from io.ReadCloser, done func(int64, error), length int64) {
	c := st.c
	w := &sink{st: st, left: length}
	err := w.copy(from)
	from.Close()
	if err == nil && w.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	c.mu.Lock()
	switch {
	case err != nil:
		c.reset(st, http2.ErrCodeInternal)
	case c.sendable(st) != nil:
		err = c.sendable(st)
	case !st.sendDone:
		c.out = appendFrame(c.buffer(), 0, http2.FrameData, http2.FlagDataEndStream, st.id)
		c.endSend(st)
	}
	sent := st.sent
	c.unlock()
	c.flush(false)
	if done != nil {
		done(sent, err)
	}
}

// sink sends a body as it comes, each part at once. It never sends more than was announced.
type sink struct {
	st   *stream
	left int64 // of the length announced; negative: none was
	err  error
}

func (w *sink) copy(from io.Reader) error {
	var err error
	if wt, ok := from.(io.WriterTo); ok {
		_, err = wt.WriteTo(w)
	} else {
		_, err = w.ReadFrom(from)
	}
	if w.err != nil {
		return w.err
	}
	return err
}

// Write implements io.Writer.
func (w *sink) Write(p []byte) (n int, err error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.left >= 0 && int64(len(p)) > w.left {
		p = p[:w.left]
		err = errTooLong
	}
	for n < len(p) {
		k, serr := w.st.send(p[n:])
		if n += k; serr != nil {
			err = serr
			break
		}
	}
	if w.left >= 0 {
		w.left -= int64(n)
	}
	w.err = err
	return n, err
}

// ReadFrom implements io.ReaderFrom.
func (w *sink) ReadFrom(r io.Reader) (total int64, err error) {
	s := w.st.c.s
	buf := s.copies.Get().(*[]byte)
	defer s.copies.Put(buf)
	for {
		n, err := r.Read(*buf)
		if n > 0 {
			k, werr := w.Write((*buf)[:n])
			if total += int64(k); werr != nil {
				return total, werr
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

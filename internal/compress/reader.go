package compress

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// encoder is what both libraries' writers offer.
type encoder interface {
	io.WriteCloser
	Reset(io.Writer)
}

// Encoders are big (a brotli one holds about a megabyte): they and their input
// buffers are used again. The pools hold no state of any response.
var (
	gzipPool   = sync.Pool{New: func() any { return newGzip() }}
	brotliPool = sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, brotliLevel) }}
	zstdPool   = sync.Pool{New: func() any { return newZstd() }}
	inputPool  = sync.Pool{New: func() any { return new([32 << 10]byte) }}
)

// newGzip makes a gzip encoder at a level known to be valid.
func newGzip() *gzip.Writer {
	w, err := gzip.NewWriterLevel(nil, gzipLevel)
	if err != nil {
		panic(err) // the constant is out of range
	}
	return w
}

// newZstd makes an encoder that starts no goroutines, with a window every decoder of the
// coding has room for (RFC 9659: 8 MB).
func newZstd() *zstd.Encoder {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstdLevel), zstd.WithWindowSize(4<<20))
	if err != nil {
		panic(err) // the options are constants
	}
	return w
}

// Reader compresses a stream as it is read. Close it to give the encoder back;
// it does not close the source. One user at a time.
type Reader struct {
	src  io.Reader
	enc  encoder // nil once the end has been encoded
	pool *sync.Pool
	in   *[32 << 10]byte
	out  bytes.Buffer
	err  error // final, after out is drained
}

// NewReader returns src compressed. A source error comes out after the bytes
// encoded before it, and the stream is then left unfinished, so that nobody
// takes it for whole. enc must be Gzip, Brotli or Zstd.
func NewReader(src io.Reader, enc Encoding) *Reader {
	r := &Reader{src: src, pool: &gzipPool, in: inputPool.Get().(*[32 << 10]byte)}
	switch enc {
	case Brotli:
		r.pool = &brotliPool
	case Zstd:
		r.pool = &zstdPool
	}
	r.enc = r.pool.Get().(encoder)
	r.enc.Reset(&r.out)
	return r
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.out.Len() == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	return r.out.Read(p)
}

// WriteTo implements io.WriterTo.
func (r *Reader) WriteTo(dst io.Writer) (written int64, err error) {
	for {
		n, err := r.out.WriteTo(dst)
		written += n
		if err != nil {
			return written, err
		}
		if errors.Is(r.err, io.EOF) {
			return written, nil
		} else if r.err != nil {
			return written, r.err
		}
		r.fill()
	}
}

// fill encodes one more piece of the source into out.
func (r *Reader) fill() {
	n, err := r.src.Read(r.in[:])
	if n > 0 {
		if _, encErr := r.enc.Write(r.in[:n]); encErr != nil {
			r.finish(encErr)
			return
		}
	}
	if errors.Is(err, io.EOF) {
		if closeErr := r.enc.Close(); closeErr != nil {
			err = closeErr
		}
	}
	if err != nil {
		r.finish(err)
	}
}

// finish remembers the final error and gives the encoder back.
func (r *Reader) finish(err error) {
	r.err = err
	if r.enc == nil {
		return
	}
	r.enc.Reset(nil)
	r.pool.Put(r.enc)
	inputPool.Put(r.in)
	r.enc, r.in = nil, nil
}

// Close releases the encoder. Further reads fail with io.ErrClosedPipe unless
// the end had been reached.
func (r *Reader) Close() error {
	if r.enc != nil {
		r.finish(io.ErrClosedPipe)
	}
	return nil
}

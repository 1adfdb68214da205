package compress

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// decode reads a whole encoded stream.
func decode(enc Encoding, p []byte) ([]byte, error) {
	if enc == Brotli {
		return io.ReadAll(brotli.NewReader(bytes.NewReader(p)))
	}
	if enc == Zstd {
		r, err := zstd.NewReader(bytes.NewReader(p), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	r, err := gzip.NewReader(bytes.NewReader(p))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// text is n bytes of something compressible.
func text(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "line %d of a style sheet { color: #%06x }\n", i, i*7919)
	}
	return b.Bytes()[:n]
}

func TestReaderRoundTrip(t *testing.T) {
	for _, enc := range []Encoding{Gzip, Brotli, Zstd} {
		for _, n := range []int{0, 1, 1000, 32 << 10, 1 << 20} {
			for name, src := range map[string]func(io.Reader) io.Reader{
				"plain": func(r io.Reader) io.Reader { return r }, "halves": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
			} {
				in := text(n)
				r := NewReader(src(bytes.NewReader(in)), enc)
				encoded, err := io.ReadAll(iotest.OneByteReader(struct{ io.Reader }{r}))
				r.Close()
				if err != nil {
					t.Fatalf("%s %d %s: %v", enc, n, name, err)
				}
				if out, err := decode(enc, encoded); err != nil || !bytes.Equal(out, in) {
					t.Fatalf("%s %d %s: round trip differs: %v", enc, n, name, err)
				}
				if n >= 1000 && len(encoded) > n*3/4 {
					t.Errorf("%s: %d bytes became %d", enc, n, len(encoded))
				}
			}
		}
	}
}

func TestReaderWriteTo(t *testing.T) {
	for _, enc := range []Encoding{Gzip, Brotli, Zstd} {
		in := text(300_000)
		r := NewReader(bytes.NewReader(in), enc)
		var b bytes.Buffer
		n, err := io.Copy(&b, r)
		r.Close()
		if err != nil || n != int64(b.Len()) {
			t.Fatalf("%s: %d, %v", enc, n, err)
		}
		if out, err := decode(enc, b.Bytes()); err != nil || !bytes.Equal(out, in) {
			t.Fatalf("%s: round trip differs: %v", enc, err)
		}
	}
}

// A broken source must not give a stream that decodes to its end.
func TestReaderSourceFails(t *testing.T) {
	broken := errors.New("broken")
	for _, enc := range []Encoding{Gzip, Brotli, Zstd} {
		src := io.MultiReader(bytes.NewReader(text(200_000)), iotest.ErrReader(broken))
		r := NewReader(src, enc)
		encoded, err := io.ReadAll(r)
		r.Close()
		if !errors.Is(err, broken) {
			t.Fatalf("%s: error %v", enc, err)
		}
		if _, err := decode(enc, encoded); err == nil {
			t.Errorf("%s: the unfinished stream decodes", enc)
		}
	}
}

func TestReaderClosedEarly(t *testing.T) {
	r := NewReader(strings.NewReader("some text"), Gzip)
	r.Close()
	r.Close()
	if _, err := r.Read(make([]byte, 1)); err != io.ErrClosedPipe {
		t.Fatalf("Read after Close: %v", err)
	}
}

// Encoders come from pools: concurrent use must not mix streams.
func TestReaderConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			enc := []Encoding{Gzip, Brotli, Zstd}[i%3]
			in := text(10_000 + 1000*i)
			for range 5 {
				r := NewReader(bytes.NewReader(in), enc)
				encoded, err := io.ReadAll(r)
				r.Close()
				if out, err2 := decode(enc, encoded); err != nil || err2 != nil || !bytes.Equal(out, in) {
					t.Errorf("%s: %v, %v", enc, err, err2)
				}
			}
		})
	}
	wg.Wait()
}

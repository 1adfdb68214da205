package load

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
)

const (
	blockBytes = 1 << 20
	blockShift = 8191 // odd, so that no two of the first million blocks begin alike
)

// block is what contents are made of, random and the same in each run.
var block = sync.OnceValue(func() []byte {
	b := make([]byte, blockBytes)
	random := rand.NewChaCha8([32]byte{1})
	random.Read(b)
	return b
})

// Content is a body of so many bytes, each known from its offset: no two mebibytes of it are
// equal, so that misplaced bytes are noticed. Safe for concurrent use.
type Content int64

// run returns the bytes from off on, as far as they lie together.
func (c Content) run(off int64) []byte {
	begin := (off%blockBytes + off/blockBytes*blockShift) % blockBytes
	length := min(blockBytes-begin, blockBytes-off%blockBytes, int64(c)-off)
	return block()[begin : begin+length]
}

// ReadAt implements io.ReaderAt.
func (c Content) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off+int64(n) < int64(c) {
		n += copy(p[n:], c.run(off+int64(n)))
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Reader reads all of it.
func (c Content) Reader() *io.SectionReader { return io.NewSectionReader(c, 0, int64(c)) }

// Check is an io.Writer that compares what it is given with the content, from its beginning.
type Check struct {
	Content Content
	Seen    int64 // bytes, all of them right
}

// Write reports the first wrong byte as an error.
func (k *Check) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		if k.Seen >= int64(k.Content) {
			return done, fmt.Errorf("more than %d bytes", k.Content)
		}
		want := k.Content.run(k.Seen)
		got := p[done:min(len(p), done+len(want))]
		if !bytes.Equal(got, want[:len(got)]) {
			return done, fmt.Errorf("a wrong byte within %d of offset %d", len(got), k.Seen)
		}
		done, k.Seen = done+len(got), k.Seen+int64(len(got))
	}
	return len(p), nil
}

// All reports whether r has exactly the content.
func (k *Check) All(r io.Reader) error {
	if _, err := io.Copy(k, r); err != nil {
		return fmt.Errorf("after %d of %d bytes: %w", k.Seen, k.Content, err)
	}
	if k.Seen != int64(k.Content) {
		return fmt.Errorf("ended after %d of %d bytes", k.Seen, k.Content)
	}
	return nil
}

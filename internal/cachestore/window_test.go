package cachestore

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
)

// The chunk the fastest reader stands in is never dropped, however large the writes are.
func TestWindowKeepsTheFastestReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{MaxBytes: 16 << 20, MaxObjectBytes: 1 << 20, WindowBytes: 2 << 20})
		defer s.Close()
		film := pattern(8 << 20)
		f := lead(t, s)
		o := f.Start(head(int64(len(film))))
		r := o.Reader(t.Context(), 0, -1)
		defer r.Close()
		done := make(chan error)
		go func() {
			// Not a divisor of the window, so that writes end in the middle of chunks.
			for p := film; len(p) > 0; {
				n := min(len(p), 1<<20-7)
				if _, err := f.Write(p[:n]); err != nil {
					done <- err
					return
				}
				p = p[n:]
			}
			done <- f.Close()
		}()
		var got bytes.Buffer
		for {
			// A step that leaves the reader in the middle of chunks, with the writer as far
			// ahead as it may be.
			synctest.Wait()
			_, err := io.CopyN(&got, r, 100_003)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("after %d bytes: %v", got.Len(), err)
			}
		}
		if err := <-done; err != nil || !bytes.Equal(got.Bytes(), film) {
			t.Fatalf("%d bytes, %v", got.Len(), err)
		}
	})
}

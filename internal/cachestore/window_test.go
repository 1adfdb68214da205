package cachestore

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
)

// The chunk the fastest reader stands in is never dropped, however far the writer could go.
func TestWindowKeepsTheFastestReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{MaxBytes: 16 << 20, MaxObjectBytes: 1 << 20, WindowBytes: 2 << 20})
		defer s.Close()
		film := pattern(8 << 20)
		f := lead(t, s)
		o := f.Start(head(int64(len(film))))
		r := o.Reader(t.Context(), 0, -1)
		defer r.Close()

		// The reader has taken all there is, just before the end of a chunk …
		begun := streamChunkBytes - 5
		if _, err := f.Write(film[:begun]); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := io.CopyN(&got, r, int64(begun)); err != nil {
			t.Fatal(err)
		}
		// … and pauses while the writer goes as far as it may.
		done := make(chan error)
		go func() {
			_, err := f.Write(film[begun:])
			if err == nil {
				err = f.Close()
			}
			done <- err
		}()
		synctest.Wait()
		if _, err := io.Copy(&got, r); err != nil {
			t.Fatalf("after %d bytes: %v", got.Len(), err)
		}
		if err := <-done; err != nil || !bytes.Equal(got.Bytes(), film) {
			t.Fatalf("%d bytes, %v", got.Len(), err)
		}
	})
}

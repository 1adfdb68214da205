package objects

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Readers, writers, copiers, deleters and the collector work on the same keys
// at once; every body read is the one its ETag was promised for.
func TestConcurrentUseOfTheSameKeys(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	const rounds, keys = 60, 3
	key := func(n int) string { return fmt.Sprint("k", n%keys) }
	for i := range keys {
		put(t, s, "b", key(i), pattern(20000+i, byte(i)))
	}
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for n := range rounds {
				if _, err := s.PutObject(context.Background(), putInput("b", key(n+w), pattern(100*n, byte(n+w)))); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for n := range rounds * 5 {
				readAndVerify(t, s, key(n+w))
			}
		})
	}
	wg.Go(func() {
		for n := range rounds {
			_, err := s.CopyObject(context.Background(), copyInput("b/"+key(n), key(n+1)))
			if code := errorCode(err); code != "" && code != "NoSuchKey" {
				t.Error(err)
			}
			if n%5 == 0 {
				deleteObject(t, s, key(n), "")
			}
		}
	})
	wg.Go(func() {
		for n := range rounds / 2 {
			if err := multipartPut(s, key(n), pattern(3000+n, byte(n))); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for range rounds {
			collect(t, s)
		}
	})
	wg.Wait()
	collect(t, s)
	if files, refs := blobFiles(t, s), referredBlobs(t, s); files != refs {
		t.Errorf("%d blob files, %d referred to", files, refs)
	}
}

func readAndVerify(t *testing.T, s *Store, key string) {
	out, err := s.GetObject(context.Background(), &s3.GetObjectInput{Bucket: ptr("b"), Key: &key})
	if err != nil {
		if code := errorCode(err); code != "NoSuchKey" {
			t.Errorf("%s: %v", key, err)
		}
		return
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	sum := md5.Sum(body)
	want := `"` + hex.EncodeToString(sum[:]) + `"`
	if strings.Contains(*out.ETag, "-") {
		want = multipartETag(string(body))
	}
	if err != nil || *out.ETag != want || *out.ContentLength != int64(len(body)) {
		t.Errorf("%s: %d bytes of %d, %v", key, len(body), *out.ContentLength, err)
	}
}

// A body of several parts opens them one by one and finds them even if the
// object was deleted before.
func TestReaderOfADeletedMultipartObject(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	u := beginUpload(t, s, "b", "k", "", "")
	one, two := pattern(minPart, 1), "the end"
	uploadPart(t, s, u, 1, one)
	uploadPart(t, s, u, 2, two)
	if _, err := u.complete(s, nil); err != nil {
		t.Fatal(err)
	}
	out, err := s.GetObject(context.Background(), &s3.GetObjectInput{Bucket: ptr("b"), Key: ptr("k")})
	if err != nil {
		t.Fatal(err)
	}
	deleteObject(t, s, "k", "")
	collect(t, s)
	if n := blobFiles(t, s); n != 2 {
		t.Errorf("%d blobs while being read, want 2", n)
	}
	if got, err := io.ReadAll(out.Body); err != nil || string(got) != one+two {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	out.Body.Close()
	out.Body.Close() // again is harmless
	collect(t, s)
	if n := blobFiles(t, s); n != 0 {
		t.Errorf("%d blobs afterwards, want none", n)
	}
}

func TestCollectSparesBlobsBeingWritten(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		in := putInput("b", "k", "hello")
		in.Body = r
		_, err := s.PutObject(context.Background(), in)
		done <- err
	}()
	if _, err := io.WriteString(w, "hel"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "lo"); err != nil { // now the first bytes are in a blob
		t.Fatal(err)
	}
	collect(t, s)
	if n := blobFiles(t, s); n != 1 {
		t.Errorf("%d blobs during the write, want 1", n)
	}
	w.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantBody(t, s, "b", "k", "hello")
}

func TestCollectRemovesStrays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFast(t, dir)
	makeBucket(t, s, "b")
	put(t, s, "b", "k", "hello")
	stray := s.blobPath(blobID{7, 7})
	other := s.blobDir(blobID{7}) + "/README"
	for _, name := range []string{stray, other} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Collect(context.Background()); n != 1 || err != nil {
		t.Errorf("collected %d, %v", n, err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file that is no blob: %v", err)
	}
	wantBody(t, s, "b", "k", "hello")
}

// A blob that lost bytes is an error, not a shorter object.
func TestDamagedBlobIsNotServed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	put(t, s, "b", "k", "hello")
	var id blobID
	if f, err := s.read("b", "k", "", func(v *version, _ manifest) (span, error) { id = v.Blob; return span{}, nil }); err != nil {
		t.Fatal(err)
	} else {
		f.release()
	}
	if err := os.Truncate(s.blobPath(id), 3); err != nil {
		t.Fatal(err)
	}
	for _, rng := range []string{"", "bytes=0-1"} {
		if _, err := s.GetObject(context.Background(), &s3.GetObjectInput{Bucket: ptr("b"), Key: ptr("k"), Range: &rng}); err == nil {
			t.Errorf("range %q of a damaged blob was served", rng)
		}
	}
}

func TestWriteToABucketMadeAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		in := putInput("b", "k", "hello")
		in.Body = r
		_, err := s.PutObject(context.Background(), in)
		done <- err
	}()
	if _, err := io.WriteString(w, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteBucket(context.Background(), "b"); err != nil {
		t.Fatal(err)
	}
	makeBucket(t, s, "b")
	w.Close()
	wantCode(t, <-done, "NoSuchBucket")
	if _, code := get(s, "b", "k", ""); code != "NoSuchKey" {
		t.Errorf("the new bucket has the old one's object: %s", code)
	}
}

package objects

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestOpenLocksItsDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("second open: got %v, want ErrLocked", err)
	}
	other := openStore(t, t.TempDir(), Options{})
	makeBucket(t, other, "here")
	if err := s.exists("here"); err == nil {
		t.Error("two stores of one process share buckets")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openStore(t, dir, Options{})
}

func TestOpenRefusesADamagedIndex(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, indexName), make([]byte, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestContentsSurviveReopening(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir, Options{})
	makeBucket(t, s, "b")
	put(t, s, "b", "k", "hello")
	if err := s.PutDocument(context.Background(), "b", Policy, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir, Options{})
	wantBody(t, s, "b", "k", "hello")
	if doc, err := s.GetBucketPolicy(context.Background(), "b"); err != nil || string(doc) != "{}" {
		t.Errorf("policy: %q %v", doc, err)
	}
}

// Every spelling of a path is an object of its own.
func TestKeysAreOpaqueBytes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	keys := []string{
		"a", "a/", "a/b", "a//b", "/a", "//a", "./a", "../a", "p/../a", "p/./a", ".", "..", "/", "a\x00", "a\x00b", "\x00",
		"\xff", "\xff\xff", "a%2Fb", "a b", "a+b", "ä", "a\u0308", "\n", string(make([]byte, 1024)), pattern(1024, 1),
	}
	for _, k := range keys {
		put(t, s, "b", k, "body of "+k)
	}
	for _, k := range keys {
		wantBody(t, s, "b", k, "body of "+k)
	}
	_, err := s.PutObject(context.Background(), putInput("b", pattern(1025, 1), "x"))
	wantCode(t, err, "KeyTooLongError")
}

func TestReaderOfAnOverwrittenObjectKeepsTheOldBytes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	old, bucket, key := pattern(300000, 1), "b", "k"
	put(t, s, bucket, key, old)
	out, err := s.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := out.Body.(*os.File); !ok {
		t.Errorf("body of a whole object is a %T, want a file", out.Body)
	}
	put(t, s, bucket, key, "new")
	collect(t, s)
	if n := blobFiles(t, s); n != 1 {
		t.Errorf("%d blobs left, want 1", n)
	}
	got, err := io.ReadAll(out.Body)
	if err != nil || string(got) != old {
		t.Errorf("old bytes: %d of %d, %v", len(got), len(old), err)
	}
	out.Body.Close()
	wantBody(t, s, bucket, key, "new")
}

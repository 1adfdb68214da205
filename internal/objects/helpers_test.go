package objects

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

const owner = "AKIAOWNER"

// newStore opens a store in a fresh directory that searches for strays only
// when told, and spares the tests the disk's syncs.
func newStore(t testing.TB) *Store {
	t.Helper()
	return openFast(t, t.TempDir())
}

func openFast(t testing.TB, dir string) *Store {
	t.Helper()
	s := openStore(t, dir, Options{CollectEvery: -1, files: hasty{}})
	s.db.NoSync = true
	return s
}

// hasty is a disk that does not sync.
type hasty struct{ disk }

func (hasty) SyncDir(string) error { return nil }

func (h hasty) Create(name string) (file, error) {
	f, err := h.disk.Create(name)
	return hastyFile{f}, err
}

type hastyFile struct{ file }

func (hastyFile) Sync() error { return nil }

func openStore(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func makeBucket(t testing.TB, s *Store, name string) {
	t.Helper()
	if err := createIn(s, name, "", owner); err != nil {
		t.Fatal(err)
	}
}

func createIn(s *Store, name, region, owner string) error {
	acl, err := json.Marshal(auth.ACL{Owner: owner})
	if err != nil {
		return err
	}
	return s.CreateBucket(context.Background(), &s3.CreateBucketInput{
		Bucket:                    &name,
		ObjectOwnership:           types.ObjectOwnershipBucketOwnerEnforced,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)},
	}, acl)
}

func setVersioning(t testing.TB, s *Store, bucket string, status types.BucketVersioningStatus) {
	t.Helper()
	if err := s.PutBucketVersioning(context.Background(), bucket, status); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, s *Store, bucket, key, body string) s3response.PutObjectOutput {
	t.Helper()
	out, err := s.PutObject(context.Background(), putInput(bucket, key, body))
	if err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
	return out
}

func putInput(bucket, key, body string) s3response.PutObjectInput {
	return s3response.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body), ContentLength: ptr(int64(len(body)))}
}

// get reads an object, or fails with S3's error code.
func get(s *Store, bucket, key, version string) (body, code string) {
	out, err := s.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: &version})
	if err != nil {
		return "", errorCode(err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	if err != nil {
		return "", err.Error()
	}
	return string(b), ""
}

func wantBody(t testing.TB, s *Store, bucket, key, want string) {
	t.Helper()
	if body, code := get(s, bucket, key, ""); code != "" || body != want {
		t.Errorf("get %q: got %.60q %s, want %.60q", key, body, code, want)
	}
}

// errorCode is the S3 code of an error, "" for nil.
func errorCode(err error) string {
	if err == nil {
		return ""
	}
	var e s3err.S3Error
	if errors.As(err, &e) {
		return e.BaseError().Code
	}
	return "untyped: " + err.Error()
}

func wantCode(t testing.TB, err error, want string) {
	t.Helper()
	if got := errorCode(err); got != want {
		t.Errorf("got error %q, want %q", got, want)
	}
}

// soak is the number of rounds of a crash test: a few, or as many as the
// environment variable WARMFRONT_SOAK says.
func soak(few int) int {
	if n, err := strconv.Atoi(os.Getenv("WARMFRONT_SOAK")); err == nil && n > 0 {
		return n
	}
	return few
}

// blobFiles counts the blob files on disk.
func blobFiles(t testing.TB, s *Store) (n int) {
	t.Helper()
	for i := range 256 {
		names, err := s.files.List(s.blobDir(blobID{byte(i)}))
		if err != nil {
			t.Fatal(err)
		}
		n += len(names)
	}
	return n
}

func collect(t testing.TB, s *Store) {
	t.Helper()
	if _, err := s.Collect(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func pattern(n int, seed byte) string {
	b := bytes.Repeat([]byte{0}, n)
	for i := range b {
		b[i] = byte(i*7) + seed + byte(i>>8)
	}
	return string(b)
}

package objects

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3response"
)

func TestPutKeepsHeadersMetadataAndTags(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	in := putInput("b", "k", "hello")
	in.ContentType, in.ContentEncoding, in.ContentDisposition = ptr("text/plain"), ptr("gzip,aws-chunked"), ptr("inline")
	in.ContentLanguage, in.CacheControl, in.Expires = ptr("en"), ptr("max-age=1"), ptr("Thu, 01 Dec 1994 16:00:00 GMT")
	in.WebsiteRedirectLocation, in.Tagging = ptr("/x"), ptr("a=1&b=2")
	in.Metadata = map[string]string{"m": "v\xff"}
	out, err := s.PutObject(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if out.ETag != `"5d41402abc4b2a76b9719d911017c592"` || *out.Size != 5 || out.VersionID != "" ||
		out.ChecksumType != types.ChecksumTypeFullObject || out.ChecksumCRC64NVME == nil {
		t.Errorf("put: %+v", out)
	}
	h, err := s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: ptr("b"), Key: ptr("k")})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join([]string{
		*h.ContentType, *h.ContentEncoding, *h.ContentDisposition, *h.ContentLanguage, *h.CacheControl, *h.ExpiresString,
		*h.WebsiteRedirectLocation, h.Metadata["m"], *h.ETag, *h.AcceptRanges,
	}, "|")
	want := "text/plain|gzip|inline|en|max-age=1|Thu, 01 Dec 1994 16:00:00 GMT|/x|v\xff|" + out.ETag + "|bytes"
	if got != want || *h.ContentLength != 5 || *h.TagCount != 2 || h.VersionId != nil || h.ChecksumCRC64NVME != nil || h.ContentRange != nil {
		t.Errorf("head: %s %+v", got, h)
	}
	tags, err := s.GetObjectTagging(ctx, "b", "k", "")
	if err != nil || len(tags) != 2 || tags["b"] != "2" {
		t.Errorf("tags: %v %v", tags, err)
	}
	// Overwriting replaces all of it.
	put(t, s, "b", "k", "bye")
	if h, err = s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: ptr("b"), Key: ptr("k")}); err != nil || h.CacheControl != nil || h.Metadata != nil || h.TagCount != nil {
		t.Errorf("head: %+v %v", h, err)
	}
}

func TestPutChecksums(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	for _, a := range algorithms {
		r, err := utils.NewHashReader(strings.NewReader("hello"), "", hashType(a))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Fatal(err)
		}
		in := putInput("b", "k", "hello")
		fields := sums{
			&in.ChecksumCRC32, &in.ChecksumCRC32C, &in.ChecksumCRC64NVME, &in.ChecksumSHA1, &in.ChecksumSHA256,
			&in.ChecksumSHA512, &in.ChecksumMD5, &in.ChecksumXXHASH64, &in.ChecksumXXHASH3, &in.ChecksumXXHASH128,
		}
		fields.set(a, r.Sum())
		if _, err := s.PutObject(ctx, in); err != nil {
			t.Errorf("%s: %v", a, err)
		}
		o, err := s.GetObject(ctx, &s3.GetObjectInput{Bucket: ptr("b"), Key: ptr("k"), ChecksumMode: types.ChecksumModeEnabled})
		if err != nil {
			t.Fatal(err)
		}
		o.Body.Close()
		shown, value := sums{
			&o.ChecksumCRC32, &o.ChecksumCRC32C, &o.ChecksumCRC64NVME, &o.ChecksumSHA1, &o.ChecksumSHA256,
			&o.ChecksumSHA512, &o.ChecksumMD5, &o.ChecksumXXHASH64, &o.ChecksumXXHASH3, &o.ChecksumXXHASH128,
		}.first()
		if shown != a || value != r.Sum() || o.ChecksumType != types.ChecksumTypeFullObject {
			t.Errorf("%s: shown %s %s %s", a, shown, value, o.ChecksumType)
		}
		in = putInput("b", "bad", "hellO")
		fields = sums{
			&in.ChecksumCRC32, &in.ChecksumCRC32C, &in.ChecksumCRC64NVME, &in.ChecksumSHA1, &in.ChecksumSHA256,
			&in.ChecksumSHA512, &in.ChecksumMD5, &in.ChecksumXXHASH64, &in.ChecksumXXHASH3, &in.ChecksumXXHASH128,
		}
		fields.set(a, r.Sum())
		_, err = s.PutObject(ctx, in)
		wantCode(t, err, "BadDigest")
	}
	if _, code := get(s, "b", "bad", ""); code != "NoSuchKey" {
		t.Errorf("object with a wrong checksum: %s", code)
	}
	collect(t, s)
	if n := blobFiles(t, s); n != 1 {
		t.Errorf("%d blobs, want 1", n)
	}
}

// trailer is a body whose checksum comes at its end, like the front's.
type trailer struct {
	io.Reader
}

func (trailer) Algorithm() string { return "crc32c" }
func (trailer) Checksum() string  { return "yZRlqg==" }

func TestPutTakesTheTrailingChecksum(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	in := putInput("b", "k", "hello")
	in.Body = trailer{strings.NewReader("hello")}
	out, err := s.PutObject(context.Background(), in)
	if err != nil || out.ChecksumCRC32C == nil || *out.ChecksumCRC32C != "yZRlqg==" {
		t.Errorf("%+v %v", out, err)
	}
}

// form is a body like a form upload's, which is announced longer than it is.
type form struct{ *strings.Reader }

func (f form) Length() int64 { return f.Size() }

func TestPutRefusals(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	broken := errors.New("the client left")
	for _, c := range []struct {
		name string
		edit func(*s3response.PutObjectInput)
		want string
	}{
		{"no bucket", func(in *s3response.PutObjectInput) { in.Bucket = ptr("none") }, "NoSuchBucket"},
		{"no key", func(in *s3response.PutObjectInput) { in.Key = ptr("") }, "NoSuchKey"},
		{"short body", func(in *s3response.PutObjectInput) { in.ContentLength = ptr(int64(6)) }, "IncompleteBody"},
		{"long body", func(in *s3response.PutObjectInput) { in.ContentLength = ptr(int64(4)) }, "IncompleteBody"},
		{"empty body", func(in *s3response.PutObjectInput) { in.Body = nil }, "IncompleteBody"},
		{"form body", func(in *s3response.PutObjectInput) {
			in.Body, in.ContentLength = form{strings.NewReader("hello")}, ptr(int64(60))
		}, ""},
		{"cut body", func(in *s3response.PutObjectInput) {
			in.ContentLength, in.Body = nil, io.MultiReader(in.Body, iotest.ErrReader(io.ErrUnexpectedEOF))
		}, "IncompleteBody"},
		{"failing body", func(in *s3response.PutObjectInput) { in.Body = iotest.ErrReader(broken) }, "untyped: the client left"},
		{"too large", func(in *s3response.PutObjectInput) { in.ContentLength = ptr(int64(maxUpload + 1)) }, "EntityTooLarge"},
		{"eleven tags", func(in *s3response.PutObjectInput) { in.Tagging = ptr("a=&b=&c=&d=&e=&f=&g=&h=&i=&j=&k=") }, "BadRequest"},
		{"object lock", func(in *s3response.PutObjectInput) { in.ObjectLockMode = types.ObjectLockModeGovernance }, "InvalidRequest"},
		{"unknown checksum", func(in *s3response.PutObjectInput) { in.ChecksumAlgorithm = "CRC13" }, "InvalidRequest"},
	} {
		in := putInput("b", "k", "hello")
		c.edit(&in)
		_, err := s.PutObject(context.Background(), in)
		if got := errorCode(err); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	collect(t, s)
	if n := blobFiles(t, s); n != 1 { // the form's
		t.Errorf("%d blobs, want 1", n)
	}
}

func TestConditionalPutsOfOneKeyHaveOneWinner(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	const n = 16
	results := make(chan string, n)
	for i := range n {
		go func() {
			in := putInput("b", "k", string(rune('a'+i)))
			in.IfNoneMatch = ptr("*")
			_, err := s.PutObject(context.Background(), in)
			results <- errorCode(err)
		}()
	}
	count := map[string]int{}
	for range n {
		count[<-results]++
	}
	if count[""] != 1 || count["PreconditionFailed"] != n-1 {
		t.Errorf("outcomes: %v", count)
	}
	collect(t, s)
	if n := blobFiles(t, s); n != 1 {
		t.Errorf("%d blobs, want 1", n)
	}
}

func TestEmptyObjectHasNoBlob(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	if out := put(t, s, "b", "k", ""); out.ETag != `"d41d8cd98f00b204e9800998ecf8427e"` {
		t.Errorf("etag %s", out.ETag)
	}
	wantBody(t, s, "b", "k", "")
	if n := blobFiles(t, s); n != 0 {
		t.Errorf("%d blobs, want none", n)
	}
}

func TestGetRangesAndConditions(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	etag := strings.Trim(put(t, s, "b", "k", "0123456789").ETag, `"`)
	for _, c := range []struct {
		name, body, contentRange, code string
		in                             s3.GetObjectInput
	}{
		{"whole", "0123456789", "", "", s3.GetObjectInput{}},
		{"range", "23", "bytes 2-3/10", "", s3.GetObjectInput{Range: ptr("bytes=2-3")}},
		{"range of all", "0123456789", "bytes 0-9/10", "", s3.GetObjectInput{Range: ptr("bytes=0-")}},
		{"ranges", "0123456789", "", "", s3.GetObjectInput{Range: ptr("bytes=0-1,3-4")}},
		{"beyond", "", "", "InvalidRange", s3.GetObjectInput{Range: ptr("bytes=10-")}},
		{"part 1", "0123456789", "bytes 0-9/10", "", s3.GetObjectInput{PartNumber: ptr(int32(1))}},
		{"part 2", "", "", "InvalidPartNumber", s3.GetObjectInput{PartNumber: ptr(int32(2))}},
		{"range if match", "1", "bytes 1-1/10", "", s3.GetObjectInput{Range: ptr("bytes=1-1"), IfMatch: &etag}},
		{"not modified before range", "", "", "NotModified", s3.GetObjectInput{Range: ptr("bytes=10-"), IfNoneMatch: &etag}},
	} {
		c.in.Bucket, c.in.Key = ptr("b"), ptr("k")
		out, err := s.GetObject(ctx, &c.in)
		if code := errorCode(err); code != c.code {
			t.Errorf("%s: got %q, want %q", c.name, code, c.code)
		}
		if err != nil {
			continue
		}
		body, err := io.ReadAll(out.Body)
		out.Body.Close()
		shown := ""
		if out.ContentRange != nil {
			shown = *out.ContentRange
		}
		if err != nil || string(body) != c.body || shown != c.contentRange || *out.ContentLength != int64(len(c.body)) {
			t.Errorf("%s: %q %q %d %v", c.name, body, shown, *out.ContentLength, err)
		}
	}
}

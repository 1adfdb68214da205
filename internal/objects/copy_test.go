package objects

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3response"
)

func copyInput(src, key string) s3response.CopyObjectInput {
	return s3response.CopyObjectInput{
		Bucket: ptr("b"), Key: &key, CopySource: &src,
		MetadataDirective: types.MetadataDirectiveCopy, TaggingDirective: types.TaggingDirectiveCopy,
	}
}

func TestCopySharesBlobs(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	in := putInput("b", "src", "hello")
	in.Metadata, in.CacheControl, in.Tagging = map[string]string{"m": "v"}, ptr("no-cache"), ptr("t=1")
	in.WebsiteRedirectLocation = ptr("/elsewhere")
	etag, err := s.PutObject(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.CopyObject(ctx, copyInput("b/src", "kept"))
	if err != nil || *out.CopyObjectResult.ETag != etag.ETag || out.CopyObjectResult.ChecksumCRC64NVME == nil {
		t.Fatalf("%+v %v", out, err)
	}
	replace := copyInput("/b/src", "replaced")
	replace.MetadataDirective, replace.TaggingDirective = types.MetadataDirectiveReplace, types.TaggingDirectiveReplace
	replace.ContentType, replace.Tagging, replace.ChecksumAlgorithm = ptr("text/y"), ptr("u=1&w=2"), types.ChecksumAlgorithmSha1
	if out, err = s.CopyObject(ctx, replace); err != nil || *out.CopyObjectResult.ChecksumSHA1 != sumOf(t, "hello", types.ChecksumAlgorithmSha1) {
		t.Fatalf("%+v %v", out, err)
	}
	if n := blobFiles(t, s); n != 1 {
		t.Errorf("%d blobs, want 1", n)
	}
	for key, want := range map[string]string{"kept": "no-cache map[m:v] 1 binary", "replaced": " map[] 2 text/y"} {
		h, err := s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: ptr("b"), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		cache, kind := "", "binary"
		if h.CacheControl != nil {
			cache = *h.CacheControl
		}
		if h.ContentType != nil {
			kind = *h.ContentType
		}
		if got := fmt.Sprint(cache, " ", h.Metadata, " ", *h.TagCount, " ", kind); got != want || h.WebsiteRedirectLocation != nil {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	// The bytes live as long as one of the objects.
	for _, key := range []string{"src", "kept"} {
		deleteObject(t, s, key, "")
		collect(t, s)
		wantBody(t, s, "b", "replaced", "hello")
	}
	deleteObject(t, s, "replaced", "")
	collect(t, s)
	if n := blobFiles(t, s); n != 0 {
		t.Errorf("%d blobs left", n)
	}
}

func TestCopyOntoItself(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	put(t, s, "b", "k", "hello")
	_, err := s.CopyObject(ctx, copyInput("b/k", "k"))
	wantCode(t, err, "InvalidRequest")
	in := copyInput("b/k", "k")
	in.MetadataDirective, in.Metadata = types.MetadataDirectiveReplace, map[string]string{"new": "1"}
	if _, err := s.CopyObject(ctx, in); err != nil {
		t.Fatal(err)
	}
	collect(t, s)
	wantBody(t, s, "b", "k", "hello")
	setVersioning(t, s, "b", types.BucketVersioningStatusEnabled)
	put(t, s, "b", "k", "newer")
	out, err := s.CopyObject(ctx, copyInput("b/k?versionId=null", "k")) // restores the older version
	if err != nil || *out.CopySourceVersionId != "null" || *out.VersionId == "" {
		t.Fatalf("%+v %v", out, err)
	}
	wantBody(t, s, "b", "k", "hello")
}

func TestCopyRefusals(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	etag := put(t, s, "b", "src", "hello").ETag
	setVersioning(t, s, "b", types.BucketVersioningStatusEnabled)
	marker := *deleteObject(t, s, "gone", "").VersionId
	future := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name, src, want string
		edit            func(*s3response.CopyObjectInput)
	}{
		{"no source bucket", "none/k", "NoSuchBucket", nil},
		{"no bucket", "b/src", "NoSuchBucket", func(in *s3response.CopyObjectInput) { in.Bucket = ptr("none") }},
		{"no source", "b/none", "NoSuchKey", nil},
		{"delete marker", "b/gone", "NoSuchKey", nil},
		{"delete marker by id", "b/gone?versionId=" + marker, "InvalidRequest", nil},
		{"no version", "b/src?versionId=" + newVersionID(99), "NoSuchVersion", nil},
		{"if match", "b/src", "PreconditionFailed", func(in *s3response.CopyObjectInput) { in.CopySourceIfMatch = ptr("x") }},
		{"if none match", "b/src", "PreconditionFailed", func(in *s3response.CopyObjectInput) { in.CopySourceIfNoneMatch = &etag }},
		{"if modified since", "b/src", "PreconditionFailed", func(in *s3response.CopyObjectInput) { in.CopySourceIfModifiedSince = &future }},
		{"other owner", "b/src", "AccessDenied", func(in *s3response.CopyObjectInput) { in.ExpectedSourceBucketOwner = ptr("x") }},
		{"same owner", "b/src", "", func(in *s3response.CopyObjectInput) { in.ExpectedSourceBucketOwner = ptr(owner) }},
		{"encoded source", "b%2Fsrc", "", nil},
	} {
		in := copyInput(c.src, "dst")
		if c.edit != nil {
			c.edit(&in)
		}
		_, err := s.CopyObject(ctx, in)
		if got := errorCode(err); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCopyOfMultipartObjectKeepsItsParts(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	u := beginUpload(t, s, "b", "src", "", "")
	one, two := pattern(minPart, 1), "end"
	uploadPart(t, s, u, 1, one)
	uploadPart(t, s, u, 2, two)
	res, err := u.complete(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := copyInput("b/src", "dst")
	in.ChecksumAlgorithm = types.ChecksumAlgorithmCrc32
	out, err := s.CopyObject(ctx, in)
	if err != nil || *out.CopyObjectResult.ETag != *res.ETag || *out.CopyObjectResult.ChecksumCRC32 != sumOf(t, one+two, types.ChecksumAlgorithmCrc32) {
		t.Fatalf("%+v %v", out, err)
	}
	deleteObject(t, s, "src", "")
	collect(t, s)
	wantBody(t, s, "b", "dst", one+two)

	// Parts made of ranges of it.
	u = beginUpload(t, s, "b", "third", "", "")
	for i, rng := range []string{fmt.Sprintf("bytes=0-%d", minPart-1), fmt.Sprintf("bytes=%d-%d", minPart-3, minPart+1)} {
		p, err := s.UploadPartCopy(ctx, &s3.UploadPartCopyInput{
			Bucket: ptr("b"), Key: ptr("third"), UploadId: &u.id, PartNumber: ptr(int32(i + 1)), CopySource: ptr("b/dst"), CopySourceRange: &rng,
		})
		if err != nil {
			t.Fatal(err)
		}
		u.parts = append(u.parts, types.CompletedPart{PartNumber: ptr(int32(i + 1)), ETag: p.ETag})
	}
	if _, err := u.complete(s, nil); err != nil {
		t.Fatal(err)
	}
	wantBody(t, s, "b", "third", one+one[minPart-3:]+two[:2])
}

func TestTagging(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	put(t, s, "b", "k", "x")
	wantCode(t, s.PutObjectTagging(ctx, "b", "none", "", nil), "NoSuchKey")
	if err := s.PutObjectTagging(ctx, "b", "k", "", map[string]string{"a": "1"}); err != nil {
		t.Fatal(err)
	}
	setVersioning(t, s, "b", types.BucketVersioningStatusEnabled)
	id := put(t, s, "b", "k", "y").VersionID
	for version, want := range map[string]int{"": 0, id: 0, "null": 1} {
		if tags, err := s.GetObjectTagging(ctx, "b", "k", version); err != nil || len(tags) != want {
			t.Errorf("tags of %q: %v %v", version, tags, err)
		}
	}
	if err := s.DeleteObjectTagging(ctx, "b", "k", "null"); err != nil {
		t.Fatal(err)
	}
	if tags, err := s.GetObjectTagging(ctx, "b", "k", "null"); err != nil || len(tags) != 0 {
		t.Errorf("tags: %v %v", tags, err)
	}
	if body, _ := get(s, "b", "k", "null"); body != "x" {
		t.Errorf("tagging changed the bytes: %q", body)
	}
	acl, err := s.GetObjectAcl(ctx, &s3.GetObjectAclInput{Bucket: ptr("b"), Key: ptr("k")})
	if err != nil || *acl.Owner.ID != owner || len(acl.Grants) != 1 {
		t.Errorf("acl: %+v %v", acl, err)
	}
	at, err := s.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: ptr("b"), Key: ptr("k")})
	if err != nil || *at.ObjectSize != 1 || *at.VersionId != id || at.ObjectParts != nil || at.Checksum.ChecksumCRC64NVME == nil {
		t.Errorf("attributes: %+v %v", at, err)
	}
	deleteObject(t, s, "k", "")
	at, err = s.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: ptr("b"), Key: ptr("k")})
	wantCode(t, err, "NoSuchKey")
	if at.DeleteMarker == nil {
		t.Errorf("attributes: %+v", at)
	}
}

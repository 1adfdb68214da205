package objects

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3response"
)

// testUpload is an upload in progress and what to list when completing it.
type testUpload struct {
	bucket, key, id string
	parts           []types.CompletedPart
}

func beginUpload(t testing.TB, s *Store, bucket, key string, a types.ChecksumAlgorithm, ct types.ChecksumType) *testUpload {
	t.Helper()
	res, err := s.CreateMultipartUpload(context.Background(), s3response.CreateMultipartUploadInput{
		Bucket: &bucket, Key: &key, ChecksumAlgorithm: a, ChecksumType: ct,
		ContentType: ptr("text/x"), Tagging: ptr("t=1"), Metadata: map[string]string{"m": "v"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &testUpload{bucket: bucket, key: key, id: res.UploadId}
}

func createInput(bucket, key string) s3response.CreateMultipartUploadInput {
	return s3response.CreateMultipartUploadInput{Bucket: &bucket, Key: &key}
}

// list adds a part to those listed on completion.
func (u *testUpload) list(number int32, etag *string) {
	u.parts = append(u.parts, types.CompletedPart{PartNumber: &number, ETag: etag})
}

func (u *testUpload) partInput(number int32, body string) *s3.UploadPartInput {
	return &s3.UploadPartInput{
		Bucket: &u.bucket, Key: &u.key, UploadId: &u.id, PartNumber: &number,
		Body: strings.NewReader(body), ContentLength: ptr(int64(len(body))),
	}
}

func uploadPart(t testing.TB, s *Store, u *testUpload, number int32, body string) *s3.UploadPartOutput {
	t.Helper()
	out, err := s.UploadPart(context.Background(), u.partInput(number, body))
	if err != nil {
		t.Fatal(err)
	}
	u.list(number, out.ETag)
	return out
}

func (u *testUpload) complete(s *Store, edit func(*s3.CompleteMultipartUploadInput)) (s3response.CompleteMultipartUploadResult, error) {
	in := &s3.CompleteMultipartUploadInput{
		Bucket: &u.bucket, Key: &u.key, UploadId: &u.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	}
	if edit != nil {
		edit(in)
	}
	res, _, err := s.CompleteMultipartUpload(context.Background(), in)
	return res, err
}

func multipartETag(parts ...string) string {
	var all []byte
	for _, p := range parts {
		sum := md5.Sum([]byte(p))
		all = append(all, sum[:]...)
	}
	sum := md5.Sum(all)
	return fmt.Sprintf("\"%s-%d\"", hex.EncodeToString(sum[:]), len(parts))
}

func TestMultipartUpload(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	u := beginUpload(t, s, "b", "k", "", "")
	one, two, three := pattern(minPart, 1), pattern(minPart+3, 2), "the end"
	uploadPart(t, s, u, 2, one)
	uploadPart(t, s, u, 5, "to be replaced")
	u.parts = u.parts[:1]
	uploadPart(t, s, u, 5, two)
	uploadPart(t, s, u, 9, three)
	uploadPart(t, s, u, 10, "not listed")
	u.parts = u.parts[:3]
	if _, code := get(s, "b", "k", ""); code != "NoSuchKey" {
		t.Errorf("object before completion: %s", code)
	}
	res, err := u.complete(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	whole := one + two + three
	if *res.ETag != multipartETag(one, two, three) || res.ChecksumCRC64NVME == nil || *res.ChecksumType != types.ChecksumTypeFullObject {
		t.Errorf("completed: %+v", res)
	}
	if want := sumOf(t, whole, types.ChecksumAlgorithmCrc64nvme); *res.ChecksumCRC64NVME != want {
		t.Errorf("crc64: %s, want %s", *res.ChecksumCRC64NVME, want)
	}
	wantBody(t, s, "b", "k", whole)
	h, err := s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: ptr("b"), Key: ptr("k"), PartNumber: ptr(int32(2))})
	if err != nil || *h.PartsCount != 3 || *h.ContentLength != int64(len(two)) || *h.ContentType != "text/x" || h.Metadata["m"] != "v" || *h.TagCount != 1 {
		t.Errorf("head of part 2: %+v %v", h, err)
	}
	wantRanges(t, s, whole)
	// Completing again is answered alike; an upload that is over takes no more parts.
	if again, err := u.complete(s, nil); err != nil || *again.ETag != *res.ETag {
		t.Errorf("again: %+v %v", again, err)
	}
	_, err = s.UploadPart(ctx, u.partInput(1, "late"))
	wantCode(t, err, "NoSuchUpload")
	collect(t, s)
	if n := blobFiles(t, s); n != 3 {
		t.Errorf("%d blobs, want 3", n)
	}
	put(t, s, "b", "k", "other")
	_, err = u.complete(s, nil)
	wantCode(t, err, "NoSuchUpload")
	collect(t, s)
	if n := blobFiles(t, s); n != 1 {
		t.Errorf("%d blobs, want 1", n)
	}
}

// wantRanges reads ranges across the parts of object k, in both ways a body
// can be read.
func wantRanges(t *testing.T, s *Store, whole string) {
	t.Helper()
	ctx := context.Background()
	for _, c := range []struct {
		rng      string
		from, to int
	}{
		{fmt.Sprintf("bytes=%d-%d", minPart-2, minPart+1), minPart - 2, minPart + 2},
		{"bytes=-9", len(whole) - 9, len(whole)},
		{"bytes=0-9", 0, 10},
		{fmt.Sprintf("bytes=1-%d", len(whole)-2), 1, len(whole) - 1},
	} {
		out, err := s.GetObject(ctx, &s3.GetObjectInput{Bucket: ptr("b"), Key: ptr("k"), Range: &c.rng})
		if err != nil {
			t.Fatal(err)
		}
		var read, written bytes.Buffer
		if _, err := io.Copy(&read, struct{ io.Reader }{out.Body}); err != nil || read.String() != whole[c.from:c.to] {
			t.Errorf("%s: %d bytes %v", c.rng, read.Len(), err)
		}
		out.Body.Close()
		if out, err = s.GetObject(ctx, &s3.GetObjectInput{Bucket: ptr("b"), Key: ptr("k"), Range: &c.rng}); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Body.(io.WriterTo).WriteTo(&written); err != nil || written.String() != whole[c.from:c.to] {
			t.Errorf("%s written: %d bytes %v", c.rng, written.Len(), err)
		}
		out.Body.Close()
	}
}

func sumOf(t testing.TB, body string, a types.ChecksumAlgorithm) string {
	t.Helper()
	r, err := utils.NewHashReader(strings.NewReader(body), "", hashType(a))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	return r.Sum()
}

func TestCompleteRefusals(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	put(t, s, "b", "exists", "x")
	u := beginUpload(t, s, "b", "k", "", "")
	uploadPart(t, s, u, 1, "small")
	uploadPart(t, s, u, 2, "last")
	part := func(n int32, etag string) types.CompletedPart {
		return types.CompletedPart{PartNumber: &n, ETag: &etag}
	}
	second := u.parts[1]
	for _, c := range []struct {
		name, want string
		edit       func(*s3.CompleteMultipartUploadInput)
	}{
		{"small part", "EntityTooSmall", nil},
		{"no parts", "MalformedXML", func(in *s3.CompleteMultipartUploadInput) { in.MultipartUpload.Parts = nil }},
		{"no number", "MalformedXML", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{{ETag: second.ETag}}
		}},
		{"order", "InvalidPartOrder", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{part(3, "x"), second}
		}},
		{"twice", "InvalidPartOrder", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{second, second}
		}},
		{"missing part", "InvalidPart", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{part(7, *second.ETag)}
		}},
		{"part zero", "InvalidArgument", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{part(0, *second.ETag)}
		}},
		{"part 65538", "InvalidPart", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{part(65538, *second.ETag)}
		}},
		{"wrong etag", "InvalidPart", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{part(2, "\"00000000000000000000000000000000\"")}
		}},
		{"wrong upload", "NoSuchUpload", func(in *s3.CompleteMultipartUploadInput) { in.UploadId = ptr("x") }},
		{"other key", "NoSuchUpload", func(in *s3.CompleteMultipartUploadInput) { in.Key = ptr("other") }},
		{"wrong size", "InvalidRequest", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{second}
			in.MpuObjectSize = ptr(int64(99))
		}},
		{"if match", "NoSuchKey", func(in *s3.CompleteMultipartUploadInput) { in.IfMatch = ptr("x") }},
		{"checksum type", "InvalidRequest", func(in *s3.CompleteMultipartUploadInput) { in.ChecksumType = types.ChecksumTypeComposite }},
		{"unasked checksum", "InvalidPart", func(in *s3.CompleteMultipartUploadInput) {
			p := second
			p.ChecksumCRC32 = ptr("AAAAAA==")
			in.MultipartUpload.Parts = []types.CompletedPart{p}
		}},
		{"one part", "", func(in *s3.CompleteMultipartUploadInput) {
			in.MultipartUpload.Parts = []types.CompletedPart{second}
		}},
	} {
		_, err := u.complete(s, c.edit)
		if got := errorCode(err); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	exists := beginUpload(t, s, "b", "exists", "", "")
	uploadPart(t, s, exists, 1, "new")
	_, err := exists.complete(s, func(in *s3.CompleteMultipartUploadInput) { in.IfNoneMatch = ptr("*") })
	wantCode(t, err, "PreconditionFailed")
	wantBody(t, s, "b", "exists", "x")
}

func TestMultipartChecksums(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	for _, c := range []struct {
		a    types.ChecksumAlgorithm
		kind types.ChecksumType
	}{
		{types.ChecksumAlgorithmCrc32, types.ChecksumTypeComposite},
		{types.ChecksumAlgorithmCrc32, types.ChecksumTypeFullObject},
		{types.ChecksumAlgorithmCrc32c, types.ChecksumTypeFullObject},
		{types.ChecksumAlgorithmCrc64nvme, types.ChecksumTypeFullObject},
		{types.ChecksumAlgorithmSha1, types.ChecksumTypeComposite},
		{types.ChecksumAlgorithmSha256, types.ChecksumTypeComposite},
	} {
		checksumRound(t, s, c.a, c.kind)
	}
}

// checksumRound uploads two parts with checksums and looks at what becomes of them.
func checksumRound(t *testing.T, s *Store, a types.ChecksumAlgorithm, kind types.ChecksumType) {
	t.Helper()
	ctx := context.Background()
	one, two := pattern(minPart, 3), "end"
	u := beginUpload(t, s, "b", "k", a, kind)
	for i, body := range []string{one, two} {
		in := u.partInput(int32(i+1), body)
		fields := sums{
			&in.ChecksumCRC32, &in.ChecksumCRC32C, &in.ChecksumCRC64NVME, &in.ChecksumSHA1, &in.ChecksumSHA256,
			&in.ChecksumSHA512, &in.ChecksumMD5, &in.ChecksumXXHASH64, &in.ChecksumXXHASH3, &in.ChecksumXXHASH128,
		}
		fields.set(a, sumOf(t, body, a))
		out, err := s.UploadPart(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		p := types.CompletedPart{PartNumber: in.PartNumber, ETag: out.ETag}
		sums{
			&p.ChecksumCRC32, &p.ChecksumCRC32C, &p.ChecksumCRC64NVME, &p.ChecksumSHA1, &p.ChecksumSHA256,
			&p.ChecksumSHA512, &p.ChecksumMD5, &p.ChecksumXXHASH64, &p.ChecksumXXHASH3, &p.ChecksumXXHASH128,
		}.set(a, sumOf(t, body, a))
		u.parts = append(u.parts, p)
	}
	res, err := u.complete(s, func(in *s3.CompleteMultipartUploadInput) { in.ChecksumType = kind })
	if err != nil {
		t.Fatalf("%s %s: %v", a, kind, err)
	}
	got := sums{
		&res.ChecksumCRC32, &res.ChecksumCRC32C, &res.ChecksumCRC64NVME, &res.ChecksumSHA1, &res.ChecksumSHA256,
		&res.ChecksumSHA512, &res.ChecksumMD5, &res.ChecksumXXHASH64, &res.ChecksumXXHASH3, &res.ChecksumXXHASH128,
	}.get(a)
	if kind == types.ChecksumTypeFullObject && got != sumOf(t, one+two, a) ||
		kind == types.ChecksumTypeComposite && !strings.HasSuffix(got, "-2") || *res.ChecksumType != kind {
		t.Errorf("%s %s: %s %s", a, kind, got, *res.ChecksumType)
	}
	at, err := s.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: ptr("b"), Key: ptr("k"), MaxParts: ptr(int32(1))})
	if err != nil || len(at.ObjectParts.Parts) != 1 || !at.ObjectParts.IsTruncated || at.ObjectParts.NextPartNumberMarker != 1 {
		t.Errorf("attributes: %+v %v", at.ObjectParts, err)
		return
	}
	p := at.ObjectParts.Parts[0]
	if shown := (sums{
		&p.ChecksumCRC32, &p.ChecksumCRC32C, &p.ChecksumCRC64NVME, &p.ChecksumSHA1, &p.ChecksumSHA256,
		&p.ChecksumSHA512, &p.ChecksumMD5, &p.ChecksumXXHASH64, &p.ChecksumXXHASH3, &p.ChecksumXXHASH128,
	}).get(a); shown != sumOf(t, one, a) {
		t.Errorf("%s of part 1: %s", a, shown)
	}
}

func TestPartChecksumRefusals(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	// The wrong algorithm, none where one is needed, and a part listed without.
	u := beginUpload(t, s, "b", "k2", types.ChecksumAlgorithmSha256, "")
	in := u.partInput(1, "x")
	_, err := s.UploadPart(ctx, in)
	wantCode(t, err, "InvalidRequest")
	in = u.partInput(1, "x")
	in.ChecksumCRC32 = ptr(sumOf(t, "x", types.ChecksumAlgorithmCrc32))
	_, err = s.UploadPart(ctx, in)
	wantCode(t, err, "InvalidRequest")
	in = u.partInput(1, "x")
	in.ChecksumSHA256 = ptr(sumOf(t, "x", types.ChecksumAlgorithmSha256))
	out, err := s.UploadPart(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	u.parts = []types.CompletedPart{{PartNumber: in.PartNumber, ETag: out.ETag}}
	_, err = u.complete(s, nil)
	wantCode(t, err, "InvalidRequest")
	u.parts[0].ChecksumSHA256 = out.ChecksumSHA256
	_, err = u.complete(s, func(in *s3.CompleteMultipartUploadInput) { in.ChecksumSHA256 = ptr("wrong") })
	wantCode(t, err, "BadDigest")
	if _, err = u.complete(s, nil); err != nil {
		t.Error(err)
	}
}

func TestAbortAndListParts(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	u := beginUpload(t, s, "b", "k", types.ChecksumAlgorithmCrc32, "FULL_OBJECT")
	for _, n := range []int32{7, 1, 3} {
		uploadPart(t, s, u, n, fmt.Sprint("part ", n))
	}
	in := &s3.ListPartsInput{Bucket: ptr("b"), Key: ptr("k"), UploadId: &u.id, MaxParts: ptr(int32(2))}
	res, err := s.ListParts(ctx, in)
	if err != nil || len(res.Parts) != 2 || !res.IsTruncated || res.NextPartNumberMarker != 3 || res.Parts[0].PartNumber != 1 ||
		res.Parts[0].ChecksumCRC32 == nil || res.Parts[0].Size != 6 {
		t.Errorf("page 1: %+v %v", res, err)
	}
	in.PartNumberMarker = ptr("3")
	if res, err = s.ListParts(ctx, in); err != nil || len(res.Parts) != 1 || res.IsTruncated || res.Parts[0].PartNumber != 7 {
		t.Errorf("page 2: %+v %v", res, err)
	}
	for _, marker := range []string{"10000", "70000"} {
		in.PartNumberMarker = &marker
		if res, err = s.ListParts(ctx, in); err != nil || len(res.Parts) != 0 {
			t.Errorf("past the end: %+v %v", res, err)
		}
	}
	abort := &s3.AbortMultipartUploadInput{Bucket: ptr("b"), Key: ptr("k"), UploadId: &u.id}
	if err := s.AbortMultipartUpload(ctx, abort); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.AbortMultipartUpload(ctx, abort), "NoSuchUpload")
	_, err = s.ListParts(ctx, in)
	wantCode(t, err, "NoSuchUpload")
	collect(t, s)
	if n := blobFiles(t, s); n != 0 {
		t.Errorf("%d blobs left", n)
	}
	for _, n := range []int32{0, 10001} {
		_, err := s.UploadPart(ctx, u.partInput(n, "x"))
		wantCode(t, err, "InvalidArgument")
	}
}

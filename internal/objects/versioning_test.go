package objects

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func deleteObject(t testing.TB, s *Store, key, id string) *s3.DeleteObjectOutput {
	t.Helper()
	out, err := s.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: ptr("b"), Key: &key, VersionId: &id})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantDeleted(t testing.TB, out *s3.DeleteObjectOutput, marker bool, id string) {
	t.Helper()
	gotMarker, gotID := out.DeleteMarker != nil && *out.DeleteMarker, ""
	if out.VersionId != nil {
		gotID = *out.VersionId
	}
	if gotMarker != marker || id != "?" && gotID != id || id == "?" && gotID == "" {
		t.Errorf("deleted: marker %v id %q, want %v %q", gotMarker, gotID, marker, id)
	}
}

func TestVersionsLife(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	wantDeleted(t, deleteObject(t, s, "missing", ""), false, "")
	put(t, s, "b", "k", "null")
	setVersioning(t, s, "b", types.BucketVersioningStatusEnabled)
	one := put(t, s, "b", "k", "one").VersionID
	two := put(t, s, "b", "k", "two").VersionID
	for id, want := range map[string]string{"": "two", one: "one", two: "two", "null": "null"} {
		if body, code := get(s, "b", "k", id); body != want || code != "" {
			t.Errorf("version %q: %q %s", id, body, code)
		}
	}
	head, err := s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: ptr("b"), Key: ptr("k"), VersionId: ptr("null")})
	if err != nil || *head.VersionId != "null" {
		t.Errorf("head: %+v %v", head, err)
	}
	gone := deleteObject(t, s, "k", "")
	wantDeleted(t, gone, true, "?")
	out, err := s.GetObject(ctx, &s3.GetObjectInput{Bucket: ptr("b"), Key: ptr("k")})
	wantCode(t, err, "NoSuchKey")
	if out == nil || !*out.DeleteMarker || out.LastModified == nil {
		t.Errorf("delete marker: %+v", out)
	}
	h, err := s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: ptr("b"), Key: ptr("k"), VersionId: gone.VersionId})
	wantCode(t, err, "MethodNotAllowed")
	if h == nil || h.LastModified == nil {
		t.Errorf("delete marker: %+v", h)
	}
	wantDeleted(t, deleteObject(t, s, "k", *gone.VersionId), true, *gone.VersionId)
	wantBody(t, s, "b", "k", "two")
	wantDeleted(t, deleteObject(t, s, "k", two), false, two)
	wantDeleted(t, deleteObject(t, s, "k", two), false, two) // again: no error
	wantBody(t, s, "b", "k", "one")
	if _, code := get(s, "b", "k", two); code != "NoSuchVersion" {
		t.Errorf("deleted version: %s", code)
	}
	if _, code := get(s, "b", "k", "nonsense"); code != "InvalidArgument" {
		t.Errorf("nonsense version: %s", code)
	}

	setVersioning(t, s, "b", types.BucketVersioningStatusSuspended)
	put(t, s, "b", "k", "null again")
	for id, want := range map[string]string{"": "null again", one: "one", "null": "null again"} {
		if body, code := get(s, "b", "k", id); body != want || code != "" {
			t.Errorf("version %q: %q %s", id, body, code)
		}
	}
	wantDeleted(t, deleteObject(t, s, "k", ""), true, "null")
	if _, code := get(s, "b", "k", "null"); code != "MethodNotAllowed" {
		t.Errorf("null delete marker: %s", code)
	}
	wantDeleted(t, deleteObject(t, s, "k", "null"), true, "null")
	wantBody(t, s, "b", "k", "one")
	wantDeleted(t, deleteObject(t, s, "k", one), false, one)
	collect(t, s)
	if n := blobFiles(t, s); n != 0 {
		t.Errorf("%d blobs left", n)
	}
	if err := s.DeleteBucket(ctx, "b"); err != nil {
		t.Error(err)
	}
}

func TestVersionOfAnotherKeyIsNotFound(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	setVersioning(t, s, "b", types.BucketVersioningStatusEnabled)
	id := put(t, s, "b", "private", "x").VersionID
	put(t, s, "b", "public", "y")
	if _, code := get(s, "b", "public", id); code != "NoSuchVersion" {
		t.Errorf("got %s", code)
	}
	forged := id[:16] + "0000000000000000"
	if _, code := get(s, "b", "private", forged); code != "NoSuchVersion" {
		t.Errorf("forged id: %s", code)
	}
}

func TestListObjectVersions(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	put(t, s, "b", "a", "0")
	setVersioning(t, s, "b", types.BucketVersioningStatusEnabled)
	ids := []string{"null"}
	for i := range 3 {
		ids = append(ids, put(t, s, "b", "a", fmt.Sprint(i)).VersionID)
	}
	ids = append(ids, *deleteObject(t, s, "a", "").VersionId)
	put(t, s, "b", "d/x", "1")
	deleteObject(t, s, "d/x", "")
	last := put(t, s, "b", "e", "1").VersionID
	var want []string
	for i := len(ids) - 1; i >= 0; i-- {
		want = append(want, fmt.Sprintf("a %s %v", ids[i], i == len(ids)-1))
	}
	want = append(want, "d/", "e "+last+" true")
	for _, limit := range []int32{1, 2, 3, 100} {
		var got []string
		in := &s3.ListObjectVersionsInput{Bucket: ptr("b"), MaxKeys: &limit, Delimiter: ptr("/")}
		for range 20 {
			res, err := s.ListObjectVersions(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			var page []string
			for _, v := range res.Versions {
				page = append(page, fmt.Sprintf("%s %s %v", *v.Key, *v.VersionId, *v.IsLatest))
			}
			for _, v := range res.DeleteMarkers {
				page = append(page, fmt.Sprintf("%s %s %v", *v.Key, *v.VersionId, *v.IsLatest))
			}
			for _, p := range res.CommonPrefixes {
				page = append(page, *p.Prefix)
			}
			slices.SortFunc(page, func(x, y string) int { return slices.Index(want, x) - slices.Index(want, y) })
			got = append(got, page...)
			if !*res.IsTruncated {
				break
			}
			in.KeyMarker, in.VersionIdMarker = res.NextKeyMarker, res.NextVersionIdMarker
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: got %q, want %q", limit, got, want)
		}
	}
	_, err := s.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: ptr("b"), VersionIdMarker: ptr("null")})
	wantCode(t, err, "InvalidArgument")
	res, err := s.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: ptr("b"), KeyMarker: ptr("a")})
	if err != nil || len(res.Versions)+len(res.DeleteMarkers) != 3 {
		t.Errorf("after a key: %+v %v", res, err)
	}
}

func TestDeleteConditions(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	etag := put(t, s, "b", "k", "x").ETag
	del := func(edit func(*s3.DeleteObjectInput)) error {
		in := &s3.DeleteObjectInput{Bucket: ptr("b"), Key: ptr("k")}
		edit(in)
		_, err := s.DeleteObject(ctx, in)
		return err
	}
	wantCode(t, del(func(in *s3.DeleteObjectInput) { in.IfMatch = ptr("y") }), "PreconditionFailed")
	wantCode(t, del(func(in *s3.DeleteObjectInput) { in.IfMatchSize = ptr(int64(2)) }), "PreconditionFailed")
	wantCode(t, del(func(in *s3.DeleteObjectInput) { in.IfMatchLastModifiedTime = ptr(s.clock().AddDate(1, 0, 0)) }), "PreconditionFailed")
	wantCode(t, del(func(in *s3.DeleteObjectInput) { in.Key, in.IfMatch = ptr("none"), ptr("*") }), "NoSuchKey")
	wantCode(t, del(func(in *s3.DeleteObjectInput) { in.IfMatch = &etag }), "")
}

func TestDeleteObjects(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	put(t, s, "b", "a", "x")
	etag := put(t, s, "b", "c", "x").ETag
	res, err := s.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: ptr("b"), Delete: &types.Delete{Objects: []types.ObjectIdentifier{
		{Key: ptr("a")}, {Key: ptr("missing")}, {Key: ptr("c"), VersionId: ptr("bad")}, {Key: ptr("c"), ETag: ptr("wrong")}, {Key: ptr("c"), ETag: &etag},
	}}})
	if err != nil || len(res.Deleted) != 3 || len(res.Error) != 2 {
		t.Fatalf("%+v %v", res, err)
	}
	if *res.Error[0].Code != "InvalidArgument" || *res.Error[1].Code != "PreconditionFailed" || *res.Deleted[2].Key != "c" {
		t.Errorf("%+v", res)
	}
	setVersioning(t, s, "b", types.BucketVersioningStatusEnabled)
	res, err = s.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: ptr("b"), Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: ptr("a")}}}})
	if err != nil || !*res.Deleted[0].DeleteMarker || *res.Deleted[0].DeleteMarkerVersionId == "" || res.Deleted[0].VersionId != nil {
		t.Errorf("%+v %v", res, err)
	}
	_, err = s.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: ptr("b"), Delete: &types.Delete{Objects: make([]types.ObjectIdentifier, 1001)}})
	wantCode(t, err, "MalformedXML")
}

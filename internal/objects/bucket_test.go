package objects

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3response"
)

func TestCreateBucket(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, c := range []struct{ name, region, owner, want string }{
		{"east", "", owner, ""},
		{"east", "", owner, ""}, // us-east-1 lets the owner repeat it
		{"east", "", "other", "BucketAlreadyExists"},
		{"east", "eu-west-1", owner, "BucketAlreadyOwnedByYou"},
		{"west", "eu-west-1", owner, ""},
		{"west", "eu-west-1", owner, "BucketAlreadyOwnedByYou"},
		{"", "", owner, "InvalidBucketName"},
	} {
		if got := errorCode(createIn(s, c.name, c.region, c.owner)); got != c.want {
			t.Errorf("create %q in %q by %s: got %q, want %q", c.name, c.region, c.owner, got, c.want)
		}
	}
	info, err := s.Bucket(context.Background(), "west")
	if err != nil || info.Region != "eu-west-1" || info.Owner != owner || info.Created.IsZero() {
		t.Errorf("info: %+v %v", info, err)
	}
	head, err := s.HeadBucket(context.Background(), &s3.HeadBucketInput{Bucket: ptr("west")})
	if err != nil || *head.BucketRegion != "eu-west-1" {
		t.Errorf("head: %+v %v", head, err)
	}
	_, err = s.HeadBucket(context.Background(), &s3.HeadBucketInput{Bucket: ptr("none")})
	wantCode(t, err, "NoSuchBucket")
}

func TestBucketRegionComesFromTheRequest(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := context.WithValue(context.Background(), "region", "ap-south-1") //nolint:staticcheck // the key the front uses
	if err := s.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: ptr("b")}, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := s.Bucket(ctx, "b"); err != nil || info.Region != "ap-south-1" {
		t.Errorf("got %+v %v", info, err)
	}
}

func TestDocumentsBelongToTheIncarnation(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	first, _ := s.Bucket(ctx, "b")
	for _, kind := range []Kind{Policy, CORS, PublicAccessBlock, "anything"} {
		if err := s.PutDocument(ctx, "b", kind, []byte("doc "+kind)); err != nil {
			t.Fatal(err)
		}
		if doc, err := s.Document(ctx, "b", kind); err != nil || string(doc) != "doc "+string(kind) {
			t.Errorf("%s: %q %v", kind, doc, err)
		}
	}
	if err := s.PutBucketTagging(ctx, "b", map[string]string{"k": "v"}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteDocument(ctx, "b", CORS); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Document(ctx, "b", CORS); !errors.Is(err, ErrNoDocument) {
		t.Errorf("deleted document: %v", err)
	}
	if err := s.DeleteBucket(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Document(ctx, "b", Policy)
	wantCode(t, err, "NoSuchBucket")
	wantCode(t, s.PutDocument(ctx, "b", Policy, []byte("x")), "NoSuchBucket")
	makeBucket(t, s, "b")
	for _, kind := range []Kind{Policy, CORS, PublicAccessBlock, Tagging, "anything"} {
		if doc, err := s.Document(ctx, "b", kind); !errors.Is(err, ErrNoDocument) {
			t.Errorf("%s of the new bucket: %q %v", kind, doc, err)
		}
	}
	if again, _ := s.Bucket(ctx, "b"); again.Incarnation == first.Incarnation {
		t.Error("the new bucket has the old one's incarnation")
	}
}

func TestMissingConfigurationsHaveTheirCodes(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	if err := s.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: ptr("b")}, nil); err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(bucket string) error{
		"NoSuchBucketPolicy":                   func(b string) error { _, err := s.GetBucketPolicy(ctx, b); return err },
		"NoSuchCORSConfiguration":              func(b string) error { _, err := s.GetBucketCors(ctx, b); return err },
		"NoSuchTagSet":                         func(b string) error { _, err := s.GetBucketTagging(ctx, b); return err },
		"OwnershipControlsNotFoundError":       func(b string) error { _, err := s.GetBucketOwnershipControls(ctx, b); return err },
		"NoSuchWebsiteConfiguration":           func(b string) error { _, err := s.GetBucketWebsite(ctx, b); return err },
		"ObjectLockConfigurationNotFoundError": func(b string) error { _, err := s.GetObjectLockConfiguration(ctx, b); return err },
		"InvalidRequest":                       func(b string) error { _, err := s.GetObjectRetention(ctx, b, "k", ""); return err },
		"InvalidObjectState":                   func(b string) error { return s.RestoreObject(ctx, &s3.RestoreObjectInput{Bucket: &b}) },
		"AccessControlListNotSupported":        func(b string) error { return s.PutObjectAcl(ctx, &s3.PutObjectAclInput{Bucket: &b}) },
		"":                                     func(b string) error { _, err := s.GetBucketVersioning(ctx, b); return err },
	}
	for want, call := range calls {
		wantCode(t, call("b"), want)
		wantCode(t, call("none"), "NoSuchBucket")
	}
}

func TestBucketSettingsRoundTrip(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	if o, err := s.GetBucketOwnershipControls(ctx, "b"); err != nil || o != types.ObjectOwnershipBucketOwnerEnforced {
		t.Errorf("ownership: %s %v", o, err)
	}
	if err := s.PutBucketOwnershipControls(ctx, "b", types.ObjectOwnershipObjectWriter); err != nil {
		t.Fatal(err)
	}
	if o, _ := s.GetBucketOwnershipControls(ctx, "b"); o != types.ObjectOwnershipObjectWriter {
		t.Errorf("ownership: %s", o)
	}
	if err := s.PutBucketTagging(ctx, "b", map[string]string{"a": "1"}); err != nil {
		t.Fatal(err)
	}
	if tags, err := s.GetBucketTagging(ctx, "b"); err != nil || len(tags) != 1 || tags["a"] != "1" {
		t.Errorf("tags: %v %v", tags, err)
	}
	setVersioning(t, s, "b", types.BucketVersioningStatusSuspended)
	if v, err := s.GetBucketVersioning(ctx, "b"); err != nil || *v.Status != types.BucketVersioningStatusSuspended {
		t.Errorf("versioning: %v %v", v, err)
	}
	if err := s.ChangeBucketOwner(ctx, "b", "other"); err != nil {
		t.Fatal(err)
	}
	acl, err := s.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: ptr("b")})
	if err != nil || string(acl) != `{"Owner":"other","Grantees":null}` {
		t.Errorf("acl: %s %v", acl, err)
	}
}

func TestDeleteBucket(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	wantCode(t, s.DeleteBucket(ctx, "b"), "NoSuchBucket")
	makeBucket(t, s, "b")
	put(t, s, "b", "k", "x")
	wantCode(t, s.DeleteBucket(ctx, "b"), "BucketNotEmpty")
	setVersioning(t, s, "b", types.BucketVersioningStatusEnabled)
	out, err := s.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: ptr("b"), Key: ptr("k")})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.DeleteBucket(ctx, "b"), "BucketNotEmpty")
	for _, id := range []string{nullVersion, *out.VersionId} {
		if _, err := s.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: ptr("b"), Key: ptr("k"), VersionId: &id}); err != nil {
			t.Fatal(err)
		}
	}
	// Uploads in progress do not keep a bucket.
	up := beginUpload(t, s, "b", "mp", "", "")
	uploadPart(t, s, up, 1, "part")
	if err := s.DeleteBucket(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	collect(t, s)
	if n := blobFiles(t, s); n != 0 {
		t.Errorf("%d blobs outlive their bucket", n)
	}
}

func TestListBuckets(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	for i := range 5 {
		makeBucket(t, s, fmt.Sprintf("mine-%d", i))
	}
	if err := createIn(s, "theirs", "eu-west-1", "other"); err != nil {
		t.Fatal(err)
	}
	list := func(in s3response.ListBucketsInput) (names []string, token string) {
		res, err := s.ListBuckets(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range res.Buckets.Bucket {
			names = append(names, b.Name)
		}
		return names, res.ContinuationToken
	}
	if names, _ := list(s3response.ListBucketsInput{Owner: owner}); len(names) != 5 {
		t.Errorf("owner's: %v", names)
	}
	if names, _ := list(s3response.ListBucketsInput{Owner: owner, IsAdmin: true}); len(names) != 6 {
		t.Errorf("admin's: %v", names)
	}
	if names, _ := list(s3response.ListBucketsInput{IsAdmin: true, Prefix: "the"}); !slices.Equal(names, []string{"theirs"}) {
		t.Errorf("prefix: %v", names)
	}
	var all []string
	in := s3response.ListBucketsInput{Owner: owner, Prefix: "mine", MaxBuckets: 2}
	for {
		names, token := list(in)
		all = append(all, names...)
		if in.ContinuationToken = token; token == "" {
			break
		}
	}
	if want := []string{"mine-0", "mine-1", "mine-2", "mine-3", "mine-4"}; !slices.Equal(all, want) {
		t.Errorf("pages: %v", all)
	}
	owners, err := s.ListBucketsAndOwners(ctx)
	if err != nil || len(owners) != 6 || owners[5] != (s3response.Bucket{Name: "theirs", Owner: "other"}) {
		t.Errorf("owners: %v %v", owners, err)
	}
}

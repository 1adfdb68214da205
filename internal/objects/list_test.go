package objects

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// listing is what one page showed, prefixes after keys.
type listing struct {
	keys, prefixes []string
	next           string
}

func listV1(t testing.TB, s *Store, prefix, delimiter, marker string, limit int32) listing {
	t.Helper()
	res, err := s.ListObjects(context.Background(), &s3.ListObjectsInput{
		Bucket: ptr("b"), Prefix: &prefix, Delimiter: &delimiter, Marker: &marker, MaxKeys: &limit,
	})
	if err != nil {
		t.Fatal(err)
	}
	var l listing
	for _, o := range res.Contents {
		l.keys = append(l.keys, *o.Key)
	}
	for _, p := range res.CommonPrefixes {
		l.prefixes = append(l.prefixes, *p.Prefix)
	}
	if *res.IsTruncated {
		switch {
		case res.NextMarker != nil:
			l.next = *res.NextMarker
		case len(l.keys) > 0:
			l.next = l.keys[len(l.keys)-1]
		}
	} else if res.NextMarker != nil {
		t.Errorf("NextMarker %q on the last page", *res.NextMarker)
	}
	return l
}

func TestListDelimiterAndMarker(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	for _, k := range []string{"asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla"} {
		put(t, s, "b", k, "x")
	}
	for _, c := range []struct {
		prefix, delimiter, marker string
		limit                     int32
		want                      listing
	}{
		{"", "/", "", 1, listing{[]string{"asdf"}, nil, "asdf"}},
		{"", "/", "asdf", 1, listing{nil, []string{"boo/"}, "boo/"}},
		{"", "/", "boo/", 1, listing{nil, []string{"cquux/"}, ""}},
		{"", "/", "", 2, listing{[]string{"asdf"}, []string{"boo/"}, "boo/"}},
		{"", "/", "boo/", 2, listing{nil, []string{"cquux/"}, ""}},
		{"boo/", "/", "", 1, listing{[]string{"boo/bar"}, nil, "boo/bar"}},
		{"boo/", "/", "boo/bar", 1, listing{nil, []string{"boo/baz/"}, ""}},
		{"boo/", "/", "", 2, listing{[]string{"boo/bar"}, []string{"boo/baz/"}, ""}},
		{"", "", "boo/bar", 1, listing{[]string{"boo/baz/xyzzy"}, nil, "boo/baz/xyzzy"}},
		{"", "/", "boo/bar", 9, listing{nil, []string{"cquux/"}, ""}}, // inside a common prefix: not shown again
		{"", "a", "", 9, listing{[]string{"cquux/thud"}, []string{"a", "boo/ba", "cquux/bla"}, ""}},
		{"", "zz", "", 9, listing{[]string{"asdf", "boo/bar", "cquux/bla", "cquux/thud"}, []string{"boo/baz/xyzz"}, ""}},
		{"none", "", "", 9, listing{}},
		{"", "", "", 0, listing{}},
		{"boo/", "", "a", 1, listing{[]string{"boo/bar"}, nil, "boo/bar"}}, // marker before the prefix
		{"boo/", "", "c", 1, listing{}},                                    // and after it
	} {
		got := listV1(t, s, c.prefix, c.delimiter, c.marker, c.limit)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("prefix %q delimiter %q marker %q max %d: got %+v, want %+v", c.prefix, c.delimiter, c.marker, c.limit, got, c.want)
		}
	}
}

func TestListV2Pages(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	var want []string
	for i := range 7 {
		k := fmt.Sprintf("k%d\xff\x00", i)
		want = append(want, k)
		put(t, s, "b", k, "x")
	}
	in := &s3.ListObjectsV2Input{Bucket: ptr("b"), MaxKeys: ptr(int32(3)), StartAfter: ptr("k0"), FetchOwner: ptr(true)}
	var got []string
	for pages := 0; ; pages++ {
		res, err := s.ListObjectsV2(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range res.Contents {
			got = append(got, *o.Key)
			if *o.Owner.ID != owner || *o.Size != 1 || o.ChecksumType == "" {
				t.Errorf("entry %+v", o)
			}
		}
		if int(*res.KeyCount) != len(res.Contents) || pages > 9 {
			t.Fatalf("key count %d of %d", *res.KeyCount, len(res.Contents))
		}
		if !*res.IsTruncated {
			if res.NextContinuationToken != nil {
				t.Error("token on the last page")
			}
			break
		}
		in.ContinuationToken = res.NextContinuationToken
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	in.ContinuationToken = ptr("k1")
	_, err := s.ListObjectsV2(ctx, in)
	wantCode(t, err, "InvalidArgument")
	_, err = s.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: ptr("none")})
	wantCode(t, err, "NoSuchBucket")
}

func TestListEncodesKeysOnRequest(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	keys := []string{"a b+c/\x01", "dir/ä/x"}
	for _, k := range keys {
		put(t, s, "b", k, "x")
	}
	res, err := s.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{
		Bucket: ptr("b"), Delimiter: ptr("/\x01"), EncodingType: types.EncodingTypeUrl,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := *res.CommonPrefixes[0].Prefix; got != "a%20b%2Bc/%01" || *res.Delimiter != "/%01" || res.EncodingType != "url" {
		t.Errorf("prefix %q, delimiter %q", got, *res.Delimiter)
	}
	if got, err := url.PathUnescape(*res.Contents[0].Key); err != nil || got != keys[1] {
		t.Errorf("key %q %v", *res.Contents[0].Key, err)
	}
}

// A page of common prefixes does not look at every key below them.
func TestListSeeksPastCommonPrefixes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	makeBucket(t, s, "b")
	for i := range 300 {
		put(t, s, "b", fmt.Sprintf("d%d/%03d", i%3, i), "")
	}
	counter := &countingLister{currentLister: currentLister{}}
	tx, err := s.db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // reading
	if counter.in, err = openBucket(tx, "b"); err != nil {
		t.Fatal(err)
	}
	p, err := walk(context.Background(), counter.in.table(versionsTable).Cursor(), newQuery("", "/", "", 9), counter)
	if err != nil || !slices.Equal(p.prefixes, []string{"d0/", "d1/", "d2/"}) {
		t.Errorf("%+v %v", p, err)
	}
	if counter.looked > 3 {
		t.Errorf("looked at %d keys", counter.looked)
	}
}

type countingLister struct {
	currentLister
	looked int
}

func (l *countingLister) visible(e entry) (bool, error) {
	l.looked++
	return l.currentLister.visible(e)
}

func TestListUploads(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	makeBucket(t, s, "b")
	var ids []string
	for _, k := range []string{"a", "b", "b", "b", "d/x", "d/y", "e"} {
		ids = append(ids, beginUpload(t, s, "b", k, "", "").id)
	}
	var got []string
	in := &s3.ListMultipartUploadsInput{Bucket: ptr("b"), MaxUploads: ptr(int32(1)), Delimiter: ptr("/")}
	for range 9 {
		res, err := s.ListMultipartUploads(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range res.Uploads {
			got = append(got, u.Key+" "+u.UploadID)
		}
		for _, p := range res.CommonPrefixes {
			got = append(got, p.Prefix)
		}
		if !res.IsTruncated {
			break
		}
		in.KeyMarker, in.UploadIdMarker = &res.NextKeyMarker, &res.NextUploadIDMarker
	}
	want := []string{"a " + ids[0], "b " + ids[1], "b " + ids[2], "b " + ids[3], "d/", "e " + ids[6]}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	in.KeyMarker, in.UploadIdMarker = ptr("b"), ptr("zz")
	_, err := s.ListMultipartUploads(ctx, in)
	wantCode(t, err, "InvalidArgument")
}

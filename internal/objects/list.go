package objects

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// maxPage is S3's limit of entries per listing page.
const maxPage = 1000

// currentLister lists the newest version of each key that is not a delete marker.
type currentLister struct {
	in    *incarnation
	owner *types.Owner // nil: not shown
	coded keyCoding
	out   []s3response.Object
}

func (l *currentLister) firstOnly() bool { return true }

func (l *currentLister) visible(e entry) (bool, error) {
	v, err := l.in.decodeVersion(e.key, e.suffix, e.value)
	return err == nil && !v.DeleteMarker, err
}

func (l *currentLister) emit(e entry) error {
	v, err := l.in.decodeVersion(e.key, e.suffix, e.value)
	if err != nil {
		return err
	}
	o := s3response.Object{
		Key:          ptr(l.coded.encode(e.key)),
		ETag:         ptr(v.quotedETag()),
		Size:         &v.Size,
		LastModified: &v.Modified,
		StorageClass: types.ObjectStorageClassStandard,
		Owner:        l.owner,
	}
	if v.Checksum.Value != "" {
		o.ChecksumAlgorithm = []types.ChecksumAlgorithm{v.Checksum.Algorithm}
		o.ChecksumType = v.Checksum.Type
	}
	l.out = append(l.out, o)
	return nil
}

// listCurrent walks the current objects of a bucket.
func (s *Store) listCurrent(ctx context.Context, bucket string, q query, owner bool, l *currentLister) (p page, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		if l.in, err = openBucket(tx, bucket); err != nil {
			return err
		}
		if owner {
			l.owner = &types.Owner{ID: ptr(l.in.record.Owner)}
		}
		p, err = walk(ctx, l.in.table(versionsTable).Cursor(), q, l)
		return err
	})
	return p, err
}

// ListObjects is version 1 of the object listing.
func (s *Store) ListObjects(ctx context.Context, input *s3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	limit := pageLimit(input.MaxKeys)
	marker := backend.GetStringFromPtr(input.Marker)
	q := newQuery(backend.GetStringFromPtr(input.Prefix), backend.GetStringFromPtr(input.Delimiter), marker, limit)
	coding := keyCoding(input.EncodingType == types.EncodingTypeUrl)
	l := &currentLister{coded: coding}
	p, err := s.listCurrent(ctx, backend.GetStringFromPtr(input.Bucket), q, true, l)
	if err != nil {
		return s3response.ListObjectsResult{}, err
	}
	res := s3response.ListObjectsResult{
		Name:           input.Bucket,
		Prefix:         ptr(coding.encode(q.prefix)),
		Marker:         ptr(coding.encode(marker)),
		MaxKeys:        ptr(int32(limit)),
		Delimiter:      optional(coding.encode(q.delimiter)),
		IsTruncated:    &p.truncated,
		Contents:       l.out,
		CommonPrefixes: coding.prefixes(p.prefixes),
		EncodingType:   input.EncodingType,
	}
	if p.truncated && q.delimiter != "" { // without a delimiter clients go on from the last key
		res.NextMarker = ptr(coding.encode(p.last))
	}
	return res, nil
}

// ListObjectsV2 is version 2 of the object listing.
func (s *Store) ListObjectsV2(ctx context.Context, input *s3.ListObjectsV2Input) (s3response.ListObjectsV2Result, error) {
	limit := pageLimit(input.MaxKeys)
	startAfter := backend.GetStringFromPtr(input.StartAfter)
	marker := startAfter
	if token := backend.GetStringFromPtr(input.ContinuationToken); token != "" {
		var err error
		if marker, err = parseToken(token); err != nil {
			return s3response.ListObjectsV2Result{}, err
		}
	}
	q := newQuery(backend.GetStringFromPtr(input.Prefix), backend.GetStringFromPtr(input.Delimiter), marker, limit)
	coding := keyCoding(input.EncodingType == types.EncodingTypeUrl)
	l := &currentLister{coded: coding}
	owner := input.FetchOwner != nil && *input.FetchOwner
	p, err := s.listCurrent(ctx, backend.GetStringFromPtr(input.Bucket), q, owner, l)
	if err != nil {
		return s3response.ListObjectsV2Result{}, err
	}
	res := s3response.ListObjectsV2Result{
		Name:              input.Bucket,
		Prefix:            ptr(coding.encode(q.prefix)),
		MaxKeys:           ptr(int32(limit)),
		KeyCount:          ptr(int32(len(l.out) + len(p.prefixes))),
		Delimiter:         optional(coding.encode(q.delimiter)),
		StartAfter:        optional(coding.encode(startAfter)),
		ContinuationToken: optional(backend.GetStringFromPtr(input.ContinuationToken)),
		IsTruncated:       &p.truncated,
		Contents:          l.out,
		CommonPrefixes:    coding.prefixes(p.prefixes),
		EncodingType:      input.EncodingType,
	}
	if p.truncated {
		res.NextContinuationToken = ptr(newToken(p.last))
	}
	return res, nil
}

func pageLimit(n *int32) int {
	if n == nil {
		return maxPage
	}
	return max(0, min(int(*n), maxPage))
}

// A continuation token is "1" and the last listed key or common prefix, in
// URL-safe base64.
const tokenVersion = "1"

func newToken(last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenVersion + last))
}

func parseToken(token string) (last string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	last, ok := strings.CutPrefix(string(raw), tokenVersion)
	if err != nil || !ok || last == "" || len(last) > maxKey {
		return "", s3err.InvalidArgumentError{
			Description:   "The continuation token provided is incorrect",
			ArgumentName:  "continuation-token",
			ArgumentValue: token,
		}
	}
	return last, nil
}

// keyCoding says whether a listing shows names URL-encoded, which lets names
// through that XML cannot carry.
type keyCoding bool

func (c keyCoding) encode(name string) string {
	if !c {
		return name
	}
	// "%20" rather than "+": both ways of decoding understand it.
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(name))
}

func (c keyCoding) prefixes(names []string) []types.CommonPrefix {
	out := make([]types.CommonPrefix, len(names))
	for i, name := range names {
		out[i].Prefix = ptr(c.encode(name))
	}
	return out
}

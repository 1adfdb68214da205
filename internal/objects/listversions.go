package objects

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// versionLister lists every version and delete marker by key, newest first.
type versionLister struct {
	in      *incarnation
	owner   *types.Owner
	coded   keyCoding
	out     []s3response.ObjectVersion
	markers []types.DeleteMarkerEntry
	lastID  string // of the last one emitted
}

func (l *versionLister) firstOnly() bool             { return false }
func (l *versionLister) visible(entry) (bool, error) { return true, nil }

func (l *versionLister) emit(e entry) error {
	v, err := l.in.decodeVersion(e.key, e.suffix, e.value)
	if err != nil {
		return err
	}
	l.lastID = v.shownID()
	key := ptr(l.coded.encode(e.key))
	if v.DeleteMarker {
		l.markers = append(l.markers, types.DeleteMarkerEntry{
			Key: key, VersionId: ptr(l.lastID), IsLatest: ptr(e.first), Owner: l.owner,
			LastModified: ptr(v.Modified.Truncate(time.Second)), // the front shows what it is given
		})
		return nil
	}
	o := s3response.ObjectVersion{
		Key: key, VersionId: ptr(l.lastID), IsLatest: ptr(e.first), LastModified: &v.Modified, Owner: l.owner,
		ETag: ptr(v.quotedETag()), Size: &v.Size, StorageClass: types.ObjectVersionStorageClassStandard,
	}
	if v.Checksum.Value != "" {
		o.ChecksumAlgorithm = []types.ChecksumAlgorithm{v.Checksum.Algorithm}
		o.ChecksumType = v.Checksum.Type
	}
	l.out = append(l.out, o)
	return nil
}

// ListObjectVersions lists versions and delete markers.
func (s *Store) ListObjectVersions(ctx context.Context, input *s3.ListObjectVersionsInput) (s3response.ListVersionsResult, error) {
	limit := pageLimit(input.MaxKeys)
	marker, idMarker := backend.GetStringFromPtr(input.KeyMarker), backend.GetStringFromPtr(input.VersionIdMarker)
	if marker == "" && idMarker != "" {
		return s3response.ListVersionsResult{}, s3err.InvalidArgumentError{
			Description:   "A version-id marker cannot be specified without a key marker.",
			ArgumentName:  "version-id-marker",
			ArgumentValue: idMarker,
		}
	}
	q := newQuery(backend.GetStringFromPtr(input.Prefix), backend.GetStringFromPtr(input.Delimiter), marker, limit)
	l := &versionLister{coded: keyCoding(input.EncodingType == types.EncodingTypeUrl)}
	var p page
	err := s.view(func(tx *bbolt.Tx) (err error) {
		if l.in, err = openBucket(tx, backend.GetStringFromPtr(input.Bucket)); err != nil {
			return err
		}
		if err := l.resume(&q, marker, idMarker); err != nil {
			return err
		}
		l.owner = &types.Owner{ID: ptr(l.in.record.Owner)}
		p, err = walk(ctx, l.in.table(versionsTable).Cursor(), q, l)
		return err
	})
	if err != nil {
		return s3response.ListVersionsResult{}, err
	}
	res := s3response.ListVersionsResult{
		Name:            input.Bucket,
		Prefix:          ptr(l.coded.encode(q.prefix)),
		Delimiter:       optional(l.coded.encode(q.delimiter)),
		KeyMarker:       ptr(l.coded.encode(marker)),
		VersionIdMarker: ptr(idMarker),
		MaxKeys:         ptr(int32(limit)),
		IsTruncated:     &p.truncated,
		Versions:        l.out,
		DeleteMarkers:   l.markers,
		CommonPrefixes:  l.coded.prefixes(p.prefixes),
		EncodingType:    input.EncodingType,
	}
	if p.truncated {
		res.NextKeyMarker = ptr(l.coded.encode(p.last))
		if p.lastSuffix != nil {
			res.NextVersionIdMarker = ptr(l.lastID)
		}
	}
	return res, nil
}

// resume makes the walk begin after one version of the marker key. A version
// deleted since still marks its place; the null version must exist to do so.
func (l *versionLister) resume(q *query, marker, idMarker string) error {
	if idMarker == "" {
		return nil
	}
	if err := checkVersionID(idMarker); err != nil {
		return err
	}
	seq, ok := parseVersionID(idMarker)
	if !ok {
		null, err := l.in.null(marker)
		if err != nil || null == nil {
			return err // go on with the next key
		}
		seq = null.Seq
	}
	q.resume(marker, versionSuffix(seq))
	return nil
}

package objects

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// uploadLister lists uploads in progress by key, then by their beginning.
type uploadLister struct {
	in    *incarnation
	coded keyCoding
	out   []s3response.Upload
}

func (l *uploadLister) firstOnly() bool             { return false }
func (l *uploadLister) visible(entry) (bool, error) { return true, nil }

func (l *uploadLister) emit(e entry) error {
	v, err := decodeVersion(e.value)
	if err != nil {
		return fmt.Errorf("upload of %q in %q: %w", e.key, l.in.name, err)
	}
	l.out = append(l.out, s3response.Upload{
		Key:               l.coded.encode(e.key),
		UploadID:          hex.EncodeToString(e.suffix),
		Initiator:         s3response.Initiator{ID: l.in.record.Owner},
		Owner:             s3response.Owner{ID: l.in.record.Owner},
		StorageClass:      types.StorageClassStandard,
		Initiated:         v.Modified,
		ChecksumAlgorithm: v.Checksum.Algorithm,
		ChecksumType:      v.Checksum.Type,
	})
	return nil
}

// ListMultipartUploads lists uploads in progress.
func (s *Store) ListMultipartUploads(ctx context.Context, input *s3.ListMultipartUploadsInput) (s3response.ListMultipartUploadsResult, error) {
	limit := pageLimit(input.MaxUploads)
	marker, idMarker := backend.GetStringFromPtr(input.KeyMarker), backend.GetStringFromPtr(input.UploadIdMarker)
	q := newQuery(backend.GetStringFromPtr(input.Prefix), backend.GetStringFromPtr(input.Delimiter), marker, limit)
	if marker != "" && idMarker != "" { // without a key marker S3 ignores the other
		raw, ok := parseUploadID(idMarker)
		if !ok {
			return s3response.ListMultipartUploadsResult{}, s3err.GetInvalidArgumentErr(s3err.InvalidArgUploadIdMarker, idMarker)
		}
		q.resume(marker, raw)
	}
	l := &uploadLister{coded: keyCoding(input.EncodingType == types.EncodingTypeUrl)}
	var p page
	err := s.view(func(tx *bbolt.Tx) (err error) {
		if l.in, err = openBucket(tx, backend.GetStringFromPtr(input.Bucket)); err != nil {
			return err
		}
		p, err = walk(ctx, l.in.table(uploadsTable).Cursor(), q, l)
		return err
	})
	if err != nil {
		return s3response.ListMultipartUploadsResult{}, err
	}
	res := s3response.ListMultipartUploadsResult{
		Bucket:         backend.GetStringFromPtr(input.Bucket),
		KeyMarker:      l.coded.encode(marker),
		UploadIDMarker: idMarker,
		Delimiter:      l.coded.encode(q.delimiter),
		Prefix:         l.coded.encode(q.prefix),
		EncodingType:   string(input.EncodingType),
		MaxUploads:     limit,
		IsTruncated:    p.truncated,
		Uploads:        l.out,
	}
	for _, name := range p.prefixes {
		res.CommonPrefixes = append(res.CommonPrefixes, s3response.CommonPrefix{Prefix: l.coded.encode(name)})
	}
	if p.truncated {
		res.NextKeyMarker = l.coded.encode(p.last)
		res.NextUploadIDMarker = hex.EncodeToString(p.lastSuffix)
	}
	return res, nil
}

// ListParts lists the parts of an upload by number.
func (s *Store) ListParts(_ context.Context, input *s3.ListPartsInput) (s3response.ListPartsResult, error) {
	var res s3response.ListPartsResult
	if err := checkKey(input.Key); err != nil {
		return res, err
	}
	after := 0
	if m := backend.GetStringFromPtr(input.PartNumberMarker); m != "" {
		var err error
		if after, err = strconv.Atoi(m); err != nil || after < 0 {
			return res, s3err.GetInvalidArgMaxLimiter("part-number-marker", m)
		}
	}
	id := backend.GetStringFromPtr(input.UploadId)
	res = s3response.ListPartsResult{
		Bucket: backend.GetStringFromPtr(input.Bucket), Key: *input.Key, UploadID: id,
		StorageClass: types.StorageClassStandard, PartNumberMarker: after, MaxParts: pageLimit(input.MaxParts),
	}
	err := s.view(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, res.Bucket)
		if err != nil {
			return err
		}
		u, err := in.upload(res.Key, id)
		if err != nil {
			return err
		}
		res.ChecksumAlgorithm, res.ChecksumType = u.Checksum.Algorithm, u.Checksum.Type
		res.Owner.ID, res.Initiator.ID = in.record.Owner, in.record.Owner
		raw, _ := parseUploadID(id)
		return in.listParts(raw, after, u.Checksum, &res)
	})
	if err != nil {
		return s3response.ListPartsResult{}, err
	}
	return res, nil
}

func (in *incarnation) listParts(upload []byte, after int, sum checksum, res *s3response.ListPartsResult) error {
	if after >= maxParts {
		return nil
	}
	c := in.table(partsTable).Cursor()
	for k, raw := c.Seek(partKey(upload, after+1)); k != nil && bytes.HasPrefix(k, upload); k, raw = c.Next() {
		if len(res.Parts) >= res.MaxParts {
			res.IsTruncated = res.MaxParts > 0
			return nil
		}
		p, err := decodePart(raw)
		if err != nil {
			return fmt.Errorf("part %x in %q: %w", k, in.name, err)
		}
		suffix := k[len(upload):]
		p.Number = int(suffix[0])<<8 | int(suffix[1])
		out := s3response.Part{PartNumber: p.Number, LastModified: p.Modified, ETag: `"` + p.etag() + `"`, Size: p.Size}
		checksum{Algorithm: sum.Algorithm, Value: p.Sum}.show(nil, sums{
			&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
			&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
		})
		res.Parts = append(res.Parts, out)
		res.NextPartNumberMarker = p.Number
	}
	return nil
}

package objects

import (
	"context"
	"encoding/base64"
	"sort"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// GetObjectAttributes describes an object without its content. All attributes
// are filled in; the front shows those asked for.
func (s *Store) GetObjectAttributes(_ context.Context, input *s3.GetObjectAttributesInput) (s3response.GetObjectAttributesResponse, error) {
	var res s3response.GetObjectAttributesResponse
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
	f, err := s.read(backend.GetStringFromPtr(input.Bucket), *input.Key, backend.GetStringFromPtr(input.VersionId),
		func(v *version, man manifest) (span, error) {
			if v.Parts > 0 {
				res.ObjectParts = listedParts(v, man, after, pageLimit(input.MaxParts))
			}
			return span{}, nil // nothing is going to be read
		})
	if v := f.version; err != nil {
		if v != nil && v.DeleteMarker {
			res = s3response.GetObjectAttributesResponse{DeleteMarker: ptr(true), VersionId: ptr(v.shownID())}
			return res, s3err.GetAPIError(s3err.ErrNoSuchKey)
		}
		return s3response.GetObjectAttributesResponse{}, err
	}
	f.release()
	v := f.version
	res.ETag = &v.ETag
	res.ObjectSize = &v.Size
	res.StorageClass = types.StorageClassStandard
	res.LastModified = &v.Modified
	res.VersionId = optional(f.shownID())
	if v.Checksum.Value != "" {
		c := new(types.Checksum)
		v.Checksum.show(&c.ChecksumType, sums{
			&c.ChecksumCRC32, &c.ChecksumCRC32C, &c.ChecksumCRC64NVME, &c.ChecksumSHA1, &c.ChecksumSHA256,
			&c.ChecksumSHA512, &c.ChecksumMD5, &c.ChecksumXXHASH64, &c.ChecksumXXHASH3, &c.ChecksumXXHASH128,
		})
		res.Checksum = c
	}
	return res, nil
}

// listedParts is a page of a version's parts after a part number.
func listedParts(v *version, man manifest, after, limit int) *s3response.ObjectParts {
	out := &s3response.ObjectParts{PartNumberMarker: after, MaxParts: limit}
	first := sort.Search(man.len(), func(i int) bool { return man.part(i).Number > after })
	for i := first; i < man.len(); i++ {
		if len(out.Parts) >= limit {
			out.IsTruncated = limit > 0
			break
		}
		p := man.part(i)
		o := types.ObjectPart{PartNumber: ptr(int32(p.Number)), Size: ptr(p.End - p.Start)}
		if len(p.Sum) > 0 {
			checksum{Algorithm: v.Checksum.Algorithm, Value: base64.StdEncoding.EncodeToString(p.Sum)}.show(nil, sums{
				&o.ChecksumCRC32, &o.ChecksumCRC32C, &o.ChecksumCRC64NVME, &o.ChecksumSHA1, &o.ChecksumSHA256,
				&o.ChecksumSHA512, &o.ChecksumMD5, &o.ChecksumXXHASH64, &o.ChecksumXXHASH3, &o.ChecksumXXHASH128,
			})
		}
		out.Parts = append(out.Parts, o)
		out.NextPartNumberMarker = p.Number
	}
	return out
}

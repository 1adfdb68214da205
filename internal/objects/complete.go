package objects

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

const (
	minPart   = 5 << 20 // bytes, of every part but the last
	maxObject = 5 << 40 // bytes
)

// CompleteMultipartUpload makes an object of an upload's parts. Only the index
// changes; the parts stay where they are. Completing the same upload again
// while its object is still the newest version succeeds, so that a client may
// repeat a request whose answer it lost.
func (s *Store) CompleteMultipartUpload(_ context.Context, input *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	var res s3response.CompleteMultipartUploadResult
	if err := checkKey(input.Key); err != nil {
		return res, "", err
	}
	if input.MultipartUpload == nil || len(input.MultipartUpload.Parts) == 0 || len(input.MultipartUpload.Parts) > maxParts {
		return res, "", s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	if err := checkOrder(input.MultipartUpload.Parts); err != nil {
		return res, "", err
	}
	bucket, key := backend.GetStringFromPtr(input.Bucket), *input.Key
	now := s.clock()
	var v *version
	defer s.garbageMade()
	err := s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		if v, err = in.completed(key, input); v != nil || err != nil {
			return err
		}
		a, err := in.assemble(key, input)
		if err != nil {
			return err
		}
		v, a.v.Modified = a.v, now
		return a.publish()
	})
	if err != nil {
		return res, "", err
	}
	res.Bucket, res.Key, res.ETag = &bucket, &key, ptr(v.quotedETag())
	if v.Checksum.Value != "" {
		res.ChecksumType = new(types.ChecksumType)
	}
	v.Checksum.show(res.ChecksumType, sums{
		&res.ChecksumCRC32, &res.ChecksumCRC32C, &res.ChecksumCRC64NVME, &res.ChecksumSHA1, &res.ChecksumSHA256,
		&res.ChecksumSHA512, &res.ChecksumMD5, &res.ChecksumXXHASH64, &res.ChecksumXXHASH3, &res.ChecksumXXHASH128,
	})
	return res, v.ID, nil
}

// checkOrder checks the part list by itself.
func checkOrder(parts []types.CompletedPart) error {
	last := int32(0)
	for _, p := range parts {
		switch {
		case p.PartNumber == nil || p.ETag == nil:
			return s3err.GetAPIError(s3err.ErrMalformedXML)
		case *p.PartNumber < 1:
			return s3err.GetInvalidArgumentErr(s3err.InvalidArgCompleteMpPartNumber, fmt.Sprint(*p.PartNumber))
		case *p.PartNumber <= last:
			return s3err.GetAPIError(s3err.ErrInvalidPartOrder)
		}
		last = *p.PartNumber
	}
	return nil
}

// completed returns the version an upload that is no longer in progress has
// become, if that is the newest and the request is for the same parts; nil if
// the upload is in progress.
func (in *incarnation) completed(key string, input *s3.CompleteMultipartUploadInput) (*version, error) {
	id := backend.GetStringFromPtr(input.UploadId)
	_, gone := in.upload(key, id)
	if gone == nil {
		return nil, nil
	}
	v, err := in.latest(key)
	if err != nil {
		return nil, err
	}
	if v == nil || v.UploadID != id {
		return nil, gone
	}
	if etag, err := backend.ComputeMultipartETagFromPartETags(input.MultipartUpload.Parts); err != nil || etag != v.quotedETag() {
		return nil, gone
	}
	return v, nil
}

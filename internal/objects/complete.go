package objects

import (
	"context"
	"crypto/md5" //nolint:gosec // S3's ETag is defined as MD5
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

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

// assembly is an upload becoming a version within a transaction.
type assembly struct {
	in     *incarnation
	key    string
	upload []byte
	v      *version
	man    manifest
	md5s   []byte // of the parts, one after the other
	sum    *partsSum
}

// assemble checks a completion in full and builds its version; it changes
// nothing.
func (in *incarnation) assemble(key string, input *s3.CompleteMultipartUploadInput) (*assembly, error) {
	v, err := in.upload(key, *input.UploadId)
	if err != nil {
		return nil, err
	}
	current, err := in.latest(key)
	if err != nil {
		return nil, err
	}
	if err := (conditions{IfMatch: input.IfMatch, IfNoneMatch: input.IfNoneMatch}).checkWrite(current); err != nil {
		return nil, err
	}
	if want := input.ChecksumType; want != "" && want != v.Checksum.Type {
		created := v.Checksum.Type
		if created == "" {
			created = "null"
		}
		return nil, s3err.GetChecksumTypeMismatchOnMpErr(created)
	}
	raw, _ := parseUploadID(*input.UploadId)
	a := &assembly{in: in, key: key, upload: raw, v: v}
	if a.sum, err = newPartsSum(v.Checksum); err != nil {
		return nil, err
	}
	parts := input.MultipartUpload.Parts
	for i := range parts {
		if err := a.add(&parts[i], i == len(parts)-1); err != nil {
			return nil, err
		}
	}
	return a, a.settle(input)
}

// add checks a listed part and appends it.
func (a *assembly) add(listed *types.CompletedPart, last bool) error {
	number := int(*listed.PartNumber)
	invalid := s3err.GetInvalidPartErr(hex.EncodeToString(a.upload), int32(number), strings.Trim(*listed.ETag, `"`))
	if number > maxParts {
		return invalid
	}
	p, err := a.in.part(a.upload, number)
	if err != nil {
		return err
	}
	if p == nil || !backend.AreEtagsSame(p.etag(), *listed.ETag) {
		return invalid
	}
	if !last && p.Size < minPart {
		return s3err.GetEntityTooSmallErr(p.Size, minPart)
	}
	if err := checkListedSum(listed, a.v.Checksum, p, invalid); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(p.Sum)
	if err != nil {
		return fmt.Errorf("part %d of %q: %w: checksum", number, a.key, errCodec)
	}
	if a.man == nil {
		a.man = newManifest(len(raw), 1)
	}
	a.v.Size += p.Size
	a.man = a.man.add(p.Blob, a.v.Size, number, raw)
	a.md5s = append(a.md5s, p.MD5...)
	return a.sum.add(p)
}

// settle fills in what follows from all parts together.
func (a *assembly) settle(input *s3.CompleteMultipartUploadInput) error {
	if want := input.MpuObjectSize; want != nil && *want != a.v.Size {
		return s3err.GetIncorrectMpObjectSizeErr(*want, a.v.Size)
	}
	if a.v.Size > maxObject {
		return s3err.GetEntityTooLargeErr(a.v.Size, maxObject)
	}
	a.v.Parts = a.man.len()
	sum := md5.Sum(a.md5s) //nolint:gosec // as above
	a.v.ETag = fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:]), a.v.Parts)
	created := a.v.Checksum
	a.v.Checksum = a.sum.result(a.v.Parts)
	claimed := claimedSum(input, a.v.Checksum.Algorithm)
	if created.Algorithm == "" || claimed == "" {
		return nil
	}
	if created.Type == types.ChecksumTypeComposite && !strings.Contains(claimed, "-") {
		claimed = fmt.Sprintf("%s-%d", claimed, a.v.Parts)
	}
	if claimed != a.v.Checksum.Value {
		return s3err.GetChecksumBadDigestErr(created.Algorithm)
	}
	return nil
}

// publish makes the version visible and ends the upload. Parts that were not
// listed are given up.
func (a *assembly) publish() error {
	if err := a.in.insert(a.key, a.v, a.man); err != nil {
		return err
	}
	if err := a.in.dropParts(a.upload); err != nil {
		return err
	}
	return a.in.table(uploadsTable).Delete(indexKey(a.key, a.upload))
}

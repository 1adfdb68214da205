package objects

import (
	"crypto/md5" // S3 defines the ETag as MD5
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
)

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
	sum := md5.Sum(a.md5s)
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

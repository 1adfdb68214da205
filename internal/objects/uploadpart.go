package objects

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// maxParts is S3's limit of parts per upload.
const maxParts = 10000

// partTarget is an upload found to be in progress when a part begins.
type partTarget struct {
	bucket, key string
	incarnation uint64
	id          string
	number      int
	sum         checksum // algorithm and type the upload was created with
}

func (s *Store) partTarget(bucket, key, id *string, number *int32) (t partTarget, err error) {
	if err := checkKey(key); err != nil {
		return t, err
	}
	n := int32(0)
	if number != nil {
		n = *number
	}
	if n < 1 || n > maxParts {
		return t, s3err.GetInvalidArgumentErr(s3err.InvalidArgPartNumber, fmt.Sprint(n))
	}
	t = partTarget{bucket: backend.GetStringFromPtr(bucket), key: *key, id: backend.GetStringFromPtr(id), number: int(n)}
	err = s.view(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, t.bucket)
		if err != nil {
			return err
		}
		u, err := in.upload(t.key, t.id)
		if err != nil {
			return err
		}
		t.incarnation, t.sum = in.id, u.Checksum
		return nil
	})
	return t, err
}

// UploadPart stores a part, replacing an earlier one of its number. A
// checksum is kept if the upload was created with an algorithm; otherwise a
// CRC64NVME is, from which the whole object's will be made.
func (s *Store) UploadPart(_ context.Context, input *s3.UploadPartInput) (*s3.UploadPartOutput, error) {
	t, err := s.partTarget(input.Bucket, input.Key, input.UploadId, input.PartNumber)
	if err != nil {
		return nil, err
	}
	u := upload{body: input.Body, length: input.ContentLength}
	if u.body == nil {
		u.body = strings.NewReader("")
	}
	if u.algorithm = bodyAlgorithm(u.body); u.algorithm == "" {
		u.algorithm, u.sum = sums{
			&input.ChecksumCRC32, &input.ChecksumCRC32C, &input.ChecksumCRC64NVME, &input.ChecksumSHA1, &input.ChecksumSHA256,
			&input.ChecksumSHA512, &input.ChecksumMD5, &input.ChecksumXXHASH64, &input.ChecksumXXHASH3, &input.ChecksumXXHASH128,
		}.first()
	}
	if err := t.chooseChecksum(&u); err != nil {
		return nil, err
	}
	r, err := s.receive(u)
	if err != nil {
		return nil, err
	}
	p := t.part(s, r, u.algorithm)
	if err := s.addPart(t, p, r); err != nil {
		return nil, err
	}
	out := &s3.UploadPartOutput{ETag: ptr(`"` + p.etag() + `"`)}
	checksum{Algorithm: u.algorithm, Value: r.sum}.show(nil, sums{
		&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
		&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
	})
	return out, nil
}

// chooseChecksum settles what is computed for a part, given what the client
// sent (u.algorithm, empty for nothing).
func (t partTarget) chooseChecksum(u *upload) error {
	switch {
	case t.sum.Algorithm == "":
		u.alsoCRC64 = u.algorithm != types.ChecksumAlgorithmCrc64nvme
	case u.algorithm == "" && t.sum.Type == types.ChecksumTypeComposite:
		return s3err.GetChecksumTypeMismatchErr(t.sum.Algorithm, "null")
	case u.algorithm == "":
		u.algorithm = t.sum.Algorithm
	case u.algorithm != t.sum.Algorithm:
		return s3err.GetChecksumTypeMismatchErr(t.sum.Algorithm, u.algorithm)
	}
	return nil
}

// part is the record of a received body; algorithm is that of r.sum.
func (t partTarget) part(s *Store, r *received, algorithm types.ChecksumAlgorithm) *part {
	p := &part{Number: t.number, Size: r.size, MD5: r.md5, Modified: s.clock(), Blob: r.id()}
	switch {
	case t.sum.Algorithm != "":
		p.Sum = r.sum
	case algorithm == types.ChecksumAlgorithmCrc64nvme:
		p.CRC64 = r.sum
	default:
		p.CRC64 = r.crc64
	}
	return p
}

// addPart puts a part into the index if its upload is still in progress.
func (s *Store) addPart(t partTarget, p *part, r *received) error {
	raw, _ := parseUploadID(t.id)
	defer s.garbageMade()
	err := s.changes.do(func(tx *bbolt.Tx) error {
		in, err := reopenBucket(tx, t.bucket, t.incarnation)
		if err != nil {
			return err
		}
		if _, err := in.upload(t.key, t.id); err != nil {
			return err
		}
		old, err := in.part(raw, p.Number)
		if err != nil {
			return err
		}
		if old != nil && !old.Blob.zero() {
			if err := referBlob(tx, old.Blob, -1); err != nil {
				return err
			}
		}
		if !p.Blob.zero() {
			if err := referBlob(tx, p.Blob, +1); err != nil {
				return err
			}
		}
		return in.table(partsTable).Put(partKey(raw, p.Number), p.encode())
	})
	r.release(err)
	return err
}

// UploadPartCopy stores a range of an object as a part. The bytes are copied.
func (s *Store) UploadPartCopy(_ context.Context, input *s3.UploadPartCopyInput) (s3response.CopyPartResult, error) {
	var out s3response.CopyPartResult
	t, err := s.partTarget(input.Bucket, input.Key, input.UploadId, input.PartNumber)
	if err != nil {
		return out, err
	}
	src, err := s.copySource(input.CopySource, input.ExpectedSourceBucketOwner)
	if err != nil {
		return out, err
	}
	cond := conditions{
		IfMatch: input.CopySourceIfMatch, IfNoneMatch: input.CopySourceIfNoneMatch,
		IfModifiedSince: input.CopySourceIfModifiedSince, IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
	}
	f, err := s.readSource(src, func(v *version, _ manifest) (span, error) {
		if err := cond.checkCopy(v); err != nil {
			return span{}, err
		}
		return parseCopyRange(backend.GetStringFromPtr(input.CopySourceRange), v.Size)
	})
	if err != nil {
		return out, err
	}
	body, err := s.open(f)
	if err != nil {
		return out, err
	}
	defer body.Close()
	u := upload{body: body, length: &f.span.Length, algorithm: t.sum.Algorithm, alsoCRC64: t.sum.Algorithm == ""}
	r, err := s.receive(u)
	if err != nil {
		return out, err
	}
	p := t.part(s, r, u.algorithm)
	if err := s.addPart(t, p, r); err != nil {
		return out, err
	}
	out.ETag, out.LastModified, out.CopySourceVersionId = ptr(`"`+p.etag()+`"`), p.Modified, f.shownID()
	checksum{Algorithm: u.algorithm, Value: r.sum}.show(nil, sums{
		&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
		&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
	})
	return out, nil
}

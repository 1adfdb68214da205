package objects

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// maxObjectTags is S3's limit of tags per object.
const maxObjectTags = 10

// PutObject stores an object. When it returns without error the object is
// durable and visible. Without a checksum from the client a CRC64NVME is kept,
// as S3 does.
func (s *Store) PutObject(_ context.Context, input s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	var out s3response.PutObjectOutput
	if err := checkKey(input.Key); err != nil {
		return out, err
	}
	if input.ObjectLockMode != "" || input.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn {
		return out, s3err.GetAPIError(s3err.ErrMissingObjectLockConfigurationNoSpaces)
	}
	tags, err := parseTags(input.Tagging)
	if err != nil {
		return out, err
	}
	cond := conditions{IfMatch: input.IfMatch, IfNoneMatch: input.IfNoneMatch}
	bucket, key := backend.GetStringFromPtr(input.Bucket), *input.Key
	// Refusing early spares the upload; it is checked again when it counts.
	id, err := s.writable(bucket, key, cond)
	if err != nil {
		return out, err
	}
	u := putUpload(&input)
	r, err := s.receive(u)
	if err != nil {
		return out, err
	}
	v := &version{
		Size: r.size, ETag: r.etag(), Modified: s.clock(), Blob: r.id(),
		Checksum: checksum{Algorithm: u.algorithm, Type: types.ChecksumTypeFullObject, Value: r.sum},
		Headers:  putHeaders(&input), Metadata: input.Metadata, Tags: tags,
	}
	err = s.publish(bucket, id, key, v, nil, cond)
	r.release(err)
	if err != nil {
		return out, err
	}
	out.ETag, out.Size, out.VersionID = v.quotedETag(), &v.Size, v.ID
	v.Checksum.show(&out.ChecksumType, sums{
		&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
		&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
	})
	return out, nil
}

// putUpload picks the checksum of a PUT: the trailer's, the header's, the one
// asked for, else CRC64NVME.
func putUpload(input *s3response.PutObjectInput) upload {
	u := upload{body: input.Body, length: input.ContentLength}
	if u.body == nil {
		u.body = strings.NewReader("")
	}
	if u.algorithm = bodyAlgorithm(u.body); u.algorithm != "" {
		return u
	}
	u.algorithm, u.sum = sums{
		&input.ChecksumCRC32, &input.ChecksumCRC32C, &input.ChecksumCRC64NVME, &input.ChecksumSHA1, &input.ChecksumSHA256,
		&input.ChecksumSHA512, &input.ChecksumMD5, &input.ChecksumXXHASH64, &input.ChecksumXXHASH3, &input.ChecksumXXHASH128,
	}.first()
	if u.algorithm == "" {
		u.algorithm = input.ChecksumAlgorithm
	}
	if u.algorithm == "" {
		u.algorithm = types.ChecksumAlgorithmCrc64nvme
	}
	return u
}

func putHeaders(input *s3response.PutObjectInput) headers {
	return headers{
		ContentType:        backend.GetStringFromPtr(input.ContentType),
		ContentEncoding:    storedEncoding(input.ContentEncoding),
		ContentDisposition: backend.GetStringFromPtr(input.ContentDisposition),
		ContentLanguage:    backend.GetStringFromPtr(input.ContentLanguage),
		CacheControl:       backend.GetStringFromPtr(input.CacheControl),
		Expires:            backend.GetStringFromPtr(input.Expires),
		WebsiteRedirect:    backend.GetStringFromPtr(input.WebsiteRedirectLocation),
	}
}

// storedEncoding is a Content-Encoding without aws-chunked, which describes
// the upload and not the object.
func storedEncoding(v *string) string {
	var kept []string
	for coding := range strings.SplitSeq(backend.GetStringFromPtr(v), ",") {
		coding = strings.TrimSpace(coding)
		if coding != "" && !strings.EqualFold(coding, "aws-chunked") {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ",")
}

// parseTags reads an x-amz-tagging header.
func parseTags(header *string) (map[string]string, error) {
	tags, err := backend.ParseObjectTags(backend.GetStringFromPtr(header))
	if err == nil && len(tags) > maxObjectTags {
		err = s3err.GetAPIError(s3err.ErrObjectTaggingLimited)
	}
	return tags, err
}

// writable checks that a bucket exists and a write's conditions hold now, and
// returns the bucket's incarnation.
func (s *Store) writable(bucket, key string, cond conditions) (id uint64, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		id = in.id
		if cond == (conditions{}) {
			return nil
		}
		current, err := in.latest(key)
		if err != nil {
			return err
		}
		return cond.checkWrite(current)
	})
	return id, err
}

// publish makes v the newest version of key, durably, if the conditions hold.
func (s *Store) publish(bucket string, id uint64, key string, v *version, man manifest, cond conditions) error {
	defer s.garbageMade()
	return s.changes.do(func(tx *bbolt.Tx) error {
		in, err := reopenBucket(tx, bucket, id)
		if err != nil {
			return err
		}
		if cond != (conditions{}) {
			current, err := in.latest(key)
			if err != nil {
				return err
			}
			if err := cond.checkWrite(current); err != nil {
				return err
			}
		}
		return in.insert(key, v, man)
	})
}

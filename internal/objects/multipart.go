package objects

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// An upload id is 16 bytes shown in hex: a sequence number, so that the
// uploads of a key sort by their beginning, and random bytes. The record of an
// upload is the version it is to become, still without bytes.
const uploadIDBytes = 16

func parseUploadID(s string) (id []byte, ok bool) {
	id, err := hex.DecodeString(s)
	return id, err == nil && len(id) == uploadIDBytes
}

// CreateMultipartUpload begins an upload.
func (s *Store) CreateMultipartUpload(_ context.Context, input s3response.CreateMultipartUploadInput) (s3response.InitiateMultipartUploadResult, error) {
	var res s3response.InitiateMultipartUploadResult
	if err := checkKey(input.Key); err != nil {
		return res, err
	}
	if input.ObjectLockMode != "" || input.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn {
		return res, s3err.GetAPIError(s3err.ErrMissingObjectLockConfigurationNoSpaces)
	}
	tags, err := parseTags(input.Tagging)
	if err != nil {
		return res, err
	}
	v := &version{
		Modified: s.clock(),
		Checksum: uploadChecksum(input.ChecksumAlgorithm, input.ChecksumType),
		Headers: headers{
			ContentType:        backend.GetStringFromPtr(input.ContentType),
			ContentEncoding:    storedEncoding(input.ContentEncoding),
			ContentDisposition: backend.GetStringFromPtr(input.ContentDisposition),
			ContentLanguage:    backend.GetStringFromPtr(input.ContentLanguage),
			CacheControl:       backend.GetStringFromPtr(input.CacheControl),
			Expires:            backend.GetStringFromPtr(input.Expires),
			WebsiteRedirect:    backend.GetStringFromPtr(input.WebsiteRedirectLocation),
		},
		Metadata: input.Metadata,
		Tags:     tags,
	}
	bucket, key := backend.GetStringFromPtr(input.Bucket), *input.Key
	id := make([]byte, uploadIDBytes)
	err = s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		t := in.table(uploadsTable)
		seq, err := t.NextSequence()
		if err != nil {
			return err
		}
		binary.BigEndian.PutUint64(id, seq)
		_, _ = rand.Read(id[8:]) // never fails (crypto/rand)
		v.UploadID = hex.EncodeToString(id)
		return t.Put(indexKey(key, id), v.encode())
	})
	if err != nil {
		return res, err
	}
	return s3response.InitiateMultipartUploadResult{Bucket: bucket, Key: key, UploadId: v.UploadID}, nil
}

// uploadChecksum is the checksum an upload will have. S3's default type is
// FULL_OBJECT for CRC64NVME and COMPOSITE for the others.
func uploadChecksum(a types.ChecksumAlgorithm, t types.ChecksumType) checksum {
	switch {
	case a == "":
		return checksum{}
	case t != "":
	case a == types.ChecksumAlgorithmCrc64nvme:
		t = types.ChecksumTypeFullObject
	default:
		t = types.ChecksumTypeComposite
	}
	return checksum{Algorithm: a, Type: t}
}

// upload returns the record of an upload in progress, or NoSuchUpload.
func (in *incarnation) upload(key, id string) (*version, error) {
	raw, ok := parseUploadID(id)
	if !ok {
		return nil, s3err.GetNoSuchUploadErr(id)
	}
	rec := in.table(uploadsTable).Get(indexKey(key, raw))
	if rec == nil {
		return nil, s3err.GetNoSuchUploadErr(id)
	}
	v, err := decodeVersion(rec)
	if err != nil {
		return nil, fmt.Errorf("upload %s of %q in %q: %w", id, key, in.name, err)
	}
	return v, nil
}

// AbortMultipartUpload gives an upload and its parts up.
func (s *Store) AbortMultipartUpload(_ context.Context, input *s3.AbortMultipartUploadInput) error {
	if err := checkKey(input.Key); err != nil {
		return err
	}
	key, id := *input.Key, backend.GetStringFromPtr(input.UploadId)
	defer s.garbageMade()
	return s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, backend.GetStringFromPtr(input.Bucket))
		if err != nil {
			return err
		}
		u, err := in.upload(key, id)
		if err != nil {
			return err
		}
		if t := input.IfMatchInitiatedTime; t != nil && t.Unix() != u.Modified.Unix() {
			return s3err.GetPreconditionFailedErr(s3err.ConditionIfMatchInitiatedTime)
		}
		raw, _ := parseUploadID(id)
		if err := in.dropParts(raw); err != nil {
			return err
		}
		return in.table(uploadsTable).Delete(indexKey(key, raw))
	})
}

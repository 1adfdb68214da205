package objects

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

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

// dropParts removes the parts of an upload, or of all uploads for an empty id.
func (in *incarnation) dropParts(upload []byte) error {
	t := in.table(partsTable)
	var keys [][]byte
	c := t.Cursor()
	for k, raw := c.Seek(upload); k != nil && bytes.HasPrefix(k, upload); k, raw = c.Next() {
		p, err := decodePart(raw)
		if err != nil {
			return fmt.Errorf("part %x in %q: %w", k, in.name, err)
		}
		if !p.Blob.zero() {
			if err := referBlob(in.tx, p.Blob, -1); err != nil {
				return err
			}
		}
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys { // not while the cursor walks
		if err := t.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// part is one uploaded part.
type part struct {
	Number   int // part of the index key
	Size     int64
	MD5      []byte
	Modified time.Time
	Blob     blobID // zero if the part is empty
	Sum      string // base64, in the upload's algorithm, if it has one
	CRC64    string // base64, kept for uploads without an algorithm
}

const (
	partSize     = 1
	partMD5      = 2
	partModified = 3
	partBlob     = 4
	partSum      = 5
	partCRC64    = 6
)

func (p *part) etag() string { return hex.EncodeToString(p.MD5) }

func partKey(upload []byte, number int) []byte {
	return binary.BigEndian.AppendUint16(bytes.Clone(upload), uint16(number))
}

func (p *part) encode() []byte {
	var f fields
	f.num(partSize, uint64(p.Size))
	f.bytes(partMD5, p.MD5)
	f.num(partModified, uint64(p.Modified.UnixMilli()))
	if !p.Blob.zero() {
		f.bytes(partBlob, p.Blob[:])
	}
	f.str(partSum, p.Sum)
	f.str(partCRC64, p.CRC64)
	return f
}

func decodePart(raw []byte) (*part, error) {
	p := new(part)
	err := eachField(raw, func(tag uint64, b []byte) (err error) {
		switch tag {
		case partSize:
			var n uint64
			n, err = decodeNum(b)
			p.Size = int64(n)
		case partMD5:
			p.MD5 = bytes.Clone(b)
		case partModified:
			p.Modified, err = decodeTime(b)
		case partBlob:
			if len(b) != len(p.Blob) {
				return errCodec
			}
			p.Blob = blobID(b)
		case partSum:
			p.Sum = string(b)
		case partCRC64:
			p.CRC64 = string(b)
		}
		return err
	})
	return p, err
}

// part returns an uploaded part, or nil.
func (in *incarnation) part(upload []byte, number int) (*part, error) {
	raw := in.table(partsTable).Get(partKey(upload, number))
	if raw == nil {
		return nil, nil
	}
	p, err := decodePart(raw)
	if err != nil {
		return nil, fmt.Errorf("part %d of %x in %q: %w", number, upload, in.name, err)
	}
	p.Number = number
	return p, nil
}

package objects

import (
	"context"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// source names the object a copy reads.
type source struct{ bucket, key, id string }

// copySource reads an x-amz-copy-source header and checks the expected owner
// of its bucket, if one is given.
func (s *Store) copySource(header, expectedOwner *string) (src source, err error) {
	if src.bucket, src.key, src.id, err = backend.ParseCopySource(backend.GetStringFromPtr(header)); err != nil {
		return src, err
	}
	if err := checkKey(&src.key); err != nil {
		return src, err
	}
	if want := backend.GetStringFromPtr(expectedOwner); want != "" {
		info, err := s.Bucket(context.Background(), src.bucket)
		if err != nil {
			return src, err
		}
		if info.Owner != want {
			return src, s3err.GetAPIError(s3err.ErrAccessDenied)
		}
	}
	return src, nil
}

// readSource is read for a copy's source.
func (s *Store) readSource(src source, choose func(*version, manifest) (span, error)) (found, error) {
	f, err := s.read(src.bucket, src.key, src.id, choose)
	if err != nil && f.version != nil && f.version.DeleteMarker && src.id != "" {
		return f, s3err.APIError{
			Code:           "InvalidRequest",
			Description:    "The source of a copy request may not specifically refer to a delete marker by version id.",
			HTTPStatusCode: 400,
		}
	}
	return f, err
}

// shownID is the found version's id if ids are shown in its bucket, else "".
func (f *found) shownID() string {
	if !f.versioned {
		return ""
	}
	return f.version.shownID()
}

// parseCopyRange reads an x-amz-copy-source-range header, which unlike Range
// must be of the form bytes=first-last and within the source.
func parseCopyRange(header string, size int64) (span, error) {
	if header == "" {
		return span{Length: size}, nil
	}
	spec, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	start, okFirst := parseOffset(first)
	end, okLast := parseOffset(last)
	if !ok || !dash || !okFirst || !okLast || end < start {
		return span{}, s3err.GetInvalidArgumentErr(s3err.InvalidArgCopySourceRange, header)
	}
	if end >= size {
		return span{}, s3err.GetInvalidArgExceedingRange(size)
	}
	return span{Offset: start, Length: end - start + 1, Partial: true}, nil
}

// CopyObject makes a new version of the same bytes. No bytes are copied: both
// versions refer to the same blobs, so a copy of a multipart object keeps its
// parts and its ETag.
func (s *Store) CopyObject(_ context.Context, input s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	var out s3response.CopyObjectOutput
	if err := checkKey(input.Key); err != nil {
		return out, err
	}
	if input.ObjectLockMode != "" || input.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn {
		return out, s3err.GetAPIError(s3err.ErrMissingObjectLockConfigurationNoSpaces)
	}
	src, err := s.copySource(input.CopySource, input.ExpectedSourceBucketOwner)
	if err != nil {
		return out, err
	}
	bucket, key := backend.GetStringFromPtr(input.Bucket), *input.Key
	id, err := s.writable(bucket, key, conditions{})
	if err != nil {
		return out, err
	}
	f, man, err := s.readCopied(src, &input)
	if err != nil {
		return out, err
	}
	defer f.release()
	v, err := s.copyVersion(f, &input)
	if err != nil {
		return out, err
	}
	if err := s.publish(bucket, id, key, v, man, conditions{}); err != nil {
		return out, err
	}
	res := &s3response.CopyObjectResult{ETag: ptr(v.quotedETag()), LastModified: &v.Modified}
	v.Checksum.show(&res.ChecksumType, sums{
		&res.ChecksumCRC32, &res.ChecksumCRC32C, &res.ChecksumCRC64NVME, &res.ChecksumSHA1, &res.ChecksumSHA256,
		&res.ChecksumSHA512, &res.ChecksumMD5, &res.ChecksumXXHASH64, &res.ChecksumXXHASH3, &res.ChecksumXXHASH128,
	})
	return s3response.CopyObjectOutput{
		CopyObjectResult:    res,
		VersionId:           optional(v.ID),
		CopySourceVersionId: optional(f.shownID()),
	}, nil
}

// readCopied finds the source of a copy, checks what is required of it and
// pins all its blobs.
func (s *Store) readCopied(src source, input *s3response.CopyObjectInput) (f found, man manifest, err error) {
	cond := conditions{
		IfMatch: input.CopySourceIfMatch, IfNoneMatch: input.CopySourceIfNoneMatch,
		IfModifiedSince: input.CopySourceIfModifiedSince, IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
	}
	// Only the newest version counts as copied to itself: naming an older one
	// restores it.
	onto := src.bucket == backend.GetStringFromPtr(input.Bucket) && src.key == *input.Key && src.id == ""
	unchanged := input.MetadataDirective != types.MetadataDirectiveReplace && backend.GetStringFromPtr(input.WebsiteRedirectLocation) == ""
	f, err = s.readSource(src, func(v *version, m manifest) (span, error) {
		if err := cond.checkCopy(v); err != nil {
			return span{}, err
		}
		if onto && unchanged {
			return span{}, s3err.GetAPIError(s3err.ErrInvalidCopyDest)
		}
		if v.Size > maxUpload {
			return span{}, s3err.GetCopySourceObjectTooLargeErr(maxUpload)
		}
		man = append(manifest(nil), m...)
		return span{Length: v.Size}, nil
	})
	return f, man, err
}

// copyVersion is the version a copy makes of the one found.
func (s *Store) copyVersion(f found, input *s3response.CopyObjectInput) (*version, error) {
	from := f.version
	v := &version{
		Size: from.Size, ETag: from.ETag, Modified: s.clock(), Blob: from.Blob, Parts: from.Parts,
		Checksum: from.Checksum, Headers: from.Headers, Metadata: from.Metadata, Tags: from.Tags,
	}
	if input.MetadataDirective == types.MetadataDirectiveReplace {
		v.Headers = headers{
			ContentType:        backend.GetStringFromPtr(input.ContentType),
			ContentEncoding:    storedEncoding(input.ContentEncoding),
			ContentDisposition: backend.GetStringFromPtr(input.ContentDisposition),
			ContentLanguage:    backend.GetStringFromPtr(input.ContentLanguage),
			CacheControl:       backend.GetStringFromPtr(input.CacheControl),
			Expires:            backend.GetStringFromPtr(input.Expires),
		}
		v.Metadata = input.Metadata
	}
	v.Headers.WebsiteRedirect = backend.GetStringFromPtr(input.WebsiteRedirectLocation) // never copied
	if input.TaggingDirective == types.TaggingDirectiveReplace {
		var err error
		if v.Tags, err = parseTags(input.Tagging); err != nil {
			return nil, err
		}
	}
	if a := input.ChecksumAlgorithm; a != "" && (a != from.Checksum.Algorithm || from.Checksum.Value == "") {
		value, err := s.sum(f, a)
		if err != nil {
			return nil, err
		}
		v.Checksum = checksum{Algorithm: a, Type: types.ChecksumTypeFullObject, Value: value}
	}
	return v, nil
}

// sum reads a found version through to compute another checksum. It leaves
// the version's blobs pinned.
func (s *Store) sum(f found, a types.ChecksumAlgorithm) (string, error) {
	f.release = func() {} // the caller's to call
	body, err := s.open(f)
	if err != nil {
		return "", err
	}
	defer body.Close()
	r, err := utils.NewHashReader(body, "", hashType(a))
	if err != nil {
		return "", s3err.GetAPIError(s3err.ErrInvalidChecksumAlgorithm)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return "", err
	}
	return r.Sum(), nil
}

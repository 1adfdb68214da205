package objects

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
)

// GetObject opens an object or a range or part of it. The caller must close
// the body, which goes on yielding the bytes found at the call even if the
// object is overwritten or deleted meanwhile. For a delete marker the result
// carries the marker along with the error.
func (s *Store) GetObject(_ context.Context, input *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	if err := checkKey(input.Key); err != nil {
		return nil, err
	}
	f, err := s.read(backend.GetStringFromPtr(input.Bucket), *input.Key, backend.GetStringFromPtr(input.VersionId), readPlan(input))
	if err != nil {
		if v := f.version; v != nil && v.DeleteMarker {
			return &s3.GetObjectOutput{DeleteMarker: ptr(true), LastModified: &v.Modified, VersionId: ptr(v.shownID())}, err
		}
		return nil, err
	}
	body, err := s.open(f)
	if err != nil {
		return nil, err
	}
	out := f.output(input.PartNumber, input.ChecksumMode)
	out.Body = body
	return out, nil
}

// HeadObject is GetObject without the body.
func (s *Store) HeadObject(ctx context.Context, input *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	if err := checkKey(input.Key); err != nil {
		return nil, err
	}
	plan := readPlan(&s3.GetObjectInput{
		Range:             input.Range,
		PartNumber:        input.PartNumber,
		IfMatch:           input.IfMatch,
		IfNoneMatch:       input.IfNoneMatch,
		IfModifiedSince:   input.IfModifiedSince,
		IfUnmodifiedSince: input.IfUnmodifiedSince,
	})
	f, err := s.read(backend.GetStringFromPtr(input.Bucket), *input.Key, backend.GetStringFromPtr(input.VersionId), plan)
	if err != nil {
		if v := f.version; v != nil && v.DeleteMarker {
			return &s3.HeadObjectOutput{DeleteMarker: ptr(true), LastModified: &v.Modified, VersionId: ptr(v.shownID())}, err
		}
		return nil, err
	}
	f.release()
	return headOutput(f.output(input.PartNumber, input.ChecksumMode)), nil
}

// readPlan decides within the look-up what a GET reads: conditions first,
// then part number or range.
func readPlan(input *s3.GetObjectInput) func(*version, manifest) (span, error) {
	cond := conditions{
		IfMatch:           input.IfMatch,
		IfNoneMatch:       input.IfNoneMatch,
		IfModifiedSince:   input.IfModifiedSince,
		IfUnmodifiedSince: input.IfUnmodifiedSince,
	}
	return func(v *version, man manifest) (span, error) {
		if err := cond.checkRead(v); err != nil {
			return span{}, err
		}
		if input.PartNumber != nil {
			return partSpan(v, man, *input.PartNumber)
		}
		return parseRange(backend.GetStringFromPtr(input.Range), v.Size)
	}
}

// output is the answer's head. The checksum is that of the whole object and
// shown only with it.
func (f *found) output(part *int32, mode types.ChecksumMode) *s3.GetObjectOutput {
	v := f.version
	out := &s3.GetObjectOutput{
		AcceptRanges:            ptr("bytes"),
		ContentLength:           ptr(f.span.Length),
		ContentRange:            f.span.contentRange(v.Size),
		ContentType:             optional(v.Headers.ContentType),
		ContentEncoding:         optional(v.Headers.ContentEncoding),
		ContentDisposition:      optional(v.Headers.ContentDisposition),
		ContentLanguage:         optional(v.Headers.ContentLanguage),
		CacheControl:            optional(v.Headers.CacheControl),
		ExpiresString:           optional(v.Headers.Expires),
		WebsiteRedirectLocation: optional(v.Headers.WebsiteRedirect),
		ETag:                    ptr(v.quotedETag()),
		LastModified:            &v.Modified,
		Metadata:                v.Metadata,
	}
	if f.versioned {
		out.VersionId = ptr(v.shownID())
	}
	if len(v.Tags) > 0 {
		out.TagCount = ptr(int32(len(v.Tags)))
	}
	if part != nil && v.Parts > 0 {
		out.PartsCount = ptr(int32(v.Parts))
	}
	if mode == types.ChecksumModeEnabled && f.span.Length == v.Size {
		v.Checksum.show(&out.ChecksumType, sums{
			&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
			&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
		})
	}
	return out
}

func headOutput(g *s3.GetObjectOutput) *s3.HeadObjectOutput {
	return &s3.HeadObjectOutput{
		AcceptRanges:            g.AcceptRanges,
		ContentLength:           g.ContentLength,
		ContentRange:            g.ContentRange,
		ContentType:             g.ContentType,
		ContentEncoding:         g.ContentEncoding,
		ContentDisposition:      g.ContentDisposition,
		ContentLanguage:         g.ContentLanguage,
		CacheControl:            g.CacheControl,
		ExpiresString:           g.ExpiresString,
		WebsiteRedirectLocation: g.WebsiteRedirectLocation,
		ETag:                    g.ETag,
		LastModified:            g.LastModified,
		Metadata:                g.Metadata,
		VersionId:               g.VersionId,
		TagCount:                g.TagCount,
		PartsCount:              g.PartsCount,
		ChecksumType:            g.ChecksumType,
		ChecksumCRC32:           g.ChecksumCRC32,
		ChecksumCRC32C:          g.ChecksumCRC32C,
		ChecksumCRC64NVME:       g.ChecksumCRC64NVME,
		ChecksumSHA1:            g.ChecksumSHA1,
		ChecksumSHA256:          g.ChecksumSHA256,
		ChecksumSHA512:          g.ChecksumSHA512,
		ChecksumMD5:             g.ChecksumMD5,
		ChecksumXXHASH64:        g.ChecksumXXHASH64,
		ChecksumXXHASH3:         g.ChecksumXXHASH3,
		ChecksumXXHASH128:       g.ChecksumXXHASH128,
	}
}

func ptr[T any](v T) *T { return &v }

// optional is nil for an empty string, which the front then leaves out.
func optional(v string) *string {
	if v == "" {
		return nil
	}
	return &v
}

package objects

import (
	"strings"
	"time"

	"github.com/versity/versitygw/s3err"
)

// conditions are the conditional headers of a request; nil means absent.
// ETags may be quoted, weak, a list, or "*".
type conditions struct {
	IfMatch           *string
	IfNoneMatch       *string
	IfModifiedSince   *time.Time
	IfUnmodifiedSince *time.Time
}

// checkRead evaluates the conditions of a GET or HEAD on v in S3's precedence:
// If-Match overrides If-Unmodified-Since, If-None-Match overrides
// If-Modified-Since (RFC 9110, 13.2.2). It returns nil, PreconditionFailed
// (412) or NotModified (304).
func (c conditions) checkRead(v *version) error {
	modified := v.Modified.Truncate(time.Second) // what Last-Modified shows
	if c.IfMatch != nil {
		if !matchETag(*c.IfMatch, v.ETag) {
			return s3err.GetPreconditionFailedErr(s3err.ConditionIfMatch)
		}
	} else if c.IfUnmodifiedSince != nil && modified.After(*c.IfUnmodifiedSince) {
		return s3err.GetPreconditionFailedErr(s3err.ConditionIfUnmodifiedSince)
	}
	if c.IfNoneMatch != nil {
		if matchETag(*c.IfNoneMatch, v.ETag) {
			return s3err.GetAPIError(s3err.ErrNotModified)
		}
	} else if c.IfModifiedSince != nil && !modified.After(*c.IfModifiedSince) {
		return s3err.GetAPIError(s3err.ErrNotModified)
	}
	return nil
}

// checkCopy evaluates the x-amz-copy-source-if-* conditions on a copy's
// source, which fail only with 412.
func (c conditions) checkCopy(v *version) error {
	err := c.checkRead(v)
	if err == s3err.GetAPIError(s3err.ErrNotModified) { //nolint:errorlint // a comparable value, never wrapped here
		return s3err.GetPreconditionFailedErr(s3err.ConditionIfNoneMatch)
	}
	return err
}

// checkWrite evaluates the conditions of a PUT or CompleteMultipartUpload
// against the version it would replace, nil or a delete marker if there is no
// object. S3 knows If-Match and If-None-Match: *.
func (c conditions) checkWrite(current *version) error {
	exists := current != nil && !current.DeleteMarker
	switch {
	case c.IfMatch != nil && c.IfNoneMatch != nil:
		return s3err.GetNotImplementedErr("If-Match,If-None-Match", s3err.NmpAdditionalMessageMultipleCondHeaders)
	case c.IfNoneMatch != nil && *c.IfNoneMatch != "*":
		return s3err.GetNotImplementedErr("If-None-Match", s3err.NmpAdditionalMessageIfNoneMatch)
	case c.IfNoneMatch != nil && exists:
		return s3err.GetPreconditionFailedErr(s3err.ConditionIfNoneMatch)
	case c.IfMatch != nil && !exists:
		return s3err.GetAPIError(s3err.ErrNoSuchKey)
	case c.IfMatch != nil && !matchETag(*c.IfMatch, current.ETag):
		return s3err.GetPreconditionFailedErr(s3err.ConditionIfMatch)
	}
	return nil
}

// matchETag reports whether an If-Match or If-None-Match value names etag.
func matchETag(list, etag string) bool {
	if strings.TrimSpace(list) == "*" {
		return true
	}
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if strings.Trim(tag, `"`) == etag {
			return true
		}
	}
	return false
}

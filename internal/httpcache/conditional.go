package httpcache

import (
	"strings"
	"time"
)

// Conditions are a viewer's conditional request headers, each "" when absent.
type Conditions struct {
	IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince, IfRange string
}

// Empty reports whether no condition but If-Range is present.
func (c *Conditions) Empty() bool {
	return c.IfMatch == "" && c.IfNoneMatch == "" && c.IfModifiedSince == "" && c.IfUnmodifiedSince == ""
}

// Representation is what conditions are evaluated against.
type Representation struct {
	Status       int // conditions apply to 200 (and 206) only
	ETag         string
	LastModified string
	Date         string
}

// Precondition is the result of evaluating conditions.
type Precondition uint8

const (
	Proceed            Precondition = iota // answer as without conditions
	NotModified                            // 304
	PreconditionFailed                     // 412
)

// EvaluateConditions applies RFC 9110 section 13.2.2 to a GET or HEAD for a
// stored response: If-Match, else If-Unmodified-Since, then If-None-Match,
// else If-Modified-Since. Dates that cannot be read are ignored.
func EvaluateConditions(c *Conditions, rep *Representation) Precondition {
	if c.Empty() || (rep.Status != 200 && rep.Status != 206) {
		return Proceed
	}
	switch {
	case c.IfMatch != "":
		if !matchList(c.IfMatch, rep.ETag, true) {
			return PreconditionFailed
		}
	case c.IfUnmodifiedSince != "":
		if modifiedSince(rep.LastModified, c.IfUnmodifiedSince, false) {
			return PreconditionFailed
		}
	}
	switch {
	case c.IfNoneMatch != "":
		if matchList(c.IfNoneMatch, rep.ETag, false) {
			return NotModified
		}
	case c.IfModifiedSince != "":
		if !modifiedSince(rep.LastModified, c.IfModifiedSince, true) {
			return NotModified
		}
	}
	return Proceed
}

// RangeApplies evaluates If-Range (RFC 9110, 13.1.5): a Range is honoured when
// the header is absent or names this very representation by a strong ETag or
// by a Last-Modified date at least a second older than Date.
func RangeApplies(ifRange string, rep *Representation) bool {
	if ifRange == "" {
		return true
	}
	if ifRange[0] == '"' {
		return IsStrongETag(ifRange) && ifRange == rep.ETag
	}
	want, ok := ParseTime(ifRange)
	if !ok {
		return false
	}
	modified, ok := ParseTime(rep.LastModified)
	date, okDate := ParseTime(rep.Date)
	return ok && okDate && modified.Equal(want) && date.Sub(modified) >= time.Second
}

// modifiedSince compares Last-Modified with a date of the viewer's. unknown is
// returned when either cannot be read.
func modifiedSince(lastModified, since string, unknown bool) bool {
	if lastModified == since && since != "" {
		if _, ok := ParseTime(since); ok {
			return false
		}
	}
	modified, ok := ParseTime(lastModified)
	limit, ok2 := ParseTime(since)
	if !ok || !ok2 {
		return unknown
	}
	return modified.After(limit)
}

// matchList reports whether etag matches a member of an entity-tag list or the
// list is "*", by strong or weak comparison (RFC 9110, 8.8.3.2).
func matchList(list, etag string, strong bool) bool {
	if trim(list) == "*" {
		return true
	}
	for list != "" {
		var e string
		e, list = cutElement(list)
		if etagEqual(e, etag, strong) {
			return true
		}
	}
	return false
}

// etagEqual compares two entity tags.
func etagEqual(a, b string, strong bool) bool {
	if strong {
		return IsStrongETag(a) && a == b
	}
	a, b = strings.TrimPrefix(a, "W/"), strings.TrimPrefix(b, "W/")
	return IsStrongETag(a) && a == b
}

// IsStrongETag reports whether s is a well-formed strong entity tag.
func IsStrongETag(s string) bool {
	return len(s) >= 2 && s[0] == '"' && strings.IndexByte(s[1:], '"') == len(s)-2
}

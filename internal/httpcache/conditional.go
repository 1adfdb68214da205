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

// Representation is the stored response conditions are evaluated against.
type Representation struct {
	Status       int // conditions apply to 200 (and 206) only
	ETag         string
	LastModified string
	Date         string    // stands in for a missing Last-Modified (RFC 9111, 4.3.2)
	Received     time.Time // stands in for a missing Date; may be zero
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
		modified, ok := ParseTime(rep.LastModified)
		limit, ok2 := ParseTime(c.IfUnmodifiedSince)
		if ok && ok2 && modified.After(limit) {
			return PreconditionFailed
		}
	}
	switch {
	case c.IfNoneMatch != "":
		if matchList(c.IfNoneMatch, rep.ETag, false) {
			return NotModified
		}
	case c.IfModifiedSince != "":
		if !rep.modifiedSince(c.IfModifiedSince) {
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

// modifiedSince reports whether the representation changed after the viewer's
// date, as far as is known; a date that cannot be read is as good as none.
func (rep *Representation) modifiedSince(since string) bool {
	limit, ok := ParseTime(since)
	if !ok {
		return true
	}
	if since == rep.LastModified { // what viewers usually send back
		return false
	}
	for _, date := range [...]string{rep.LastModified, rep.Date} {
		if t, ok := ParseTime(date); ok {
			return t.After(limit)
		}
	}
	return rep.Received.IsZero() || rep.Received.After(limit)
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

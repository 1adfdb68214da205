package httpcache

import "strings"

// WeakenETag makes a strong entity tag weak, for bytes that no longer are the
// origin's. Weak ones stay; what is no entity tag gives "", to be removed.
func WeakenETag(etag string) string {
	switch {
	case IsStrongETag(etag):
		return "W/" + etag
	case strings.HasPrefix(etag, "W/") && IsStrongETag(etag[2:]):
		return etag
	}
	return ""
}

// Encoded rewrites a response header for a content coding made by the edge, as
// CloudFront does: Content-Encoding and Vary set, ETag weakened or removed,
// Content-Length, Accept-Ranges and digests of the origin's bytes removed. h is
// changed in place.
func Encoded(h Header, coding string) Header {
	for _, name := range [...]string{"Content-Length", "Accept-Ranges", "Content-MD5", "Content-Digest", "Digest"} {
		h = h.Del(name)
	}
	if weak := WeakenETag(h.Get("ETag")); weak == "" {
		h = h.Del("ETag")
	} else {
		h = h.Set("ETag", weak)
	}
	return AddVary(h.Set("Content-Encoding", coding), "Accept-Encoding")
}

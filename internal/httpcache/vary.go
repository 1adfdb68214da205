package httpcache

import "strings"

// VaryPolicy says which names a Vary header may keep.
type VaryPolicy struct {
	Forwarded       []string // header names forwarded to the origin
	ForwardsDevices bool     // a CloudFront-Is-…-Viewer header is forwarded
}

// FilterVary rewrites Vary as CloudFront does: Accept-Encoding, Cookie and
// names that are forwarded stay, User-Agent only where a device header is
// forwarded, "*" stays, others go. The line disappears when nothing is left.
// h is changed in place.
func FilterVary(h Header, p VaryPolicy) Header {
	values := h.Values("Vary")
	if len(values) == 0 {
		return h
	}
	var kept []string
	elements(values, func(name string) {
		if p.keeps(name) && !containsFold(kept, name) {
			kept = append(kept, name)
		}
	})
	if len(kept) == 0 {
		return h.Del("Vary")
	}
	return h.Set("Vary", strings.Join(kept, ", "))
}

// keeps reports whether one name stays in Vary.
func (p VaryPolicy) keeps(name string) bool {
	switch strings.ToLower(name) {
	case "*", "accept-encoding", "cookie":
		return true
	case "user-agent":
		return p.ForwardsDevices
	}
	return containsFold(p.Forwarded, name)
}

// AddVary adds name to Vary unless it is there or Vary is "*".
func AddVary(h Header, name string) Header {
	present := false
	elements(h.Values("Vary"), func(e string) { present = present || e == "*" || equalFold(e, name) })
	if present {
		return h
	}
	if old := h.Joined("Vary"); trim(old) != "" {
		name = old + ", " + name
	}
	return h.Set("Vary", name)
}

// variesOnEverything reports a Vary of "*" (RFC 9111, 4.1).
func variesOnEverything(h Header) bool {
	star := false
	elements(h.Values("Vary"), func(e string) { star = star || e == "*" })
	return star
}

// joinVary returns the union of both headers' Vary names, "" when neither has
// any.
func joinVary(a, b Header) string {
	var names []string
	elements(append(a.Values("Vary"), b.Values("Vary")...), func(e string) {
		if !containsFold(names, e) {
			names = append(names, e)
		}
	})
	return strings.Join(names, ", ")
}

package httpcache

// Validators are what the origin gave to ask later whether a stored response
// is still current (RFC 9111, 4.3.1), as the origin sent them.
type Validators struct {
	ETag         string // value for If-None-Match, "" when none
	LastModified string // value for If-Modified-Since, "" when none
}

// ValidatorsOf takes the validators from an origin's response header; values
// that are not well-formed are left out.
func ValidatorsOf(h Header) Validators {
	var v Validators
	if etag := h.Get("ETag"); etagEqual(etag, etag, false) {
		v.ETag = etag
	}
	if modified := h.Get("Last-Modified"); modified != "" {
		if _, ok := ParseTime(modified); ok {
			v.LastModified = modified
		}
	}
	return v
}

// Any reports whether a conditional request is possible.
func (v Validators) Any() bool { return v.ETag != "" || v.LastModified != "" }

// Confirms reports whether a 304 with header h speaks of the response stored
// with v (RFC 9111, 4.3.4): its ETag, or else its Last-Modified, must not name
// another representation. When it does, fetch again without conditions.
func (v Validators) Confirms(h Header) bool {
	if etag := h.Get("ETag"); etag != "" {
		return etagEqual(v.ETag, etag, false)
	}
	if modified := h.Get("Last-Modified"); modified != "" && v.ETag == "" {
		return modified == v.LastModified
	}
	return true
}

// MergeNotModified returns the stored header freshened by a 304's (RFC 9111,
// 3.2): fields of the 304 replace stored ones of the same name, except those
// the stored bytes depend on. An ETag the edge has weakened stays, and Vary only
// grows, because the edge may have added Accept-Encoding itself. Neither
// argument is changed. update must have passed EndToEnd and, where the edge made
// the stored coding, Encoded.
func MergeNotModified(stored, update Header) Header {
	out := make(Header, 0, len(stored)+len(update))
	for _, f := range stored {
		if describesBytes(f.Name) || !update.Has(f.Name) {
			out = append(out, f)
		}
	}
	if v := joinVary(stored, update); v != "" {
		out = out.Set("Vary", v)
	}
	for _, f := range update {
		if describesBytes(f.Name) || equalFold(f.Name, "Vary") {
			continue
		}
		if old := stored.Get("ETag"); equalFold(f.Name, "ETag") && etagEqual(old, f.Value, false) {
			f.Value = old
		}
		out = append(out, f)
	}
	return out
}

// describesBytes names the fields a 304 must not replace.
func describesBytes(name string) bool {
	return containsFold(byteFields[:], name)
}

var byteFields = [...]string{"Content-Encoding", "Content-Length", "Content-Range", "Content-MD5", "Content-Digest"}

// EndToEnd returns a copy of h without the fields that belong to one
// connection or to one hop's cache (RFC 9110, 7.6.1; RFC 9111, 3.1), without
// those named by Connection, without Age, which is kept as Freshness, and
// without those in drop. Trailer and Upgrade go as CloudFront has it.
func EndToEnd(h Header, drop []string) Header {
	var named []string
	elements(h.Values("Connection"), func(e string) { named = append(named, e) })
	out := make(Header, 0, len(h)+2)
	for _, f := range h {
		if !containsFold(hopFields[:], f.Name) && !containsFold(named, f.Name) && !containsFold(drop, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

var hopFields = [...]string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade",
	"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Age",
}

// Package compress decides which content coding of a response to store and
// serve, and makes it, as CloudFront's automatic compression does. Pure: no
// clock, no goroutines, no I/O but the reader it is given.
package compress

import "strings"

// Encoding is a content coding. The zero value is identity.
type Encoding string

const (
	Identity Encoding = ""
	Gzip     Encoding = "gzip"
	Brotli   Encoding = "br"
	Zstd     Encoding = "zstd"
)

// Flags are a cache policy's EnableAcceptEncodingGzip and -Brotli (legacy
// settings with Compress have gzip alone). Zstd, which CloudFront does not know,
// is an extra of the server's owner.
type Flags struct {
	Gzip, Brotli, Zstd bool
}

// Accepted is a normalised Accept-Encoding: codings in order of preference, such
// as "br,gzip", each with a comma between. It is part of the cache key and what
// the origin is sent; "" is not in the key and the origin is sent "identity".
type Accepted string

// sets are the values of Accepted, by the bits of takesGzip, takesBrotli and takesZstd.
var sets = [8]Accepted{"", "gzip", "br", "br,gzip", "zstd", "zstd,gzip", "zstd,br", "zstd,br,gzip"}

const (
	takesGzip = 1 << iota
	takesBrotli
	takesZstd
)

// ForOrigin is the Accept-Encoding value to send to the origin.
func (a Accepted) ForOrigin() string {
	if a == "" {
		return "identity"
	}
	return string(a)
}

// Normalize reduces a viewer's Accept-Encoding to the codings it accepts (any
// weight above 0) that the policy enables (RFC 9110, 12.5.3). A coding named
// with q=0 is refused even beside "*"; members that cannot be read are left
// out. It does not allocate.
func Normalize(acceptEncoding string, f Flags) Accepted {
	if f == (Flags{}) {
		return ""
	}
	var gzip, br, zstd, star choice
	for acceptEncoding != "" {
		var member string
		member, acceptEncoding, _ = strings.Cut(acceptEncoding, ",")
		coding, weight, hasWeight := strings.Cut(member, ";")
		c := refused
		if !hasWeight || positive(weight) {
			c = taken
		}
		switch coding = strings.Trim(coding, " \t"); {
		case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"):
			gzip.set(c)
		case strings.EqualFold(coding, "br"):
			br.set(c)
		case strings.EqualFold(coding, "zstd"):
			zstd.set(c)
		case coding == "*":
			star.set(c)
		}
	}
	set := 0
	if f.Gzip && gzip.or(star) {
		set |= takesGzip
	}
	if f.Brotli && br.or(star) {
		set |= takesBrotli
	}
	if f.Zstd && zstd.or(star) {
		set |= takesZstd
	}
	return sets[set]
}

// choice is what a viewer says about one coding.
type choice uint8

const (
	unnamed choice = iota
	taken
	refused
)

// set records a mention; a refusal stays.
func (c *choice) set(to choice) {
	if *c != refused {
		*c = to
	}
}

// or reports whether a coding is taken: by name, or unnamed by what is said of "*".
func (c choice) or(star choice) bool {
	return c == taken || (c == unnamed && star == taken)
}

// positive reports whether a weight parameter ("q=0.5") is well-formed and
// above zero.
func positive(param string) bool {
	name, value, ok := strings.Cut(strings.Trim(param, " \t"), "=")
	if !ok || !strings.EqualFold(name, "q") || value == "" || len(value) > 5 {
		return false
	}
	if value[0] != '0' && value[0] != '1' || (len(value) > 1 && value[1] != '.') {
		return false
	}
	above := value[0] == '1'
	for i := 2; i < len(value); i++ {
		if value[i] < '0' || value[i] > '9' || (above && value[0] == '1' && value[i] != '0') {
			return false
		}
		above = above || value[i] != '0'
	}
	return above
}

// Response is what the choice of a coding depends on.
type Response struct {
	Status          int
	ContentType     string // header values as the origin sent them, "" when absent
	ContentEncoding string
	CacheControl    string
	ContentLength   int64 // -1 when the origin gave none
	HTTP10          bool  // the viewer speaks HTTP/1.0
}

// Reason names why a response is compressed or not; the text is stable.
type Reason string

const (
	ReasonCompressed      Reason = "compressed"
	ReasonNotAccepted     Reason = "not-accepted"
	ReasonHTTP10          Reason = "http-1.0"
	ReasonStatus          Reason = "status"
	ReasonEncoded         Reason = "already-encoded"
	ReasonNoTransform     Reason = "no-transform"
	ReasonNoContentLength Reason = "no-content-length"
	ReasonSize            Reason = "size"
	ReasonContentType     Reason = "content-type"
)

// Sizes between which CloudFront compresses, inclusive.
const (
	MinBytes = 1_000
	MaxBytes = 10_000_000
)

// Choose picks the coding to store and serve for a response fetched in full
// with identity coding: the first of those accepted. The caller has made sure that the
// behaviour compresses and that its TTLs allow caching, and rewrites the header
// by httpcache.Encoded.
func Choose(accepted Accepted, r *Response) (Encoding, Reason) {
	switch {
	case accepted == "":
		return Identity, ReasonNotAccepted
	case r.HTTP10:
		return Identity, ReasonHTTP10
	case r.Status != 200 && r.Status != 403 && r.Status != 404:
		return Identity, ReasonStatus
	case r.ContentEncoding != "":
		return Identity, ReasonEncoded
	case r.ContentLength < 0:
		return Identity, ReasonNoContentLength
	case r.ContentLength < MinBytes || r.ContentLength > MaxBytes:
		return Identity, ReasonSize
	case !Compressible(r.ContentType):
		return Identity, ReasonContentType
	case noTransform(r.CacheControl):
		return Identity, ReasonNoTransform
	}
	preferred, _, _ := strings.Cut(string(accepted), ",")
	return Encoding(preferred), ReasonCompressed
}

// noTransform reports whether a Cache-Control value forbids it (RFC 9110, 7.7).
func noTransform(cacheControl string) bool {
	for directive := range strings.SplitSeq(cacheControl, ",") {
		if strings.EqualFold(strings.Trim(directive, " \t"), "no-transform") {
			return true
		}
	}
	return false
}

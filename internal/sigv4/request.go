package sigv4

import (
	"iter"
	"net/http"
	"strconv"
	"strings"
)

// Request is what a signature covers, as it came over the wire. Nothing in it may have
// been decoded, cleaned or re-encoded on the way, or true signatures will not match.
type Request struct {
	Method string
	// Path is percent-encoded as on the request line, without the query. Empty means "/".
	Path string
	// BasePath is the part of Path that belongs to the server's address, such as "/prefix". Version 4
	// covers it; version 2, whose resource is a bucket and a key, does not, as botocore signs.
	BasePath string
	// RawQuery is the query as sent, without "?".
	RawQuery string
	// Host is the Host header or :authority as sent, port included when one was sent.
	Host string
	// Header returns the values of a header in the order received; the name comes in lower case.
	// It must also answer for content-length when the request had one.
	Header func(name string) []string
	// HeaderNames yields the names of the headers present, in any case; repeats are harmless.
	// It is how unsigned x-amz-* headers are found, so a request without it is refused.
	HeaderNames iter.Seq[string]
	// Bucket is set for virtual-hosted-style S3 requests, where it is not in Path. Only version 2
	// signatures need it: their canonical resource always begins with the bucket.
	Bucket string
}

// FromHTTP describes a request received by net/http. Bucket is left empty.
func FromHTTP(r *http.Request) Request {
	path, query := r.URL.EscapedPath(), r.URL.RawQuery
	if r.RequestURI != "" {
		path, query = splitTarget(r.RequestURI)
	}
	return Request{
		Method:   r.Method,
		Path:     path,
		RawQuery: query,
		Host:     r.Host,
		Header: func(name string) []string {
			// net/http keeps Content-Length out of the header map in some cases.
			if v := r.Header.Values(name); len(v) > 0 || name != "content-length" || r.ContentLength < 0 {
				return v
			}
			return []string{strconv.FormatInt(r.ContentLength, 10)}
		},
		HeaderNames: func(yield func(string) bool) {
			for name := range r.Header {
				if !yield(name) {
					return
				}
			}
		},
	}
}

// splitTarget cuts a request target, origin-form or absolute-form, into path and query.
func splitTarget(target string) (path, query string) {
	path, query, _ = strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") {
		if _, rest, ok := strings.Cut(path, "://"); ok {
			path = ""
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				path = rest[i:]
			}
		}
	}
	return path, query
}

// header returns the single value of a header; repeated headers are an error.
func (r *Request) header(name string) (string, error) {
	if r.Header == nil {
		return "", nil
	}
	values := r.Header(name)
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return strings.Trim(values[0], " \t"), nil
	}
	return "", malformed("header " + name + " is repeated")
}

// amzHeaders returns the lower-case names of the x-amz-* headers present, in order and once each.
// x-amz-cf-id is left out: edges add it to requests that somebody else has signed.
func (r *Request) amzHeaders() []string {
	var names []string
	r.HeaderNames(func(name string) bool {
		if len(name) > len("x-amz-") && strings.EqualFold(name[:len("x-amz-")], "x-amz-") {
			if name = strings.ToLower(name); name != "x-amz-cf-id" {
				names = append(names, name)
			}
		}
		return true
	})
	return sortedUnique(names)
}

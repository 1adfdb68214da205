package s3store

import "strings"

// MaxKeyBytes is the longest object key.
const MaxKeyBytes = 1024

// target is where a request points. Bucket and key are decoded exactly once
// from the bytes on the request line: no cleaning, no folding, since any two
// different keys are different objects.
type target struct {
	bucket string
	key    string
	// path and query are as on the request line, for the signature.
	path, query string
	// virtual means the bucket came from the Host header.
	virtual bool
}

// locate reads a request target (RFC 9112 section 3.2: origin-form or
// absolute-form) and the Host header. basePath is a prefix to take off the path.
func locate(host, requestTarget, basePath string, hosts virtualHosts) (target, error) {
	var t target
	raw := originForm(requestTarget)
	if raw == "" || strings.ContainsRune(raw, '#') {
		return t, errInvalidURI()
	}
	t.path, t.query, _ = strings.Cut(raw, "?")
	rest, ok := strings.CutPrefix(t.path, basePath)
	if ok && rest == "" {
		rest = "/" // as SDKs address the root of an endpoint with a path
	}
	if !ok || !strings.HasPrefix(rest, "/") {
		return t, errInvalidURI()
	}
	if t.bucket, t.virtual = hosts.bucket(host); t.virtual {
		t.key, ok = unescape(rest[1:])
	} else {
		// The separator is looked for before decoding: an escaped slash belongs to a name.
		bucket, key, _ := strings.Cut(rest[1:], "/")
		var valid bool
		t.bucket, ok = unescape(bucket)
		t.key, valid = unescape(key)
		ok = ok && valid
	}
	if !ok {
		return t, errInvalidURI()
	}
	if len(t.key) > MaxKeyBytes {
		return t, errKeyTooLong(len(t.key))
	}
	return t, nil
}

// originForm strips scheme and authority off an absolute-form target. A target
// that begins with a slash is left alone, whatever it holds.
func originForm(s string) string {
	if strings.HasPrefix(s, "/") {
		return s
	}
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		if rest[i] == '?' {
			return "/" + rest[i:]
		}
		return rest[i:]
	}
	return "/"
}

// unescape decodes percent-escapes once (RFC 3986 section 2.1). A plus sign is
// a plus sign. ok is false for a truncated or non-hexadecimal escape.
func unescape(s string) (decoded string, ok bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		hi, okHi := hexDigit(s[i+1])
		lo, okLo := hexDigit(s[i+2])
		if !okHi || !okLo {
			return "", false
		}
		out = append(out, hi<<4|lo)
		i += 2
	}
	return string(out), true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

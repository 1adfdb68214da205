// Package manifest finds the URLs in HLS playlists (RFC 8216 and its second edition) and DASH
// descriptions (ISO/IEC 23009-1) and lets its caller replace them. Every other byte stays as it
// is. Pure: bytes in, bytes out.
package manifest

import (
	"errors"
	"net/url"
	"strings"
)

// Format is the kind of a manifest.
type Format uint8

// The formats.
const (
	None Format = iota
	HLS         // .m3u8
	DASH        // .mpd
)

// FormatOf tells a manifest by the end of its URL's path, as players do.
func FormatOf(path string) Format {
	switch {
	case hasSuffixFold(path, ".m3u8"):
		return HLS
	case hasSuffixFold(path, ".mpd"):
		return DASH
	}
	return None
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// Replace decides what becomes of one reference: target is what it resolves to, reference what
// the manifest has. It returns the text to put there, or reference itself.
type Replace func(target *url.URL, reference string) string

// Rewrite returns src, a manifest found at base, with each reference replaced. Targets that
// cannot be known, since they are made of variables or cannot be parsed, stay as they are, and
// so does all of a src that is no manifest of the format. In the templates of DASH
// ("$Number$") the identifiers are part of the target's path.
func Rewrite(format Format, base *url.URL, src []byte, replace Replace) []byte {
	switch format {
	case HLS:
		return rewriteHLS(base, src, replace)
	case DASH:
		return rewriteDASH(base, src, replace)
	}
	return src
}

// apply replaces one reference.
func apply(base *url.URL, reference string, replace Replace) string {
	trimmed := strings.TrimSpace(reference)
	if trimmed == "" || strings.HasPrefix(trimmed, "#") {
		return reference
	}
	target, err := resolve(base, trimmed)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" {
		return reference // skd:, data:, urn: and the like are nothing an edge serves
	}
	before, after, _ := strings.Cut(reference, trimmed)
	return before + replace(target, trimmed) + after
}

// resolve resolves against a base that may be unknown (nil): then only an absolute reference has
// a target.
func resolve(base *url.URL, reference string) (*url.URL, error) {
	if base != nil {
		return base.Parse(reference)
	}
	target, err := url.Parse(reference)
	if err == nil && !target.IsAbs() {
		err = errNoBase
	}
	return target, err
}

var errNoBase = errors.New("a relative reference without a known base")

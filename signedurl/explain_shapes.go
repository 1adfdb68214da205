package signedurl

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// wildcards are resources that a canned policy cannot have.
func (e *explainer) wildcards() (out []*deviation) {
	u := &e.c.URL
	add := func(apply func(*shape)) {
		out = append(out, &deviation{
			CauseCannedWildcard, "It was signed for {resource} with a canned policy, which is for one URL and has no wildcards.",
			"Use a custom policy: give the signer a policy with this Resource, and send Policy (CloudFront-Policy) in place of Expires.", apply,
		})
	}
	path := func(p string) {
		add(func(s *shape) { s.path, s.query = p, "" })
	}
	for i := len(u.Path) - 1; i >= 0 && len(out) < 32; i-- {
		if u.Path[i] == '/' {
			path(u.Path[:i+1] + "*")
			if dot := strings.LastIndexByte(u.Path, '.'); dot > i {
				path(u.Path[:i+1] + "*" + u.Path[dot:])
			}
		}
	}
	path(u.Path + "*")
	path("*")
	add(func(s *shape) { s.query = "?*" })
	for _, whole := range []string{"*", "http*://*", "https://*", "http://*", "*://*", "https://*/*", "http://*/*"} {
		add(func(s *shape) { s.whole = whole })
	}
	for _, scheme := range []string{"http*://", "*://"} {
		for _, p := range []string{u.Path, "/*"} {
			add(func(s *shape) { s.whole = scheme + u.Host + p })
		}
	}
	return out
}

// paths are other spellings of the path.
func paths(path string) (out []*deviation) {
	add := func(id Cause, signed, cause, fix string) {
		if signed != path && !slices.ContainsFunc(out, func(d *deviation) bool { return d.cause == cause }) {
			out = append(out, &deviation{id, cause, fix, func(s *shape) { s.path = signed }})
		}
	}
	const exactly = "Encode the path first and sign the result: the bytes signed must be those on the wire."
	for _, s := range respellings(path, true) {
		add(CausePathEncoding, s.text, "The path was signed "+s.how+": "+shorten(s.text), exactly)
	}
	const other = "Sign the path exactly as viewers ask for it."
	for _, s := range []struct{ text, how string }{
		{strings.TrimSuffix(path, "/"), "without its final slash"},
		{path + "/", "with a final slash"},
		{"/" + path, "with a second slash before it"},
		{strings.ReplaceAll(path, "//", "/"), "with single slashes"},
		{strings.ToLower(path), "in lower case"},
	} {
		add(CausePath, s.text, "The path was signed "+s.how+": "+shorten(s.text), other)
	}
	for rest, n := path, 0; n < 4; n++ {
		i := strings.IndexByte(rest[1:], '/')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		add(CausePath, rest, "The path was signed without its beginning: "+shorten(rest), other)
	}
	return out
}

// respelling is another encoding of the same characters.
type respelling struct{ text, how string }

// respellings of a part of a URL. Paths keep their slashes.
func respellings(s string, path bool) []respelling {
	decoded := percentDecode(s)
	out := []respelling{
		{decoded, "decoded"},
		{percentDecode(decoded), "decoded twice"},
		{decodeReserved(s), "with only some characters encoded"},
		{strings.ReplaceAll(s, "%20", "+"), "with + for a blank"},
		{strings.ReplaceAll(s, "+", "%20"), "with %20 in place of +"},
		{strings.ReplaceAll(s, "+", " "), "with blanks in place of +"},
		{strings.ReplaceAll(s, "%20", " "), "with blanks in place of %20"},
		{strings.ReplaceAll(s, "+", "%2B"), "with + encoded"},
		{strings.ReplaceAll(s, "%", "%25"), "encoded twice"},
		{escapes(s, strings.ToLower), "with escapes in lower case"},
		{escapes(s, strings.ToUpper), "with escapes in upper case"},
	}
	if path {
		segments := strings.Split(decoded, "/")
		for i := range segments {
			segments[i] = strings.ReplaceAll(url.QueryEscape(segments[i]), "+", "%20")
		}
		return append(out, respelling{strings.Join(segments, "/"), "with more characters encoded"}, respelling{strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20"), "with its slashes encoded"})
	}
	return append(out, respelling{strings.ReplaceAll(s, "&", "&amp;"), "with & as &amp;"})
}

// decodeReserved undoes the escapes of punctuation, which some encoders leave alone.
func decodeReserved(s string) string {
	return strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%3A", ":", "%3B", ";", "%40", "@", "%3D", "=", "%2C", ",",
		"%24", "$", "%2B", "+", "%26", "&", "%7E", "~", "%3a", ":", "%3b", ";", "%3d", "=", "%2c", ",", "%7e", "~").Replace(s)
}

// escapes maps the hexadecimal digits of escapes.
func escapes(s string, to func(string) string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			b.WriteString(to(s[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func standardBase64(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }

func percentEncodeAll(b []byte) []byte {
	return []byte(strings.ReplaceAll(url.QueryEscape(string(b)), "+", "%20"))
}

package signedurl

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// schemes are other beginnings of the URL.
func (e *explainer) schemes() []*deviation {
	asked := e.c.URL.Scheme
	other := map[string]string{"http": "https", "https": "http"}[asked]
	bare := func(how, beginning string) *deviation {
		return &deviation{CauseResourceNotURL, "What was signed is not a whole URL: " + how + ".",
			"Sign the URL as viewers ask for it, from https:// on.", func(s *shape) { s.scheme = beginning }}
	}
	return []*deviation{
		{CauseScheme, "It was signed for " + other + "://, and the request is for " + asked + "://.",
			"Sign the URL with the scheme viewers use. A custom policy with a Resource that begins with http*:// is good for both.",
			func(s *shape) { s.scheme = other + "://" }},
		bare("it has no scheme", ""), bare("it begins with //", "//"),
	}
}

// hosts are other hosts that may have been signed.
func (e *explainer) hosts() (out []*deviation) {
	u := &e.c.URL
	add := func(host string) {
		if host != "" && host != u.Host {
			d := e.hostDeviation(host)
			d.apply = func(s *shape) { s.host = host }
			out = append(out, d)
		}
	}
	name, port := splitPort(u.Host)
	add(name)
	for _, p := range []string{":443", ":80"} {
		add(name + p)
	}
	for _, host := range e.q.Hosts {
		host = strings.ToLower(host)
		bare, own := splitPort(host)
		add(host)
		add(bare)
		if port != "" && own == "" {
			add(host + ":" + port)
		}
		if bucket, rest, ok := strings.Cut(bare, ".s3"); ok && isS3Host(bare) {
			add("s3" + rest + "/" + bucket)
			add("s3.amazonaws.com/" + bucket)
			add(bucket + ".s3.amazonaws.com")
		}
	}
	if strings.HasPrefix(name, "www.") {
		add(u.Host[len("www."):])
	} else {
		add("www." + u.Host)
	}
	out = append(out, &deviation{CauseResourceNotURL, "What was signed is not a whole URL: it has neither scheme nor host.",
		"Sign the URL as viewers ask for it, from https:// on.", func(s *shape) { s.scheme, s.host = "", "" }})
	return append(out, &deviation{CauseResourceNotURL, "What was signed is not a whole URL: it is the object's key.",
		"Sign the URL as viewers ask for it, from https:// on.", func(s *shape) { s.scheme, s.host, s.path = "", "", strings.TrimPrefix(s.path, "/") }})
}

// hostDeviation explains a signature for another host.
func (e *explainer) hostDeviation(signed string) *deviation {
	asked := e.c.URL.Host
	askedName, askedPort := splitPort(asked)
	name, port := splitPort(signed)
	switch {
	case isS3Host(signed):
		return &deviation{id: CauseS3Host, cause: "It was signed for the S3 host " + signed + ", and the request is for " + asked + ".",
			fix: "Sign the URL of the distribution: its own domain or one of its aliases, never the bucket's."}
	case name == askedName && port != askedPort:
		return &deviation{id: CausePort, cause: "It was signed for " + signed + ", and the request is for " + asked + ": the port differs.",
			fix: "Sign the URL with the port viewers use, if they have to name one."}
	}
	return &deviation{id: CauseHost, cause: "It was signed for the host " + signed + ", and the request is for " + asked + ".",
		fix: "Sign the URL with the host viewers use. A custom policy may have a wildcard for the host."}
}

// isS3Host recognises the names of S3 endpoints.
func isS3Host(host string) bool {
	name, _ := splitPort(strings.SplitN(host, "/", 2)[0])
	return strings.Contains(name, ".s3.") || strings.Contains(name, ".s3-") || strings.HasPrefix(name, "s3.") || strings.HasPrefix(name, "s3-") ||
		strings.HasSuffix(name, ".amazonaws.com")
}

// splitPort cuts a port off a host.
func splitPort(host string) (name, port string) {
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") {
		return host[:i], host[i+1:]
	}
	return host, ""
}

// wildcards are resources that a canned policy cannot have.
func (e *explainer) wildcards() (out []*deviation) {
	u := &e.c.URL
	add := func(apply func(*shape)) {
		out = append(out, &deviation{CauseCannedWildcard, "It was signed for {resource} with a canned policy, which is for one URL and has no wildcards.",
			"Use a custom policy: give the signer a policy with this Resource, and send Policy (CloudFront-Policy) in place of Expires.", apply})
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
		{strings.TrimSuffix(path, "/"), "without its final slash"}, {path + "/", "with a final slash"}, {"/" + path, "with a second slash before it"},
		{strings.ReplaceAll(path, "//", "/"), "with single slashes"}, {strings.ToLower(path), "in lower case"},
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
	out := []respelling{{decoded, "decoded"}, {percentDecode(decoded), "decoded twice"}, {decodeReserved(s), "with only some characters encoded"},
		{strings.ReplaceAll(s, "%20", "+"), "with + for a blank"}, {strings.ReplaceAll(s, "+", "%20"), "with %20 in place of +"},
		{strings.ReplaceAll(s, "+", " "), "with blanks in place of +"}, {strings.ReplaceAll(s, "%20", " "), "with blanks in place of %20"},
		{strings.ReplaceAll(s, "+", "%2B"), "with + encoded"}, {strings.ReplaceAll(s, "%", "%25"), "encoded twice"},
		{escapes(s, strings.ToLower), "with escapes in lower case"}, {escapes(s, strings.ToUpper), "with escapes in upper case"}}
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

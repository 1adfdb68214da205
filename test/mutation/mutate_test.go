package mutation

import (
	"fmt"
	"net"
	"strings"
)

// mutate changes one or two things about a request, as attackers, proxies, browsers and careless
// programs do. other is another signed request, whose parts may get mixed in.
func (r *random) mutate(q, other request) request {
	for range 1 + r.IntN(2) {
		switch r.IntN(12) {
		case 0, 1:
			r.part(&q, r.bytes)
		case 2, 3, 4:
			q.query, q.cookie = r.parameters(q.query, "&", ""), r.parameters(q.cookie, "; ", "CloudFront-")
		case 5:
			r.part(&q, r.encoding)
		case 6:
			q.path = r.pathTrick(q.path)
		case 7:
			q = r.mix(q, other)
		case 8:
			q.now += int64(r.IntN(3)-1) * []int64{1, 1_000_000_000, 3_600_000_000_000, 200_000_000_000_000_000}[r.IntN(4)]
		case 9:
			q.viewer = net.ParseIP(r.pick("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.2.128", "192.0.2.127", "10.255.255.255", "11.0.0.0", "::ffff:192.0.2.1", "::1", "2001:db8:ffff::", "2001:db9::"))
		case 10:
			q.scheme = map[string]string{"http": "https", "https": "http"}[q.scheme]
		case 11:
			q.host = r.pick(ourDomain, ourAlias, ourDomain+":"+ourPort, ourAlias+":81", strings.ToUpper(q.host), q.host+":443", q.host+".", ourDomain+":08443")
		}
	}
	if !strings.HasPrefix(q.path, "/") {
		q.path = "/" + q.path
	}
	q.path = strings.ReplaceAll(q.path, "?", "!") // else it would not be the path
	return q
}

// part changes one of a request's texts.
func (r *random) part(q *request, change func(string) string) {
	parts := []*string{&q.query, &q.query, &q.query, &q.cookie, &q.cookie, &q.path, &q.host}
	p := parts[r.IntN(len(parts))]
	if *p != "" {
		*p = change(*p)
	}
}

// bytes flips a bit, or drops, doubles, replaces or inserts a byte.
func (r *random) bytes(s string) string {
	const likely = "aK=&;%/?*._-~+01 \"\\,:#"
	i := r.IntN(len(s))
	other := likely[r.IntN(len(likely))]
	return s[:i] + []string{string([]byte{s[i] ^ 1<<r.IntN(8)}), "", s[i:i+1] + s[i:i+1], string(other), s[i:i+1] + string(other)}[r.IntN(5)] + s[i+1:]
}

// parameters reorders, drops, doubles, renames, empties or swaps parameters or cookies.
func (r *random) parameters(s, separator, prefix string) string {
	if s == "" {
		return s
	}
	list := strings.Split(s, separator)
	i, j := r.IntN(len(list)), r.IntN(len(list))
	name, value, _ := strings.Cut(list[i], "=")
	_, foreign, _ := strings.Cut(list[j], "=")
	switch r.IntN(11) {
	case 0:
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	case 1:
		list = append(list[:i:i], list[i+1:]...)
	case 2:
		list = append(list, list[i])
	case 3:
		list = append([]string{name + "=" + foreign}, list...)
	case 4:
		list[i] = r.pick(strings.ToLower(name), strings.ToUpper(name), " "+name, name+" ", name+"%20", "%"+fmt.Sprintf("%02X", name+"x")[:2]+name[min(1, len(name)):]) + "=" + value
	case 5:
		list[i] = r.pick(name, name+"=", name+"==", "="+value)
	case 6:
		list[i] = name + "=" + foreign
	case 7:
		list = append(list, prefix+r.pick("Expires=2147483647", "Expires", "Policy=", "Policy=e30_", "Signature=", "Signature=AAAA", "Key-Pair-Id=KRSA", "Hash-Algorithm=SHA256", "Hash-Algorithm=SHA1", "Hash-Algorithm=", "Hash-Algorithm=sha256"))
	case 8:
		list[i] = name + "=" + r.pick("+5", "05", "5.0", "2147483648", "02147483647", "2147483647000", "KRSA", "KEC", "KSMALL", "K", "SHA1", "SHA256", "SHA512", `"`+value+`"`)
	case 9:
		list = append(list, "", "a=b")
	case 10:
		list = append([]string{prefix + r.pick("Expires=2147483647", "Signature=AAAA", "Policy=e30_", "Key-Pair-Id=", "Hash-Algorithm=SHA1")}, list...)
	}
	return strings.Join(list, separator)
}

// encoding writes a character in another way, or changes alphabet or padding.
func (r *random) encoding(s string) string {
	i := r.IntN(len(s))
	switch r.IntN(9) {
	case 0:
		return s[:i] + fmt.Sprintf("%%%02X", s[i]) + s[i+1:]
	case 1:
		return s[:i] + fmt.Sprintf("%%%02x", s[i]) + s[i+1:]
	case 2:
		return strings.ReplaceAll(s, "~", r.pick("%7E", "%7e", "%257E", "/", "%2F"))
	case 3:
		return strings.ReplaceAll(s, "-", r.pick("%2D", "+", "%2B", " "))
	case 4:
		return strings.ReplaceAll(s, "_", r.pick("%5F", "=", "%3D", "", "__"))
	case 5:
		return strings.ReplaceAll(s, "%", "%25")
	case 6:
		return strings.ReplaceAll(s, "%", r.pick("%%", ""))
	case 7:
		return strings.ReplaceAll(s, "&", r.pick("&amp;", ";", "%26", "&&"))
	}
	return s + r.pick("_", "__", "%", "%4", "%00", "AAAA", "\n", "\r\n")
}

// pathTrick writes a path as some servers would take it for the same, or for a neighbour's.
func (r *random) pathTrick(s string) string {
	i := max(0, strings.LastIndexByte(s, '/'))
	switch r.IntN(7) {
	case 0:
		return s[:i] + r.pick("//", "/./", "/../", "/x/../", "/%2e/", "/%2e%2e/", "/..;/", `/..\`, "/%2f", "%2f", "/;a/") + strings.TrimPrefix(s[i:], "/")
	case 1:
		return r.pick("/", "/.", "/..", "/a/..", "/%2e%2e", "/a/%252e%252e") + s
	case 2:
		return s + r.pick("/", "/.", "/..", "%00", ";x", "#y", "%3Fx=1", "%20", "..", ".")
	case 3:
		return strings.ToUpper(s)
	case 4:
		return strings.ReplaceAll(s, "a", r.pick("%61", "%2561", "b", "A"))
	case 5:
		return strings.ReplaceAll(s, "/", r.pick("//", "%2F", `\`))
	}
	return r.pick("/", "/a", "/a/b.mp4", "/b", "/*", "/a/*")
}

// mix puts parts of two requests together.
func (r *random) mix(q, other request) request {
	switch r.IntN(6) {
	case 0:
		q.cookie = other.cookie
	case 1:
		q.query = other.query
	case 2:
		q.path = other.path
	case 3:
		q.cookie = strings.TrimPrefix(q.cookie+"; "+other.cookie, "; ")
	case 4:
		q.query = strings.Trim(q.query+"&"+other.query, "&")
	case 5:
		q.query = strings.Trim(q.query+r.pick("&Expires=1", "&Signature", "&Key-Pair-Id=x", "&policy=1", "&Hash-Algorithm"), "&")
	}
	return q
}

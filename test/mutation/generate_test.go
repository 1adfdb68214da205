package mutation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"

	crand "crypto/rand"
)

// The clock stands here, more or less.
const (
	now       = 2_000_000_000
	nowNanos  = now * 1_000_000_000
	ourDomain = "d1.cloudfront.localhost"
	ourAlias  = "media.example"
	ourPort   = "8443"
)

// random is a source of requests.
type random struct {
	*rand.Rand
	keys []signingKey
}

// signingKey is a key pair that the behavior trusts.
type signingKey struct {
	id      string
	private crypto.Signer
}

func (r *random) pick(list ...string) string { return list[r.IntN(len(list))] }

// chance is true once in n times.
func (r *random) chance(n int) bool { return r.IntN(n) == 0 }

// signed is a request signed by one of the keys, mostly one to be admitted.
func (r *random) signed() request {
	q := request{
		scheme: r.pick("https", "https", "http"), host: r.pick(ourDomain, ourDomain, ourAlias, ourDomain+":"+ourPort, ourDomain+":81"),
		path:   r.pick("/", "/a", "/a/b.mp4", "/a/b%20c/d.m3u8", "/caf%C3%A9", "/a/./b", "//a//b", "/a/../b", "/~x/-_.y", "/%7Ex", "/a%2Fb"),
		query:  r.pick("", "", "", "x=1", "x=1&y=~&x=", "size=large&size", "a=b=c&%45xpires=1", "expires=1&policy=2"),
		viewer: net.ParseIP(r.pick("192.0.2.1", "192.0.2.1", "192.0.2.255", "192.0.3.0", "10.1.2.3", "2001:db8::7")), now: nowNanos,
	}
	if v4 := q.viewer.To4(); v4 != nil {
		q.viewer = v4
	}
	q.now += int64(r.IntN(3)-1) * int64(r.IntN(2))
	u := url{q.scheme, q.host, q.path, q.query}
	if r.chance(3) {
		u.host = strings.TrimSuffix(u.host, ":"+ourPort)
	}
	key := r.keys[r.IntN(len(r.keys))]
	hash := r.pick("", "SHA1", "SHA256")
	parameters := []string{"Key-Pair-Id=" + key.id}
	if hash != "" {
		parameters = append(parameters, "Hash-Algorithm="+hash)
	}
	expires := r.pick("2000000001", "2000000000", "1999999999", "2147483647", "2147483647", "2147483647", "2147483647")
	text := fmt.Sprintf(`{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}`, u, expires)
	if r.chance(3) {
		parameters = append(parameters, "Expires="+expires)
	} else {
		text = r.policy(u, expires)
		parameters = append(parameters, "Policy="+toBase64([]byte(text)))
		if r.chance(8) {
			parameters = append(parameters, "Expires="+expires)
		}
	}
	parameters = append(parameters, "Signature="+toBase64(sign(key.private, hash, text)))
	r.Shuffle(len(parameters), func(i, j int) { parameters[i], parameters[j] = parameters[j], parameters[i] })
	if r.chance(3) {
		q.cookie = r.pick("", "session=1; ", "CloudFront-Other=x;") + "CloudFront-" + strings.Join(parameters, r.pick("; CloudFront-", ";CloudFront-", " ;\tCloudFront-"))
		return q
	}
	if q.query != "" {
		at := r.IntN(len(parameters) + 1)
		parameters = append(parameters[:at:at], append([]string{q.query}, parameters[at:]...)...)
	}
	q.query = strings.Join(parameters, "&")
	return q
}

// policy is a custom policy for a URL, sometimes an odd one.
func (r *random) policy(u url, expires string) string {
	resource := r.resource(u)
	space := r.pick("", "", "", " ", "\n\t")
	member := func(name, value string) string { return space + `"` + name + `":` + space + value }
	conditions := []string{member("DateLessThan", `{"AWS:EpochTime":`+r.rare(expires, `"5"`, "2147483648", "2e9", "-1", "2000000001000", "null", "1.0")+"}")}
	if r.chance(4) {
		conditions = append(conditions, member("DateGreaterThan", `{"AWS:EpochTime":`+r.pick("1999999999", "1999999999", "2000000000", "0", "-5")+"}"))
	}
	if r.chance(3) {
		conditions = append(conditions, member("IpAddress", `{"AWS:SourceIp":"`+r.pick("192.0.2.0/24", "192.0.2.0/24", "192.0.2.1", "192.0.2.1/32", "0.0.0.0/0", "10.0.0.0/8",
			"192.0.2.77/25", "2001:db8::/32", "::/0", "::ffff:192.0.2.1", "192.0.2.0/33", "192.0.2.0/024", "192.0.02.1", "fe80::1%1", "", "any")+`"}`))
	}
	if r.chance(12) {
		conditions = append(conditions, r.pick(conditions[0], member("Extra", "[1,{}]"), member("DateEquals", "null"), member("dateLessThan", "{}")))
	}
	r.Shuffle(len(conditions), func(i, j int) { conditions[i], conditions[j] = conditions[j], conditions[i] })
	parts := []string{member("Condition", "{"+strings.Join(conditions, ",")+space+"}")}
	if resource != "" {
		parts = append(parts, member("Resource", `"`+resource+`"`))
	}
	if r.chance(15) {
		parts = append(parts, r.pick(parts[len(parts)-1], member("Sid", `"x"`), member("Resourc\\u0065", `"*"`), member("Principal", "{}")))
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	statement := "{" + strings.Join(parts, ",") + space + "}"
	statement = r.rare("["+statement+"]", statement, "["+statement+","+statement+"]", "[["+statement+"]]", "[]", "[null]")
	return r.rare("", " ", "\ufeff") + "{" + member("Statement", statement) + r.rare("", `,"Version":"2012"`, `,"Statement":[]`) + space + "}" + r.rare("", "\n", "x", "{}")
}

// rare is mostly usual.
func (r *random) rare(usual string, odd ...string) string {
	if r.chance(25) {
		return r.pick(odd...)
	}
	return usual
}

// resource is a pattern that covers the URL, or nearly does, as it stands in JSON.
func (r *random) resource(u url) string {
	s := u.String()
	switch r.IntN(8) {
	case 0:
		return ""
	case 1:
		return r.pick("*", "http*://*", "https://*", "*://*", "*"+u.host+"*", "*://"+u.host+"/*", "https://*/a/*", "*"+u.host, "http://*")
	case 2:
		return u.scheme + "://" + u.host + r.pick("*", "", "/*", "?*", "/", `\\?*`, `\?x=1`)
	case 3:
		return r.pick("*", "http*", u.scheme) + "://" + u.host + u.path + r.pick(`\\?`, `\?`, "?", "*", `*\\?*`, `\u003f`) + u.query
	case 4:
		return s
	}
	b := []byte(s)
	for range 1 + r.IntN(3) {
		i := r.IntN(len(b))
		j := min(len(b), i+r.IntN(8))
		switch wild := r.pick("*", "*", "?", "**", `\\?`, "*?"); {
		case wild == "?":
			b[i] = '?'
		default:
			b = append(b[:i:i], append([]byte(wild), b[j:]...)...)
		}
	}
	return string(b)
}

func toBase64(b []byte) string {
	return strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString(b))
}

func sign(key crypto.Signer, hash, text string) []byte {
	sum := sha1.Sum([]byte(text))
	digest, id := sum[:], crypto.SHA1
	if hash == "SHA256" {
		sum := sha256.Sum256([]byte(text))
		digest, id = sum[:], crypto.SHA256
	}
	var out []byte
	var err error
	switch key := key.(type) {
	case *rsa.PrivateKey:
		out, err = rsa.SignPKCS1v15(nil, key, id, digest)
	case *ecdsa.PrivateKey:
		out, err = ecdsa.SignASN1(crand.Reader, key, digest)
	}
	if err != nil {
		panic(err) // a key that cannot sign
	}
	return out
}

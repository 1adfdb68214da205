package mutation

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"net"
	"regexp"
	"slices"
	"strings"
)

// request is one request with everything its admission may depend on.
type request struct {
	scheme, host, path, query, cookie string
	viewer                            net.IP
	now                               int64 // Unix nanoseconds
}

// reference decides on requests slowly and by other means than signedurl, which it shares no
// code with: regular expressions, maps, encoding/json, RSA in big integers.
type reference struct {
	keys  map[string]any // *rsa.PublicKey or *ecdsa.PublicKey
	ports []string       // that links may leave out
}

var (
	reservedParameter = regexp.MustCompile(`(?s)^(Expires|Policy|Signature|Key-Pair-Id|Hash-Algorithm)(?:=(.*))?$`)
	reservedCookie    = regexp.MustCompile(`(?s)^CloudFront-(Expires|Policy|Signature|Key-Pair-Id|Hash-Algorithm)(?:=(.*))?$`)
	quoted            = regexp.MustCompile(`(?s)^"(.*)"$`)
	escape            = regexp.MustCompile(`%([0-9A-Fa-f]{2})`)
	seconds           = regexp.MustCompile(`^[0-9]{1,10}$`)
)

// decide returns CloudFront's error code, "" for an admitted request.
func (r *reference) decide(q *request) string {
	given, own := credentials(q)
	if given["Key-Pair-Id"] == "" {
		return "MissingKey"
	}
	key := r.keys[given["Key-Pair-Id"]]
	if key == nil {
		return "InvalidKey"
	}
	hash := given["Hash-Algorithm"]
	if given["Signature"] == "" || hash != "" && hash != "SHA1" && hash != "SHA256" {
		return "AccessDenied"
	}
	signature, ok := fromBase64(given["Signature"])
	if !ok || len(signature) > 2048 {
		return "MalformedSignature"
	}
	urls := r.urls(q, own)
	var policy []byte
	switch {
	case given["Policy"] != "":
		if policy, ok = fromBase64(given["Policy"]); !ok || len(policy) > 8192 {
			return "MalformedPolicy"
		}
	case given["Expires"] != "":
		return canned(q, urls, given["Expires"], func(text string) bool { return verifies(key, hash, []byte(text), signature) })
	default:
		return "AccessDenied"
	}
	if !verifies(key, hash, policy, signature) {
		return "AccessDenied"
	}
	p, ok := readPolicy(policy)
	switch {
	case !ok:
		return "MalformedPolicy"
	case !slices.ContainsFunc(urls, func(u url) bool { return p.resource == nil || covers(*p.resource, u) }):
		return "AccessDenied"
	case q.now >= p.before*1e9, p.after != nil && q.now <= *p.after*1e9, !p.admits(q.viewer):
		return "AccessDenied"
	}
	return ""
}

// canned decides by the policy that is never sent.
func canned(q *request, urls []url, expires string, verifies func(string) bool) string {
	at, _ := new(big.Int).SetString(expires, 10)
	if !seconds.MatchString(expires) || at.Cmp(big.NewInt(1<<31-1)) > 0 {
		return "MalformedPolicy"
	}
	for _, u := range urls {
		text := u.String()
		if !strings.Contains(text, `"`) && verifies(`{"Statement":[{"Resource":"`+text+`","Condition":{"DateLessThan":{"AWS:EpochTime":`+expires+`}}}]}`) {
			if q.now < at.Int64()*1e9 {
				return ""
			}
			return "AccessDenied"
		}
	}
	return "AccessDenied"
}

// credentials finds the signing parameters, and the query without them. A query with any of
// their names decides alone. First occurrences count.
func credentials(q *request) (given map[string]string, own string) {
	given = map[string]string{}
	note := func(m []string) {
		if _, repeated := given[m[1]]; !repeated {
			given[m[1]] = m[2]
		}
	}
	var kept []string
	for _, parameter := range strings.Split(q.query, "&") {
		if m := reservedParameter.FindStringSubmatch(parameter); m != nil {
			note(m)
		} else {
			kept = append(kept, parameter)
		}
	}
	if len(given) == 0 {
		for _, cookie := range strings.Split(q.cookie, ";") {
			if m := reservedCookie.FindStringSubmatch(strings.Trim(cookie, " \t")); m != nil {
				m[2] = quoted.ReplaceAllString(m[2], "$1")
				note(m)
			}
		}
	}
	for name, value := range given {
		given[name] = escape.ReplaceAllStringFunc(value, func(e string) string {
			n, _ := new(big.Int).SetString(e[1:], 16)
			return string([]byte{byte(n.Int64())})
		})
	}
	return given, strings.Join(kept, "&")
}

// url is one reading of what was asked for.
type url struct{ scheme, host, path, query string }

func (u url) String() string {
	s := u.scheme + "://" + u.host + u.path
	if u.query != "" {
		s += "?" + u.query
	}
	return s
}

// urls are what signatures may be over: with the port of the server or without it.
func (r *reference) urls(q *request, own string) []url {
	all := []url{{q.scheme, q.host, q.path, own}}
	for _, port := range r.ports {
		if host, found := strings.CutSuffix(q.host, ":"+port); found && host != "" {
			all = append(all, url{q.scheme, host, q.path, own})
		}
	}
	return all
}

// fromBase64 reads CloudFront's alphabet: padded, and neither "+", "/" nor "=".
func fromBase64(s string) ([]byte, bool) {
	if !regexp.MustCompile(`^[A-Za-z0-9~_-]+$`).MatchString(s) {
		return nil, false
	}
	out, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(s))
	return out, err == nil
}

// verifies reports whether a signature is the key's over a text.
func verifies(key any, hash string, text, signature []byte) bool {
	sum := sha1.Sum(text)
	digest, info := sum[:], "3021300906052b0e03021a05000414"
	if hash == "SHA256" {
		sum := sha256.Sum256(text)
		digest, info = sum[:], "3031300d060960864801650304020105000420"
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		// RFC 8017, 8.2.2 and 9.2: 00 01 FF… 00 DigestInfo.
		size := (key.N.BitLen() + 7) / 8
		want := info + new(big.Int).SetBytes(append([]byte{1}, digest...)).Text(16)[1:]
		want = "1" + strings.Repeat("ff", size-3-len(want)/2) + "00" + want
		s := new(big.Int).SetBytes(signature)
		return len(signature) == size && s.Cmp(key.N) < 0 && s.Exp(s, big.NewInt(int64(key.E)), key.N).Text(16) == want
	case *ecdsa.PublicKey:
		var rs struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(signature, &rs); err != nil {
			return false
		}
		again, err := asn1.Marshal(rs)
		return err == nil && string(again) == string(signature) && rs.R.Sign() > 0 && rs.S.Sign() > 0 && ecdsa.Verify(key, digest, rs.R, rs.S)
	}
	return false
}

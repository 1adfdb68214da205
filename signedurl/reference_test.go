package signedurl_test

import (
	"crypto/ecdsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

// refVerify is the whole decision written a second time, slowly and with other means: maps,
// regular expressions, encoding/json. It returns CloudFront's code, "" for admitted.
func refVerify(r signedurl.Request, id string, key *ecdsa.PublicKey, viewer net.IP, now int64) string {
	values := map[string]string{}
	var kept []string
	reserved := regexp.MustCompile(`^(Expires|Policy|Signature|Key-Pair-Id|Hash-Algorithm)(?:=(.*))?$`)
	take := func(m []string) {
		if _, repeated := values[m[1]]; !repeated {
			values[m[1]] = m[2]
			if v, err := url.PathUnescape(m[2]); err == nil {
				values[m[1]] = v
			}
		}
	}
	for _, part := range strings.Split(r.RawQuery, "&") {
		if m := reserved.FindStringSubmatch(part); m != nil {
			take(m)
		} else {
			kept = append(kept, part)
		}
	}
	if len(values) == 0 {
		for _, cookie := range regexp.MustCompile(`\s*;\s*`).Split(r.Cookie, -1) {
			if name, ok := strings.CutPrefix(cookie, "CloudFront-"); ok {
				if m := reserved.FindStringSubmatch(name); m != nil {
					take(m)
				}
			}
		}
	}
	query := strings.Join(kept, "&")
	if values["Key-Pair-Id"] == "" {
		return "MissingKey"
	}
	if values["Key-Pair-Id"] != id {
		return "InvalidKey"
	}
	if values["Signature"] == "" || !regexp.MustCompile(`^(SHA1|SHA256|)$`).MatchString(values["Hash-Algorithm"]) {
		return "AccessDenied"
	}
	signature, ok := refDecode(values["Signature"])
	if !ok {
		return "MalformedSignature"
	}
	target := r.Scheme + "://" + r.Host + r.Path
	if query != "" {
		target += "?" + query
	}
	var text []byte
	switch {
	case values["Policy"] != "":
		if text, ok = refDecode(values["Policy"]); !ok {
			return "MalformedPolicy"
		}
	case values["Expires"] == "":
		return "AccessDenied"
	case !regexp.MustCompile(`^\d{1,10}$`).MatchString(values["Expires"]) || len(values["Expires"]) == 10 && values["Expires"] > "2147483647":
		return "MalformedPolicy"
	default:
		text = []byte(fmt.Sprintf(`{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}`, target, values["Expires"]))
	}
	digest := sha1.New()
	if values["Hash-Algorithm"] == "SHA256" {
		digest = sha256.New()
	}
	digest.Write(text)
	if !ecdsa.VerifyASN1(key, digest.Sum(nil), signature) {
		return "AccessDenied"
	}
	return refEvaluate(text, values["Policy"] == "", r, query, viewer, now)
}

func refDecode(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "+/=\r\n") {
		return nil, false
	}
	b, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(s))
	return b, err == nil
}

func refEvaluate(text []byte, canned bool, r signedurl.Request, query string, viewer net.IP, now int64) string {
	type epoch struct {
		At *int32 `json:"AWS:EpochTime"`
	}
	var policy struct {
		Statement []struct {
			Resource  *string
			Condition struct {
				DateLessThan, DateGreaterThan *epoch
				IpAddress                     *struct {
					IP string `json:"AWS:SourceIp"`
				}
			}
		}
	}
	if json.Unmarshal(text, &policy) != nil || len(policy.Statement) != 1 {
		return "MalformedPolicy"
	}
	s := policy.Statement[0]
	c := s.Condition
	if c.DateLessThan == nil || c.DateLessThan.At == nil {
		return "MalformedPolicy"
	}
	network := &net.IPNet{IP: viewer, Mask: net.CIDRMask(32, 32)}
	if c.IpAddress != nil {
		cidr := c.IpAddress.IP
		if !strings.Contains(cidr, "/") {
			cidr += "/32"
		}
		var err error
		if _, network, err = net.ParseCIDR(cidr); err != nil {
			return "MalformedPolicy"
		}
	}
	if !canned && s.Resource != nil && !refMatch(*s.Resource, r.Scheme, r.Host, r.Path, query) {
		return "AccessDenied"
	}
	if now >= int64(*c.DateLessThan.At) || c.DateGreaterThan != nil && now <= int64(*c.DateGreaterThan.At) {
		return "AccessDenied"
	}
	if !network.Contains(viewer) {
		return "AccessDenied"
	}
	return ""
}

// TestReference signs random policies, asks for random URLs and damages some of the requests:
// both verifiers must decide alike.
func TestReference(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	key, private := newECDSA(t)
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	counts := map[string]int{}
	for range 1500 {
		r := signedurl.Request{Scheme: pick("http", "https"), Host: pick("h.example", "i.example:81"), Path: pick("/", "/a", "/a/b%20c")}
		own := pick("", "", "x=1", "x=1&y=~&x=", "%7E")
		whole := r.Scheme + "://" + r.Host + r.Path
		if own != "" {
			whole += "?" + own
		}
		h := signedurl.Hash(rnd.IntN(2))
		params := []string{"Key-Pair-Id=" + pick("K", "K", "K", "K", "K", "K", "K", "K", "K", "K2"), "Hash-Algorithm=" + h.String()}
		if rnd.IntN(3) == 0 {
			expires := pick("999", "1000", "1001", "2147483647")
			text := fmt.Sprintf(`{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}`, whole, expires)
			params = append(params, "Expires="+expires, "Signature="+signText(t, private, h, text))
		} else {
			text := fmt.Sprintf(pick(`{"Statement":[{%s"Condition":{%s%s"DateLessThan":{"AWS:EpochTime":%s}}}]}`, `{ "Statement": [{%s "Condition":{%s%s"DateLessThan":{"AWS:EpochTime": %s}}} ],"X":[1] }`),
				pick("", `"Resource":"`+whole+`",`, `"Resource":"`+whole+`",`, `"Resource":"*://*.example*",`, `"Resource":"https://*/a*",`, `"Resource":"*",`, `"Resource":"http*://*",`, `"Resource":"http*://?.example:81/a?x=*",`, `"Resource":5,`),
				pick("", "", `"DateGreaterThan":{"AWS:EpochTime":999},`, `"DateGreaterThan":{"AWS:EpochTime":1000},`),
				pick("", "", `"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},`, `"IpAddress":{"AWS:SourceIp":"192.0.2.1"},`, `"IpAddress":{"AWS:SourceIp":"10.0.0.0/8"},`, `"IpAddress":{"AWS:SourceIp":"x"},`),
				pick("1001", "2000000000", "2000000000", "2147483647", "1001", "1001", "1000", "2147483648", `"5"`, "1.5"))
			params = append(params, "Policy="+encode([]byte(text)), "Signature="+signText(t, private, h, text))
		}
		rnd.Shuffle(len(params), func(i, j int) { params[i], params[j] = params[j], params[i] })
		if rnd.IntN(4) == 0 {
			r.RawQuery, r.Cookie = own, "a=b; CloudFront-"+strings.Join(params, "; CloudFront-")
		} else {
			parts := append(params, own)
			if own == "" {
				parts = params
			}
			r.RawQuery = strings.Join(parts, "&")
		}
		if rnd.IntN(2) == 0 {
			damage(rnd, &r)
		}
		viewer := pick("192.0.2.1", "192.0.2.2", "10.9.8.7")
		want := refVerify(r, "K", key.Crypto().(*ecdsa.PublicKey), net.ParseIP(viewer).To4(), 1000)
		_, err := signedurl.Verify(&r, trusting("K", key), netip.MustParseAddr(viewer), time.Unix(1000, 0))
		got := ""
		if refusal, ok := err.(*signedurl.Refusal); ok {
			got = refusal.Code()
		}
		if got != want {
			t.Fatalf("%+v from %s: got %q (%v), reference says %q", r, viewer, got, err, want)
		}
		counts[got]++
	}
	for _, code := range []string{"", "AccessDenied", "MalformedPolicy", "MalformedSignature", "MissingKey", "InvalidKey"} {
		if counts[code] < 5 {
			t.Errorf("only %d cases of %q: %v", counts[code], code, counts)
		}
	}
}

// damage changes, drops, doubles or inserts a byte of one part, or drops or doubles a parameter.
func damage(rnd *rand.Rand, r *signedurl.Request) {
	part := []*string{&r.RawQuery, &r.RawQuery, &r.Cookie, &r.Path, &r.Host}[rnd.IntN(5)]
	if *part == "" {
		return
	}
	if separator := map[*string]string{&r.RawQuery: "&", &r.Cookie: "; "}[part]; separator != "" && rnd.IntN(2) == 0 {
		list := strings.Split(*part, separator)
		i, j := rnd.IntN(len(list)), rnd.IntN(len(list))
		list[i] = []string{"", list[j], strings.TrimRight(list[i], "_"), strings.ReplaceAll(list[i], "~", "%7e"), list[i] + "x"}[rnd.IntN(5)]
		*part = strings.Join(list, separator)
		return
	}
	const letters = "aK=&;%/?*._-~+0123"
	i := rnd.IntN(len(*part))
	*part = (*part)[:i] + []string{"", letters[rnd.IntN(len(letters)):][:1], (*part)[i:][:1] + (*part)[i:][:1]}[rnd.IntN(3)] + (*part)[i+1:]
	if !strings.HasPrefix(r.Path, "/") {
		r.Path = "/" + r.Path
	}
	r.Path, r.Host = strings.ReplaceAll(r.Path, "?", ""), strings.ReplaceAll(r.Host, "/", "")
}

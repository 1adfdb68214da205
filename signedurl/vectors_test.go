package signedurl_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

// foreign is a request signed by somebody else's signer; testdata/README.md says by whose.
type foreign struct {
	Name, Key, URL, Viewer, Cookie string
	KeyPairID                      string `json:"key_pair_id"`
	Now                            int64
}

func (v foreign) now() time.Time         { return time.Unix(v.Now, 0) }
func (v foreign) viewer() netip.Addr     { return netip.MustParseAddr(v.Viewer) }
func (v foreign) req() signedurl.Request { return requestFor(v.URL, v.Cookie) }

// requestFor is what a viewer sends for a URL.
func requestFor(url, cookie string) signedurl.Request {
	scheme, rest, _ := strings.Cut(url, "://")
	host, target, _ := strings.Cut(rest, "/")
	path, query, _ := strings.Cut("/"+target, "?")
	return signedurl.Request{Scheme: scheme, Host: host, Path: path, RawQuery: query, Cookie: cookie}
}

func readForeign(t testing.TB) []foreign {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []foreign
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func readKey(t testing.TB, name string) *signedurl.PublicKey {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".pub.pem")
	if err != nil {
		t.Fatal(err)
	}
	key, err := signedurl.ParsePublicKey(raw)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return key
}

// trusting trusts one key under one id.
func trusting(id string, key *signedurl.PublicKey) func(string) *signedurl.PublicKey {
	return func(asked string) *signedurl.PublicKey {
		if asked == id {
			return key
		}
		return nil
	}
}

// reasonOf returns 0 for nil and fails the test for anything but a refusal.
func reasonOf(t testing.TB, err error) signedurl.Reason {
	t.Helper()
	if err == nil {
		return 0
	}
	r, ok := errors.AsType[*signedurl.Refusal](err)
	if !ok {
		t.Fatalf("not a refusal: %v", err)
	}
	return r.Reason
}

func TestForeignSigners(t *testing.T) {
	t.Parallel()
	for _, v := range readForeign(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			keys := trusting(v.KeyPairID, readKey(t, v.Key))
			r := v.req()
			c, err := signedurl.Verify(&r, keys, v.viewer(), v.now())
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if _, left := signedurl.StripQuery(c.URL.Query); left {
				t.Errorf("query left is %q", c.URL.Query)
			}
			for spelling, q := range respelled(r) {
				if _, err := signedurl.Verify(&q, keys, v.viewer(), v.now()); err != nil {
					t.Errorf("%s: refused: %v", spelling, err)
				}
			}
			checkRefused(t, v, r, keys)
		})
	}
}

// respelled writes the same request as other clients do.
func respelled(r signedurl.Request) map[string]signedurl.Request {
	escape := strings.NewReplacer("~", "%7E", "_", "%5f", "-", "%2D")
	encoded, reversed, port := r, r, r
	encoded.RawQuery, encoded.Cookie = "", ""
	var own, reserved []string
	for part := range strings.SplitSeq(r.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		if _, is := signedurl.StripQuery(part); is {
			reserved = append([]string{name + "=" + escape.Replace(value)}, reserved...)
		} else if part != "" {
			own = append(own, part)
		}
	}
	encoded.RawQuery = strings.Join(append(reserved, own...), "&")
	reversed.RawQuery = strings.Join(append(own, reserved...), "&")
	if len(own) > 1 && len(reserved) > 0 { // reserved parameters amid the others
		reversed.RawQuery = strings.Join([]string{own[0], strings.Join(reserved, "&"), strings.Join(own[1:], "&")}, "&")
	}
	for part := range strings.SplitSeq(r.Cookie, "; ") {
		name, value, _ := strings.Cut(part, "=")
		encoded.Cookie = name + "=" + escape.Replace(value) + ";" + encoded.Cookie
	}
	reversed.Cookie = "a=b; CloudFront-Key=x;" + r.Cookie + "; CloudFront-Signature=later"
	if !strings.Contains(r.Host, ":") {
		port.Host += ":8443"
		port.OwnPorts = []uint16{8080, 8443}
	}
	return map[string]signedurl.Request{"percent-encoded": encoded, "reordered": reversed, "own port": port}
}

// checkRefused changes one thing at a time.
func checkRefused(t *testing.T, v foreign, r signedurl.Request, keys func(string) *signedurl.PublicKey) {
	t.Helper()
	never := func(string) *signedurl.PublicKey { return nil }
	late, host, path, scheme, foreignPort, hash := r, r, r, r, r, r
	host.Host = "elsewhere.example.test"
	path.Path = "/elsewhere" + path.Path
	scheme.Scheme = map[string]string{"http": "https", "https": "http"}[r.Scheme]
	foreignPort.Host += ":81"
	foreignPort.OwnPorts = []uint16{8081}
	if strings.Contains(r.RawQuery, "Hash-Algorithm") || strings.Contains(r.Cookie, "Hash-Algorithm") {
		hash.RawQuery = strings.ReplaceAll(r.RawQuery, "=SHA256", "=SHA1")
		hash.Cookie = strings.ReplaceAll(r.Cookie, "=SHA256", "=SHA1")
	} else if r.Cookie != "" {
		hash.Cookie += "; CloudFront-Hash-Algorithm=SHA256"
	} else {
		hash.RawQuery += "&Hash-Algorithm=SHA256"
	}
	for name, q := range map[string]signedurl.Request{"host": host, "scheme": scheme, "port": foreignPort, "hash": hash, "path": path} {
		if name == "path" && strings.Contains(v.Name, "cookies custom") {
			continue // the policy covers every path
		}
		if _, err := signedurl.Verify(&q, keys, v.viewer(), v.now()); err == nil {
			t.Errorf("another %s is admitted", name)
		} else if got := reasonOf(t, err); got != signedurl.SignatureMismatch && got != signedurl.ResourceMismatch {
			t.Errorf("another %s: %v", name, got)
		}
	}
	_, err := signedurl.Verify(&late, keys, v.viewer(), v.now().AddDate(1, 0, 0))
	if got := reasonOf(t, err); got != signedurl.Expired {
		t.Errorf("a year later: %v", got)
	}
	_, err = signedurl.Verify(&r, never, v.viewer(), v.now())
	if got := reasonOf(t, err); got != signedurl.UnknownKey {
		t.Errorf("untrusted key: %v", got)
	}
}

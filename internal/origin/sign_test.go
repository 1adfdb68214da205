package origin

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

var signedAt = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// signature computes AWS Signature Version 4 from its published description, independently
// of the signer in use.
func signature(method, path, query, payload, region, secret string, header map[string]string) string {
	names := []string{}
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	var fields strings.Builder
	for _, name := range names {
		fmt.Fprintf(&fields, "%s:%s\n", name, header[name])
	}
	canonical := strings.Join([]string{method, path, query, fields.String(), strings.Join(names, ";"), payload}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	scope := "20260304/" + region + "/s3/aws4_request"
	toSign := "AWS4-HMAC-SHA256\n20260304T050607Z\n" + scope + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + secret)
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, toSign))
}

func mac(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s))
	return h.Sum(nil)
}

// store is an in-process S3 store that records each request.
func store(t *testing.T) (dial func(context.Context) (net.Conn, error), seen func() *http.Request) {
	t.Helper()
	requests := make(chan *http.Request, 16)
	dial = func(context.Context) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			br := bufio.NewReader(server)
			for {
				head, err := http.ReadRequest(br)
				if err != nil {
					return
				}
				io.Copy(io.Discard, head.Body)
				requests <- head
				io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
		}()
		return client, nil
	}
	return dial, func() *http.Request { return <-requests }
}

func TestSigning(t *testing.T) {
	t.Parallel()
	dial, seen := store(t)
	c := New(Options{OwnStore: dial, Now: func() time.Time { return signedAt }})
	defer c.Close()
	for name, tc := range map[string]struct {
		method, domain, path, target, body string
		signing                            Signing
		token                              string
		header                             http.Header

		canonicalPath, canonicalQuery, region string
		unsigned                              bool
	}{
		"plain":            {target: "/private/x.txt", canonicalPath: "/private/x.txt"},
		"origin path":      {path: "/pre", target: "/x", canonicalPath: "/pre/x"},
		"escaped":          {target: "/a%20b/%7Ec", canonicalPath: "/a%20b/~c"},
		"unescaped":        {target: "/a(b)!+\xc3\xa9", canonicalPath: "/a%28b%29%21%2B%C3%A9"},
		"not normalised":   {target: "//a/../b/./c", canonicalPath: "//a/../b/./c"},
		"query":            {target: "/x?versionId=a%2Fb&b&a=1", canonicalPath: "/x", canonicalQuery: "a=1&b=&versionId=a%2Fb"},
		"odd query":        {target: "/x?z;y=1;2&&a=b+c", canonicalPath: "/x", canonicalQuery: "a=b%20c&z%3By=1%3B2"},
		"region in name":   {domain: "my.bucket.s3.eu-west-1.amazonaws.com", target: "/x", canonicalPath: "/x", region: "eu-west-1"},
		"old region form":  {domain: "bucket.s3-eu-west-1.amazonaws.com", target: "/x", canonicalPath: "/x", region: "eu-west-1"},
		"session token":    {target: "/x", token: "tok", canonicalPath: "/x"},
		"upload":           {method: "PUT", target: "/x", body: "data", canonicalPath: "/x", header: http.Header{"X-Amz-Meta-A": {"1"}}},
		"overrides viewer": {target: "/x", canonicalPath: "/x", header: http.Header{"Authorization": {"viewer's"}, "X-Amz-Security-Token": {"viewer's"}}},
		"no override":      {target: "/x", signing: SignNoOverride, unsigned: true, header: http.Header{"Authorization": {"viewer's"}}},
		"nothing to keep":  {target: "/x", signing: SignNoOverride, canonicalPath: "/x"},
		"unsigned":         {target: "/x", signing: NoSigning, unsigned: true},
	} {
		o := &Origin{Domain: "bucket.s3.amazonaws.com", Path: tc.path, S3: true, Signing: SignAlways, Credentials: Credentials{"AKID", "SECRET", tc.token}}
		if tc.domain != "" {
			o.Domain = tc.domain
		}
		if name == "unsigned" || tc.signing != NoSigning {
			o.Signing = tc.signing
		}
		r := &Request{Method: "GET", Target: tc.target, Host: "viewer.example", Header: tc.header}
		if tc.body != "" {
			r.Method, r.Body, r.ContentLength = tc.method, strings.NewReader(tc.body), int64(len(tc.body))
		}
		resp, err := c.Fetch(t.Context(), o, r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		resp.Body.Close()
		got := seen()
		if got.Host != o.Domain || got.RequestURI != tc.path+tc.target {
			t.Errorf("%s: sent %s to %s", name, got.RequestURI, got.Host)
		}
		if tc.unsigned {
			if want := tc.header.Get("Authorization"); got.Header.Get("Authorization") != want || got.Header.Get("X-Amz-Date") != "" {
				t.Errorf("%s: Authorization %q, want %q", name, got.Header.Get("Authorization"), want)
			}
			continue
		}
		payload := emptyPayload
		if tc.body != "" {
			payload = unsignedPayload
		}
		signed := map[string]string{"host": o.Domain, "x-amz-date": "20260304T050607Z", "x-amz-content-sha256": payload}
		if tc.token != "" {
			signed["x-amz-security-token"] = tc.token
		}
		if v := tc.header.Get("X-Amz-Meta-A"); v != "" {
			signed["x-amz-meta-a"] = v
		}
		for name, value := range signed {
			if name != "host" && got.Header.Get(name) != value {
				t.Errorf("%s: %s: %q, want %q", tc.target, name, got.Header.Get(name), value)
			}
		}
		region := tc.region
		if region == "" {
			region = "us-east-1"
		}
		want := signature(r.Method, tc.canonicalPath, tc.canonicalQuery, payload, region, "SECRET", signed)
		if auth := got.Header.Get("Authorization"); !strings.HasSuffix(auth, "Signature="+want) || !strings.Contains(auth, "Credential=AKID/20260304/"+region+"/s3/aws4_request") {
			t.Errorf("%s: Authorization %q, want signature %s", name, auth, want)
		}
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	elsewhere, _ := url.Parse("https://garage.example:3900")
	c := New(Options{
		OwnStore: func(context.Context) (net.Conn, error) { return nil, net.ErrClosed },
		Stores:   []Store{{HostSuffix: "s3.garage.example", Endpoint: elsewhere, Region: "garage"}, {HostSuffix: "s3.eu-central-1.amazonaws.com", Endpoint: elsewhere, Region: "x"}},
	})
	for domain, want := range map[string]route{
		"b.s3.amazonaws.com":                      {kind: ownStore, scheme: "http", addr: "own-store", host: "b.s3.amazonaws.com", region: "us-east-1"},
		"b.c.s3.eu-west-3.amazonaws.com":          {kind: ownStore, scheme: "http", addr: "own-store", host: "b.c.s3.eu-west-3.amazonaws.com", region: "eu-west-3"},
		"b.s3.eu-central-1.amazonaws.com":         {kind: configured, scheme: "https", addr: "garage.example:3900", host: "garage.example:3900", prefix: "/b", region: "x"},
		"b.s3.garage.example":                     {kind: configured, scheme: "https", addr: "garage.example:3900", host: "garage.example:3900", prefix: "/b", region: "garage"},
		"b.s3-website-us-east-1.amazonaws.com":    {scheme: "http", addr: "b.s3-website-us-east-1.amazonaws.com:80", host: "viewer.example", region: "us-east-1"},
		"b.s3-website.eu-central-1.amazonaws.com": {scheme: "http", addr: "b.s3-website.eu-central-1.amazonaws.com:80", host: "viewer.example", region: "us-east-1"},
		"s3.amazonaws.com":                        {scheme: "http", addr: "s3.amazonaws.com:80", host: "viewer.example", region: "us-east-1"},
		"xs3.garage.example":                      {scheme: "http", addr: "xs3.garage.example:80", host: "viewer.example", region: "us-east-1"},
		"::1":                                     {scheme: "http", addr: "[::1]:80", host: "viewer.example", region: "us-east-1"},
	} {
		if got := c.route(&Origin{Domain: domain}, &Request{Host: "viewer.example"}); got != want {
			t.Errorf("%s: got %+v, want %+v", domain, got, want)
		}
	}
	o := &Origin{Domain: "o.example", Scheme: HTTPSOnly, HTTPSPort: 8443}
	if got := c.route(o, &Request{}); got.addr != "o.example:8443" || got.scheme != "https" || got.host != "o.example" {
		t.Errorf("https-only: %+v", got)
	}
}

package sigv4_test

import (
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/sigv4"
)

// example is the GET object example of the S3 API Reference ("Authenticating Requests: Using
// the Authorization Header"), whose signature is published.
func example() *http.Request {
	r := httptest.NewRequest("GET", "/test.txt", nil)
	r.Host = "examplebucket.s3.amazonaws.com"
	r.Header.Set("Range", "bytes=0-9")
	r.Header.Set("X-Amz-Content-Sha256", sigv4.EmptyPayload)
	r.Header.Set("X-Amz-Date", "20130524T000000Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"+
		"SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"+
		"Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
	return r
}

const exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

var exampleTime = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)

// verify parses and verifies under the example's secret.
func verify(r sigv4.Request, body string, now time.Time) error {
	a, err := sigv4.Parse(r)
	if err != nil {
		return err
	}
	return a.Verify(r, exampleSecret, body, now)
}

func TestHeaderRefusals(t *testing.T) {
	t.Parallel()
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	auth := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
		}
	}
	tests := []struct {
		name   string
		change func(*http.Request)
		body   string
		at     time.Duration
		want   sigv4.Kind
	}{
		{name: "as published"},
		{name: "cf id is nobody's", change: set("X-Amz-Cf-Id", "x")},
		{name: "15 minutes late", at: 15 * time.Minute},
		{name: "later", at: 15*time.Minute + 1, want: sigv4.Skewed},
		{name: "early", at: -15*time.Minute - 1, want: sigv4.Skewed},
		{name: "no signature", change: func(r *http.Request) { r.Header.Del("Authorization") }, want: sigv4.Missing},
		{name: "two headers", change: func(r *http.Request) { r.Header.Add("Authorization", "x") }, want: sigv4.Malformed},
		{name: "header and query", change: func(r *http.Request) { r.RequestURI += "?X-Amz-Algorithm=x" }, want: sigv4.Malformed},
		{name: "foreign Signature parameter", change: func(r *http.Request) { r.RequestURI += "?Signature=x" }, want: sigv4.Mismatch},
		{name: "version 2", change: set("Authorization", "AWS AKID:c2ln"), want: sigv4.Unsupported},
		{name: "basic", change: set("Authorization", "Basic eDp5"), want: sigv4.Unsupported},
		{name: "asymmetric", change: auth("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), want: sigv4.Unsupported},
		{name: "no credential", change: auth("Credential=", "Cred="), want: sigv4.Malformed},
		{name: "short scope", change: auth("/s3/aws4_request", "/s3"), want: sigv4.Malformed},
		{name: "repeated field", change: auth("Signature=", "Signature=00,Signature="), want: sigv4.Malformed},
		{name: "unsorted", change: auth("host;range", "range;host"), want: sigv4.Malformed},
		{name: "upper case", change: auth("host;", "Host;"), want: sigv4.Malformed},
		{name: "short signature", change: auth("Signature=f0", "Signature="), want: sigv4.Malformed},
		{name: "wrong signature", change: auth("Signature=f0", "Signature=00"), want: sigv4.Mismatch},
		{name: "scope on another day", change: auth("20130524/", "20130525/"), want: sigv4.Malformed},
		{name: "no date", change: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, want: sigv4.Malformed},
		{name: "bad date", change: set("X-Amz-Date", "2013-05-24"), want: sigv4.Malformed},
		{name: "region is signed", change: auth("us-east-1", "us-east-2"), want: sigv4.Mismatch},
		{name: "host not signed", change: auth("host;", ""), want: sigv4.SignedHeadersIncomplete},
		{name: "amz header not signed", change: set("x-amz-ACL", "public-read"), want: sigv4.SignedHeadersIncomplete},
		{name: "signed header changed", change: set("Range", "bytes=0-"), want: sigv4.Mismatch},
		{name: "body read", body: sigv4.EmptyPayload},
		{name: "another body", body: strings.Repeat("0", 64), want: sigv4.PayloadMismatch},
		{name: "unknown streaming word", change: set("X-Amz-Content-Sha256", "STREAMING-X"), want: sigv4.Malformed},
		{name: "undeclared payload", change: func(r *http.Request) {
			r.Header.Del("X-Amz-Content-Sha256")
		}, want: sigv4.Malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := example()
			if tt.change != nil {
				tt.change(r)
			}
			err := verify(sigv4.FromHTTP(r), tt.body, exampleTime.Add(tt.at))
			if got := kindOf(err); got != tt.want || (err == nil) != (tt.want == 0) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// presignedExample is the published query example of the same reference.
const presignedExample = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
	"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
	"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"

func TestPresignedRefusals(t *testing.T) {
	t.Parallel()
	replace := func(old, new string) string { return strings.Replace(presignedExample, old, new, 1) }
	day := 24 * time.Hour
	tests := []struct {
		name, target, header string
		at                   time.Duration
		want                 sigv4.Kind
	}{
		{name: "as published", target: presignedExample},
		{name: "last moment", target: presignedExample, at: day},
		{name: "expired", target: presignedExample, at: day + 1, want: sigv4.Expired},
		{name: "dated ahead", target: presignedExample, at: -15*time.Minute - 1, want: sigv4.NotYetValid},
		{name: "no expiry", target: replace("&X-Amz-Expires=86400", ""), want: sigv4.Malformed},
		{name: "zero", target: replace("Expires=86400", "Expires=0"), want: sigv4.InvalidExpires},
		{name: "signed number", target: replace("Expires=86400", "Expires=%2B86400"), want: sigv4.InvalidExpires},
		{name: "eight days", target: replace("Expires=86400", "Expires=604801"), want: sigv4.InvalidExpires},
		{name: "longer than signed", target: replace("Expires=86400", "Expires=604800"), want: sigv4.Mismatch},
		{name: "repeated", target: presignedExample + "&X-Amz-Expires=1", want: sigv4.Malformed},
		{name: "repeated in disguise", target: presignedExample + "&X-Amz-%45xpires=1", want: sigv4.Malformed},
		{name: "parameter added", target: presignedExample + "&acl", want: sigv4.Mismatch},
		{name: "other algorithm", target: replace("HMAC-SHA256", "HMAC-SHA512"), want: sigv4.Unsupported},
		{name: "acl not signed", target: presignedExample, header: "X-Amz-Acl", want: sigv4.SignedHeadersIncomplete},
		{name: "both versions", target: presignedExample + "&AWSAccessKeyId=x", want: sigv4.Malformed},
		{name: "CloudFront's", target: "/k?Expires=1&Signature=a&Key-Pair-Id=K", want: sigv4.Malformed},
		{name: "Expires alone", target: "/k?Expires=1", want: sigv4.Missing},
		{name: "version 2 expired", target: "/k?AWSAccessKeyId=A&Signature=a&Expires=1369353599", want: sigv4.Expired},
		{name: "version 2 mismatch", target: "/k?AWSAccessKeyId=A&Signature=a&Expires=1369353600", want: sigv4.Mismatch},
		{name: "version 2 far end", target: "/k?AWSAccessKeyId=A&Signature=a&Expires=99999999999999999999", want: sigv4.Malformed},
		{name: "version 2 both ways", target: "/k?AWSAccessKeyId=A&Signature=a&Expires=1369353600&x-amz-acl=z", header: "X-Amz-Acl", want: sigv4.Malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", tt.target, nil)
			r.Host = "examplebucket.s3.amazonaws.com"
			if tt.header != "" {
				r.Header.Set(tt.header, "public-read")
			}
			err := verify(sigv4.FromHTTP(r), "", exampleTime.Add(tt.at))
			if got := kindOf(err); got != tt.want || (err == nil) != (tt.want == 0) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestChunks follows the published examples of a chunked upload, without and with a trailer:
// 65 KiB of "a" in chunks of 64 KiB, 1 KiB and nothing.
func TestChunks(t *testing.T) {
	t.Parallel()
	for seed, chunks := range map[string][3]string{
		"4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9": {
			"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
			"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
			"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
		},
		"106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e": {
			"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
			"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
			"2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
		},
	} {
		a := &sigv4.Auth{Form: sigv4.HeaderV4, Date: "20130524", Region: "us-east-1", Service: "s3", Time: exampleTime, Signature: seed}
		c := a.Chunks(exampleSecret)
		for i, size := range []int{65536, 1024, 0} {
			if err := c.Verify(chunks[i], sha256.Sum256([]byte(strings.Repeat("a", size)))); err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
		}
		err := c.VerifyTrailer("d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
			sha256.Sum256([]byte("x-amz-checksum-crc32c:sOO8/Q==\n")))
		if withTrailer := seed[0] == '1'; (err == nil) != withTrailer {
			t.Errorf("trailer after %s: %v", seed, err)
		}
	}
}

// TestSpellingsOfOnePath: what a client leaves bare on the wire and signs encoded still verifies,
// because both spell the same path.
func TestSpellingsOfOnePath(t *testing.T) {
	t.Parallel()
	f := readVectors(t)
	for _, v := range f.Vectors {
		if v.Name != "s3 header /bucket/a%20b%2Bc/%25%C3%A9//x/../y " {
			continue
		}
		for path, want := range map[string]sigv4.Kind{
			"/bucket/a%20b+c/%25%c3%a9//x/../y": 0, // same key, encoded otherwise
			"/bucket/a%20b%2Bc/%25%C3%A9/y":     sigv4.Mismatch,
			"/bucket/a+b%2Bc/%25%C3%A9//x/../y": sigv4.Mismatch, // "+" is a plus in paths
		} {
			v.Path = path
			a, err := sigv4.Parse(v.request())
			if err != nil {
				t.Fatal(err)
			}
			err = a.Verify(v.request(), f.Secret, v.BodySHA256, time.Unix(f.SignedAt, 0))
			if kindOf(err) != want {
				t.Errorf("%s: got %v, want %v", path, err, want)
			}
		}
		return
	}
	t.Fatal("vector not found")
}

package redteam

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

const oacDoc = "<OriginAccessControlConfig><Name>films</Name><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior><OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlConfig>"

// bucketSite is a public distribution before the bucket films, whose policy grants it actions;
// more statements may follow.
func bucketSite(t *testing.T, behaviorParts, actions, more string) *site {
	w := newWorld(t)
	w.s3("PUT", "/films", "")
	w.s3("PUT", "/films/a.txt", "hello a")
	oac := w.create("/origin-access-control", oacDoc)
	s := w.distribution([]string{"<Origin><Id>b</Id><DomainName>films.s3.amazonaws.com</DomainName><S3OriginConfig><OriginAccessIdentity/></S3OriginConfig>" +
		"<OriginAccessControlId>" + oac + "</OriginAccessControlId></Origin>"}, behavior("b", behaviorParts), "")
	w.s3("PUT", "/films?policy=", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":`+actions+
		`,"Resource":["arn:aws:s3:::films/*","arn:aws:s3:::films"],"Condition":{"StringEquals":{"AWS:SourceArn":"`+s.arn+`"}}}`+more+`]}`)
	return s
}

// Buckets commonly deny whatever comes in clear text: that must not shut the edge out.
func TestDenyOfInsecureTransport(t *testing.T) {
	t.Parallel()
	s := bucketSite(t, optimized, `"s3:GetObject"`, `,{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::films","arn:aws:s3:::films/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`)
	if a := s.get("/a.txt"); a.status != 200 || a.body != "hello a" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// Even an edge that may do everything with a bucket, at the hands of viewers who may use every
// method and query, changes neither who may do what nor anything outside of the bucket.
func TestViewersOfAnAlmightyDistribution(t *testing.T) {
	t.Parallel()
	s := bucketSite(t, allMethods+legacy, `"s3:*"`, "")
	s.s3("PUT", "/other", "")
	s.s3("PUT", "/other/secret.txt", "secret")
	everyone := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::films/*"]}]}`
	length := func(body string) string { return "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body }
	if a := s.do("PUT", "/new.txt", length("x")); a.status != 200 {
		t.Fatalf("an ordinary write: %d %s", a.status, a.body)
	}
	for name, a := range map[string]answer{
		"policy":         s.do("PUT", "/?policy", length(everyone)),
		"encoded policy": s.do("PUT", "/?%70olicy=", length(everyone)),
		"public access":  s.do("DELETE", "/?publicAccessBlock", "Content-Length: 0"),
		"acl":            s.do("PUT", "/?acl", "x-amz-acl: public-read", "Content-Length: 0"),
		"object acl":     s.do("PUT", "/a.txt?acl", "x-amz-acl: public-read", "Content-Length: 0"),
		"copy":           s.do("PUT", "/copied.txt", "x-amz-copy-source: /other/secret.txt", "Content-Length: 0"),
		"read policy":    s.do("GET", "/?policy"),
		"other bucket":   s.do("GET", "/../other/secret.txt"),
		"absolute":       s.raw("GET http://other.s3.amazonaws.com/secret.txt HTTP/1.1\r\nHost: " + s.host() + "\r\n\r\n"),
		"two signatures": s.do("GET", "/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x&X-Amz-Signature=x&X-Amz-Date=x&X-Amz-SignedHeaders=host&X-Amz-Expires=1"),
	} {
		if a.status == http.StatusOK && name != "copy" || a.status == 204 || strings.Contains(a.body, "secret") && !strings.Contains(a.body, "<Error>") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if _, body := s.call("s3", "GET", "/films/copied.txt", nil); strings.Contains(body, "secret") && !strings.Contains(body, "<Error>") {
		t.Errorf("copied: %s", body)
	}
	resp, err := http.Get(s.node.API + "/films/a.txt")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("anonymously afterwards: %d", resp.StatusCode)
	}
}

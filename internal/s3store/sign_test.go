package s3store

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// presignV2 makes a version 2 presigned target, as boto3 does for custom endpoints.
func presignV2(i Identity, method, path string, end time.Time, query string) string {
	resource := path
	if query != "" {
		resource += "?" + query
		query += "&"
	}
	mac := hmac.New(sha1.New, []byte(i.SecretAccessKey))
	fmt.Fprintf(mac, "%s\n\n\n%d\n%s", method, end.Unix(), resource)
	signature := url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return fmt.Sprintf("%s?%sAWSAccessKeyId=%s&Signature=%s&Expires=%d", path, query, i.AccessKeyID, signature, end.Unix())
}

func TestPresigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("presigned")
	w.put("presigned", "k", "v")
	name, key := "presigned", "k"
	get, err := s3.NewPresignClient(w.as(root)).PresignGetObject(context.Background(), &s3.GetObjectInput{Bucket: &name, Key: &key}, s3.WithPresignExpires(time.Minute))
	w.check(err)
	put, err := s3.NewPresignClient(w.as(alice)).PresignPutObject(context.Background(), &s3.PutObjectInput{Bucket: &name, Key: &key})
	w.check(err)
	target := func(raw string) string { return strings.TrimPrefix(raw, "http://"+w.addr) }
	v2 := presignV2(root, "GET", "/presigned/k", w.now().Add(time.Minute), "")

	if a := w.send(nobody, "PUT", target(put.URL), "new"); a.status != 200 {
		t.Errorf("V4 put: %d %s", a.status, a.body)
	}
	for form, good := range map[string]string{"V4": target(get.URL), "V2": v2} {
		a := w.send(nobody, "GET", good, "")
		if a.status != 200 || a.body != "new" {
			t.Errorf("%s get: %d %s", form, a.status, a.body)
		}
		if a.header.Get("Content-Security-Policy") != "sandbox" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s get lacks the headers that keep user content from acting: %v", form, a.header)
		}
		if a := w.send(nobody, "DELETE", good, ""); a.status != 403 || !strings.Contains(a.body, "SignatureDoesNotMatch") {
			t.Errorf("%s with another method: %d %s", form, a.status, a.body)
		}
		if a := w.send(nobody, "GET", strings.Replace(good, "/presigned/k", "/presigned/%6b%6b", 1), ""); a.status != 403 || !strings.Contains(a.body, "SignatureDoesNotMatch") {
			t.Errorf("%s for another key: %d %s", form, a.status, a.body)
		}
		if a := w.send(nobody, "GET", good+"&acl", ""); a.status != 403 {
			t.Errorf("%s with a sub-resource added: %d", form, a.status)
		}
	}
	if a := w.send(nobody, "PUT", presignV2(root, "PUT", "/presigned/k2", w.now().Add(time.Minute), ""), "via v2", "Content-Type", ""); a.status != 200 {
		t.Errorf("V2 put: %d %s", a.status, a.body)
	}
	w.advance(2 * time.Minute)
	for form, late := range map[string]string{"V4": target(get.URL), "V2": v2} {
		if a := w.send(nobody, "GET", late, ""); a.status != 403 || !strings.Contains(a.body, "<Code>AccessDenied</Code><Message>Request has expired</Message>") {
			t.Errorf("%s after its end: %d %s", form, a.status, a.body)
		}
	}
}

func TestAnyRegion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("anywhere")
	for _, region := range []string{"us-east-1", "eu-central-1", "mars-north-7"} {
		_, err := w.as(root, func(o *s3.Options) { o.Region = region }).ListBuckets(context.Background(), &s3.ListBucketsInput{})
		if err != nil {
			t.Errorf("%s: %v", region, err)
		}
	}
}

func TestRefusedSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct{ id, secret, token, want string }{
		"wrong secret":        {root.AccessKeyID, "guess", "", "SignatureDoesNotMatch"},
		"unknown key":         {"AKIAUNKNOWN", root.SecretAccessKey, "", "InvalidAccessKeyId"},
		"token of another":    {root.AccessKeyID, root.SecretAccessKey, "a-token", "InvalidToken"},
		"wrong token":         {session.AccessKeyID, session.SecretAccessKey, "another-token", "InvalidToken"},
		"old token":           {session.AccessKeyID, session.SecretAccessKey, "an old token", "ExpiredToken"},
		"no state":            {"ASIADOWN", session.SecretAccessKey, "a-token", "ServiceUnavailable"},
		"session":             {session.AccessKeyID, session.SecretAccessKey, "a-token", ""},
		"session, not secret": {session.AccessKeyID, "guess", "a-token", "SignatureDoesNotMatch"},
	} {
		_, err := w.as(root, func(o *s3.Options) {
			o.Credentials = credentials.NewStaticCredentialsProvider(tt.id, tt.secret, tt.token)
		}).ListBuckets(context.Background(), &s3.ListBucketsInput{})
		if got := errorCode(err); got != tt.want {
			t.Errorf("%s: %s, want %q", name, got, tt.want)
		}
	}
	for name, tt := range map[string]struct {
		target, header string
		status         int
		want           string
	}{
		"no signature":            {"/", "", 403, "<Code>AccessDenied</Code><Message>Access Denied</Message>"},
		"version 2 header":        {"/", "AWS AKIAROOT:c2ln", 400, "Please use AWS4-HMAC-SHA256"},
		"nonsense":                {"/", "Basic eDp5", 400, "InvalidRequest"},
		"malformed":               {"/", "AWS4-HMAC-SHA256 Credential=AKIAROOT", 400, "AuthorizationHeaderMalformed"},
		"half a version 2 query":  {"/?AWSAccessKeyId=AKIAROOT&Signature=x", "", 403, "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"},
		"a signed CloudFront URL": {"/bbb/k?Expires=1&Signature=x&Key-Pair-Id=APKAX", "", 403, "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"},
		"half a version 4 query":  {"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x", "", 400, "AuthorizationQueryParametersError"},
	} {
		a := w.send(nobody, "GET", tt.target, "", "Authorization", tt.header)
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	request := w.rawRequest(root, "GET", "/", "")
	w.advance(time.Hour)
	if a := w.wire(request, "GET"); a.status != 403 || !strings.Contains(a.body, "<Code>RequestTimeTooSkewed</Code>") {
		t.Errorf("an hour late: %d %s", a.status, a.body)
	}
	if a := w.raw(root, "GET", "/", ""); a.status != 200 {
		t.Errorf("at its own time: %d %s", a.status, a.body)
	}
}

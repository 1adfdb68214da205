package s3store

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestConditionalReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("conditional")
	if a := w.send(root, "PUT", "/conditional/k", "hello", "Cache-Control", "max-age=60"); a.status != 200 {
		t.Fatal(a.status)
	}
	etag := w.send(root, "HEAD", "/conditional/k", "").header.Get("ETag")
	tests := []struct {
		headers []string
		status  int
		body    string
	}{
		{[]string{"If-Match", etag}, 200, "hello"},
		{[]string{"If-Match", `"other"`}, 412, "<Code>PreconditionFailed</Code>"},
		{[]string{"If-None-Match", etag}, 304, ""},
		{[]string{"If-None-Match", `"other"`}, 200, "hello"},
		{[]string{"If-Modified-Since", "Wed, 01 Jan 2098 00:00:00 GMT"}, 200, "hello"},
		{[]string{"If-Unmodified-Since", "Wed, 01 Jan 2020 00:00:00 GMT"}, 412, "PreconditionFailed"},
		{[]string{"Range", "bytes=1-3"}, 206, "ell"},
		{[]string{"Range", "bytes=-2"}, 206, "lo"},
		{[]string{"Range", "bytes=9-"}, 416, "<Code>InvalidRange</Code>"},
		{[]string{"Range", "bytes=0-1,3-4"}, 200, "hello"},
	}
	for _, tt := range tests {
		a := w.send(root, "GET", "/conditional/k", "", tt.headers...)
		if a.status != tt.status || !strings.Contains(a.body, tt.body) {
			t.Errorf("%q: %d %s", tt.headers, a.status, a.body)
		}
		if a.status == 304 && (a.body != "" || a.header.Get("ETag") != etag || a.header.Get("Cache-Control") != "max-age=60" || a.header.Get("Last-Modified") == "") {
			t.Errorf("304 with %q, %v", a.body, a.header)
		}
	}
	if a := w.send(root, "PUT", "/conditional/k", "x", "If-None-Match", "*"); a.status != 412 {
		t.Errorf("put where there is one: %d", a.status)
	}
}

// TestListingEncoding lists keys that XML cannot carry.
func TestListingEncoding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("encoded")
	keys := []string{"\x01control", "a b+c&d", "dir/\xff\xfe", "ü/<x>"}
	for _, key := range keys {
		if a := w.raw(root, "PUT", "/encoded/"+escapeKey(key), "v"); a.status != 200 {
			t.Fatalf("put %q: %d %s", key, a.status, a.body)
		}
	}
	for _, list := range []string{"?list-type=2&encoding-type=url", "?encoding-type=url", "?versions&encoding-type=url"} {
		a := w.send(root, "GET", "/encoded"+list, "")
		if !strings.Contains(a.body, "<EncodingType>url</EncodingType>") {
			t.Errorf("%s: %s", list, a.body)
		}
		for _, key := range keys {
			escaped := strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(key), "+", "%20"), "%2F", "/")
			if !strings.Contains(a.body, "<Key>"+escaped+"</Key>") {
				t.Errorf("%s lacks %s: %s", list, escaped, a.body)
			}
		}
	}
	if a := w.send(root, "GET", "/encoded?list-type=2&encoding-type=url&delimiter=/", ""); !strings.Contains(a.body, "<Prefix>%C3%BC/</Prefix>") {
		t.Errorf("common prefixes: %s", a.body)
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("parts")
	ctx, client := context.Background(), w.as(root)
	bucket, key := "parts", "big one/ü"
	created, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	w.check(err)
	var done []types.CompletedPart
	bodies := []string{strings.Repeat("a", 5<<20), "tail"}
	for i, body := range bodies {
		number := int32(i + 1)
		part, err := client.UploadPart(ctx, &s3.UploadPartInput{Bucket: &bucket, Key: &key, UploadId: created.UploadId, PartNumber: &number, Body: strings.NewReader(body)})
		w.check(err)
		done = append(done, types.CompletedPart{PartNumber: &number, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32})
	}
	listed, err := client.ListParts(ctx, &s3.ListPartsInput{Bucket: &bucket, Key: &key, UploadId: created.UploadId})
	w.check(err)
	if len(listed.Parts) != 2 {
		t.Errorf("%d parts listed", len(listed.Parts))
	}
	out, err := client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: &key, UploadId: created.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
	})
	w.check(err)
	if want := fmt.Sprintf("http://%s/parts/big%%20one/%%C3%%BC", w.addr); *out.Location != want || !strings.HasSuffix(*out.ETag, `-2"`) {
		t.Errorf("location %s, etag %s", *out.Location, *out.ETag)
	}
	if body, _ := w.get(root, bucket, key); body != strings.Join(bodies, "") {
		t.Errorf("%d bytes came back", len(body))
	}
	if a := w.send(root, "DELETE", "/parts/k?uploadId=nonsense", ""); a.status != 404 || !strings.Contains(a.body, "<Code>NoSuchUpload</Code>") {
		t.Errorf("abort of nothing: %d %s", a.status, a.body)
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("shared")
	w.put("shared", "k", "v")
	ask := func(origin, method string) answer {
		return w.send(nobody, "OPTIONS", "/shared/k", "", "Origin", origin, "Access-Control-Request-Method", method)
	}
	if a := ask("https://a.example", "GET"); a.status != 403 || !strings.Contains(a.body, "CORSResponse: CORS is not enabled for this bucket.") {
		t.Errorf("without rules: %d %s", a.status, a.body)
	}
	rules := `<CORSConfiguration><CORSRule><AllowedOrigin>https://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>`
	if a := w.send(root, "PUT", "/shared?cors", rules, "Content-MD5", md5Base64(rules)); a.status != 200 {
		t.Fatalf("put: %d %s", a.status, a.body)
	}
	if a := ask("https://a.example", "GET"); a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "https://a.example" || a.header.Get("Access-Control-Max-Age") != "60" {
		t.Errorf("allowed: %d %v", a.status, a.header)
	}
	if a := ask("https://a.example", "PUT"); a.status != 403 {
		t.Errorf("another method: %d", a.status)
	}
	if a := ask("https://b.example", "GET"); a.status != 403 || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %d", a.status)
	}
	if a := w.send(root, "GET", "/shared/k", "", "Origin", "https://a.example"); a.header.Get("Access-Control-Allow-Origin") != "https://a.example" {
		t.Errorf("an actual request: %v", a.header)
	}
	if a := w.send(nobody, "GET", "/shared/k", "", "Origin", "https://a.example"); a.status != 403 || a.header.Get("Access-Control-Allow-Origin") != "https://a.example" {
		t.Errorf("a refusal that scripts may read: %d %v", a.status, a.header)
	}
	if a := w.send(nobody, "OPTIONS", "/shared/k", ""); a.status != 400 {
		t.Errorf("no origin: %d %s", a.status, a.body)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("versions")
	ctx, client, bucket, key := context.Background(), w.as(root), "versions", "k"
	_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	w.check(err)
	first, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("1")})
	w.check(err)
	w.put(bucket, key, "2")
	w.policy(bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+accessID.ARN+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::versions/*"}}`)
	target := "/versions/k?versionId=" + *first.VersionId
	if a := w.send(root, "GET", target, ""); a.body != "1" {
		t.Errorf("the first version: %d %s", a.status, a.body)
	}
	if a := w.send(accessID, "GET", target, ""); a.status != 403 {
		t.Errorf("s3:GetObject opened a version: %d", a.status)
	}
	if a := w.send(accessID, "GET", "/versions/k?versionId", ""); a.status != 403 {
		t.Errorf("s3:GetObject opened an empty version id: %d", a.status)
	}
	if a := w.send(accessID, "GET", "/versions/k", ""); a.body != "2" {
		t.Errorf("the current version: %d", a.status)
	}
	if a := w.send(root, "DELETE", "/versions/k", ""); a.status != 204 || a.header.Get("X-Amz-Delete-Marker") != "true" {
		t.Errorf("delete: %d %v", a.status, a.header)
	}
	a := w.send(accessID, "GET", "/versions/k", "")
	if a.status != 403 || a.header.Get("X-Amz-Delete-Marker") != "" {
		t.Errorf("a deleted object without s3:ListBucket: %d %v", a.status, a.header)
	}
	if a := w.send(root, "GET", "/versions/k", ""); a.status != 404 || a.header.Get("X-Amz-Delete-Marker") != "true" {
		t.Errorf("a deleted object: %d %v", a.status, a.header)
	}
}

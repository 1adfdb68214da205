package cloudfront

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"testing"
)

func TestIdentifiers(t *testing.T) {
	for _, tc := range []struct{ id, pattern string }{
		{NewDistributionID(rand.Reader), `^E[A-Z0-9]{13}$`},
		{NewDomainLabel(rand.Reader), `^d[a-z0-9]{13}$`},
		{NewOriginAccessIdentityID(rand.Reader), `^E[A-Z0-9]{13}$`},
		{NewCanonicalUserID(rand.Reader), `^[0-9a-f]{96}$`},
		{NewOriginAccessControlID(rand.Reader), `^E[A-Z0-9]{13}$`},
		{NewPublicKeyID(rand.Reader), `^K[A-Z0-9]{13}$`},
		{NewInvalidationID(rand.Reader), `^I[A-Z0-9]{25}$`},
		{NewKeyPairID(rand.Reader), `^APKA[A-Z0-9]{16}$`},
		{NewUUID(rand.Reader), `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
	} {
		if !regexp.MustCompile(tc.pattern).MatchString(tc.id) {
			t.Errorf("%s does not match %s", tc.id, tc.pattern)
		}
	}
	// 252 and above would favour the first letters; they are drawn again.
	if got := NewPublicKeyID(bytes.NewReader([]byte{252, 255, 0, 35, 36, 251, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1})); got != "K0Z0Z000000011" {
		t.Errorf("got %s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a failing source must not give an id")
		}
	}()
	NewUUID(bytes.NewReader(nil))
}

func TestARNs(t *testing.T) {
	account, kind, id, ok := ParseARN(DistributionARN("123456789012", "E1"))
	if !ok || account != "123456789012" || kind != "distribution" || id != "E1" {
		t.Errorf("got %s, %s, %s, %v", account, kind, id, ok)
	}
	for _, s := range []string{"", "arn:aws:s3:::b", "arn:aws:cloudfront::1:distribution", "arn:aws:cloudfront::1:distribution/", "arn:aws:cloudfront:::distribution/E", "arn:aws:cloudfront:eu:1:distribution/E"} {
		if _, _, _, ok := ParseARN(s); ok {
			t.Errorf("%q was accepted", s)
		}
	}
	if id, ok := OriginAccessIdentityID(OriginAccessIdentityPath("E2")); !ok || id != "E2" {
		t.Errorf("got %s, %v", id, ok)
	}
}

func TestParseS3Domain(t *testing.T) {
	for _, tc := range []struct {
		domain, bucket, region string
		ok                     bool
	}{
		{"media.s3.amazonaws.com", "media", "", true},
		{"Media.S3.amazonaws.com", "media", "", true},
		{"my.dotted.bucket.s3.amazonaws.com", "my.dotted.bucket", "", true},
		{"media.s3.eu-central-1.amazonaws.com", "media", "eu-central-1", true},
		{"media.s3-eu-west-1.amazonaws.com", "media", "eu-west-1", true},
		{"media.s3.dualstack.eu-west-1.amazonaws.com", "media", "eu-west-1", true},
		{"media.s3.cn-north-1.amazonaws.com.cn", "media", "cn-north-1", true},
		{"a.s3.b.s3.eu-west-1.amazonaws.com", "a.s3.b", "eu-west-1", true},
		{"media.minio.example.net", "media", "", true},
		{"minio.example.net", "", "", false},
		{"s3.amazonaws.com", "", "", false},
		{"s3.eu-west-1.amazonaws.com", "", "", false},
		{"ab.s3.amazonaws.com", "", "", false},
		{"media.s3-website-us-east-1.amazonaws.com", "", "", false},
		{"media.s3-website.eu-central-1.amazonaws.com", "", "", false},
		{"ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com", "", "", false},
		{"media.s3.amazonaws.com.evil.example", "", "", false},
		{"media.ec2.eu-west-1.amazonaws.com", "", "", false},
		{"", "", "", false},
	} {
		bucket, region, ok := ParseS3Domain(tc.domain, []string{"minio.example.net"})
		if ok != tc.ok || ok && (bucket != tc.bucket || region != tc.region) {
			t.Errorf("%s: got %q, %q, %v", tc.domain, bucket, region, ok)
		}
	}
}

func FuzzParseS3Domain(f *testing.F) {
	f.Add("media.s3.eu-central-1.amazonaws.com")
	f.Fuzz(func(t *testing.T, domain string) {
		if bucket, _, ok := ParseS3Domain(domain, []string{"s3.example.net"}); ok && !isBucketName(bucket) {
			t.Errorf("%q gives bucket %q", domain, bucket)
		}
	})
}

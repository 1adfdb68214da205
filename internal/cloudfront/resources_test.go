package cloudfront

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func pemOf(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func TestPublicKeys(t *testing.T) {
	rsaKey := func(bits int) *rsa.PublicKey {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return &k.PublicKey
	}
	curveKey := func(c elliptic.Curve) *ecdsa.PublicKey {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return &k.PublicKey
	}
	good := rsaKey(2048)
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(good)}))
	for _, tc := range []struct {
		name, text string
		ok         bool
	}{
		{"RSA 2048", pemOf(t, good), true},
		{"without final newline", strings.TrimSpace(pemOf(t, good)), true},
		{"P-256", pemOf(t, curveKey(elliptic.P256())), true},
		{"RSA 1024", pemOf(t, rsaKey(1024)), false},
		{"P-384", pemOf(t, curveKey(elliptic.P384())), false},
		{"PKCS #1", pkcs1, false},
		{"two keys", pemOf(t, good) + pemOf(t, good), false},
		{"no PEM", "key", false},
		{"no DER", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", false},
	} {
		err := ValidatePublicKey(&PublicKeyConfig{CallerReference: "r", Name: "n", EncodedKey: tc.text})
		if tc.ok != (err == nil) || !tc.ok && CodeOf(err) != "InvalidArgument" {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if err := ValidatePublicKey(&PublicKeyConfig{CallerReference: "r", EncodedKey: pemOf(t, good)}); CodeOf(err) != "InvalidArgument" {
		t.Errorf("no name: %v", err)
	}
}

func TestKeyGroups(t *testing.T) {
	for _, tc := range []struct {
		config KeyGroupConfig
		code   string
	}{
		{KeyGroupConfig{Name: "g", Items: []string{"K1", "K2"}}, ""},
		{KeyGroupConfig{Items: []string{"K1"}}, "InvalidArgument"},
		{KeyGroupConfig{Name: "g"}, "InvalidArgument"},
		{KeyGroupConfig{Name: "g", Items: []string{"K1", "K1"}}, "InvalidArgument"},
		{KeyGroupConfig{Name: "g", Items: []string{"1", "2", "3", "4", "5", "6"}}, "TooManyPublicKeysInKeyGroup"},
	} {
		if err := ValidateKeyGroup(&tc.config, AWSQuotas()); CodeOf(err) != tc.code {
			t.Errorf("%+v: %v", tc.config, err)
		}
	}
}

func TestInvalidationBatches(t *testing.T) {
	for _, tc := range []struct{ path, code string }{
		{"/", ""},
		{"/*", ""},
		{"/a/b%20c.jpg?x=1&y=2", ""},
		{"/a*", ""},
		{"/" + strings.Repeat("a", 3999), ""},
		{"/" + strings.Repeat("a", 4000), "InvalidArgument"},
		{"", "InvalidArgument"},
		{"a", "InvalidArgument"},
		{"*", "InvalidArgument"},
		{"/a*b", "InvalidArgument"},
		{"/**", "InvalidArgument"},
		{"/a b", "InvalidArgument"},
		{"/ä", "InvalidArgument"},
		{"/a#b", "InvalidArgument"},
		{"#product:electronics", ""},
		{"#a#/?", ""},
		{"#" + strings.Repeat("a", 256), ""},
		{"#" + strings.Repeat("a", 257), "InvalidArgument"},
		{"#", "InvalidArgument"},
		{"#a*", "InvalidArgument"},
		{"#a,b", "InvalidArgument"},
		{"#a b", "InvalidArgument"},
		{"#ä", "InvalidArgument"},
	} {
		b := &InvalidationBatch{CallerReference: "r", Paths: Paths{Quantity: 1, Items: []string{tc.path}}}
		if err := ValidateInvalidationBatch(b, Limits{}); CodeOf(err) != tc.code {
			t.Errorf("%.20q: %v", tc.path, err)
		}
	}
	for _, tc := range []struct {
		batch InvalidationBatch
		code  string
	}{
		{InvalidationBatch{CallerReference: "r"}, "InvalidArgument"},
		{InvalidationBatch{Paths: Paths{Quantity: 1, Items: []string{"/"}}}, "InvalidArgument"},
		{InvalidationBatch{CallerReference: "r", Paths: Paths{Quantity: 2, Items: []string{"/"}}}, "InconsistentQuantities"},
		{InvalidationBatch{CallerReference: "r", Paths: Paths{Quantity: 2, Items: []string{"/a", "/b"}}}, "BatchTooLarge"},
	} {
		if err := ValidateInvalidationBatch(&tc.batch, Limits{InvalidationPaths: 1}); CodeOf(err) != tc.code {
			t.Errorf("%+v: %v", tc.batch, err)
		}
	}
}

func TestOriginAccess(t *testing.T) {
	good := OriginAccessControlConfig{Name: "n", SigningProtocol: "sigv4", SigningBehavior: "always", OriginAccessControlOriginType: "s3"}
	for _, tc := range []struct {
		change func(*OriginAccessControlConfig)
		says   string
	}{
		{func(*OriginAccessControlConfig) {}, ""},
		{func(c *OriginAccessControlConfig) { c.Name = "" }, "Name"},
		{func(c *OriginAccessControlConfig) { c.Name = strings.Repeat("n", 65) }, "Name"},
		{func(c *OriginAccessControlConfig) { c.SigningProtocol = "sigv4a" }, "enum"},
		{func(c *OriginAccessControlConfig) { c.OriginAccessControlOriginType = "lambda" }, "use type s3"},
	} {
		c := good
		tc.change(&c)
		err := ValidateOriginAccessControl(&c)
		if (tc.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	identity := CloudFrontOriginAccessIdentityConfig{CallerReference: "r", Comment: strings.Repeat("c", 129)}
	if err := ValidateOriginAccessIdentity(&identity); CodeOf(err) != "InvalidArgument" {
		t.Errorf("identity: %v", err)
	}
}

func TestTags(t *testing.T) {
	for _, tc := range []struct {
		tags []Tag
		ok   bool
	}{
		{[]Tag{{Key: "team", Value: new("média +-=._:/@")}, {Key: "empty"}}, true},
		{[]Tag{{Key: ""}}, false},
		{[]Tag{{Key: "aws:x"}}, false},
		{[]Tag{{Key: "AWS:x"}}, false},
		{[]Tag{{Key: "a"}, {Key: "a"}}, false},
		{[]Tag{{Key: "a;b"}}, false},
		{[]Tag{{Key: strings.Repeat("k", 129)}}, false},
		{[]Tag{{Key: "a", Value: new(strings.Repeat("v", 257))}}, false},
	} {
		if err := ValidateTags(tc.tags); tc.ok != (err == nil) || !tc.ok && CodeOf(err) != "InvalidTagging" {
			t.Errorf("%+v: %v", tc.tags, err)
		}
	}
	if err := ValidateTagCount(51); CodeOf(err) != "InvalidTagging" {
		t.Errorf("51 tags: %v", err)
	}
}

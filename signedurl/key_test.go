package signedurl_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/signedurl"
)

func pemOf(kind string, der []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	spki, pkcs1 := readKey(t, "rsa2048"), readKey(t, "rsa2048.pkcs1")
	if spki.Fingerprint() != pkcs1.Fingerprint() || spki.Fingerprint() == readKey(t, "p256").Fingerprint() {
		t.Error("the fingerprint depends on the encoding, or not on the key")
	}
	if key, ok := spki.Crypto().(*rsa.PublicKey); !ok || key.N.BitLen() != 2048 {
		t.Errorf("got %T", spki.Crypto())
	}
	if _, ok := readKey(t, "p256").Crypto().(*ecdsa.PublicKey); !ok {
		t.Error("P-256 key not returned")
	}
	p384, err := os.ReadFile("testdata/p384.pub.pem")
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, _ := ed25519.GenerateKey(rand.Reader)
	edDER, err := x509.MarshalPKIXPublicKey(edwards)
	for name, text := range map[string][]byte{
		"P-384": p384, "Ed25519": pemOf("PUBLIC KEY", edDER, err), "nothing": nil, "not PEM": []byte("ssh-rsa AAAA"),
		"certificate": pemOf("CERTIFICATE", []byte{1}, nil), "garbage": pemOf("PUBLIC KEY", []byte{1}, nil),
	} {
		if _, err := signedurl.ParsePublicKey(text); err == nil || !strings.HasPrefix(err.Error(), "signedurl: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParsePrivateKey(t *testing.T) {
	t.Parallel()
	_, rsaKey := newRSA(t, 1024)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bigCurve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pemOf("PRIVATE KEY", der, err)
	}
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	parameters := pemOf("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}, nil)
	for name, text := range map[string][]byte{
		"PKCS#1":                 pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil),
		"PKCS#8 RSA":             pkcs8(rsaKey),
		"PKCS#8 EC":              pkcs8(ecKey),
		"SEC 1":                  pemOf("EC PRIVATE KEY", sec1, err),
		"SEC 1 after parameters": append(parameters, pemOf("EC PRIVATE KEY", sec1, err)...),
	} {
		key, err := signedurl.ParsePrivateKey(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := (&signedurl.Signer{KeyID: "K", PrivateKey: key}).SignURL("http://h/", signedurl.Policy{Expires: end}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte{1}, Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}})
	for name, text := range map[string][]byte{
		"P-384": pkcs8(bigCurve), "Ed25519": pkcs8(edwards), "encrypted": encrypted, "DSA": []byte(dsaKey), "nothing": nil,
		"encrypted PKCS#8": pemOf("ENCRYPTED PRIVATE KEY", []byte{1}, nil), "public": pemOf("PUBLIC KEY", []byte{1}, nil),
	} {
		if _, err := signedurl.ParsePrivateKey(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestSmallRSA: the second implementation of PKCS#1 v1.5 refuses what the first would.
func TestSmallRSA(t *testing.T) {
	t.Parallel()
	for _, v := range readForeign(t) {
		if v.Key != "rsa512" && v.Key != "rsa768" {
			continue
		}
		r := v.req()
		c, err := signedurl.Parse(&r)
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		key := readKey(t, v.Key)
		if err := m.VerifySignature(key); err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		right := m.Signature
		for name, wrong := range map[string][]byte{
			"short": right[1:], "long": append([]byte{0}, right...), "empty": nil, "zero": make([]byte, len(right)),
			"changed": append(append([]byte(nil), right[:len(right)-1]...), right[len(right)-1]^1),
			"modulus": key.Crypto().(*rsa.PublicKey).N.Bytes(),
		} {
			m.Signature = wrong
			if err := m.VerifySignature(key); err == nil {
				t.Errorf("%s: %s signature verifies", v.Name, name)
			}
		}
	}
}

// dsaKey was made for this test.
const dsaKey = `-----BEGIN PRIVATE KEY-----
MIIBWwIBADCCATMGByqGSM44BAEwggEmAoGBAITEHvq3/Vx5PRLYkQLUt0hlpfdf
QV1D1zJb7iRrHxFQa5KAkheRdjtyjnU+P3/mUELpEFyAUlpX7fHZ5kI62+0QzZLm
lYd/l7OyvQHduQMnFNm2uyQj9Myq9jrZ09ziwfk8sbI+WHjESrnpsJ2AN+w/r/CN
KTSyww6aiUQ1mCaDAh0A/sy4KMzYqOR44voshk4ehwrGdR+L0W92752nfwKBgHFU
wmyMuVuA57cxCKE6LycX8d9ctJbGG+BmOGn41NAwj+8ETIC/jp6bfTYpqqzvA2S2
x77lK5H53sZkyLWp96XxERH0vxtQih9US5W0i8eXp/OtSdRLS92GpGkvQTYawtTM
p6w1RmLPW2tvQyCVhbnimxzMd+NCwN2U7lrUKF9HBB8CHQCbmFCJ7U8vP/upzmKx
RAIImnBBE8gJ7knKLWxQ
-----END PRIVATE KEY-----
`

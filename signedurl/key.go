package signedurl

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// PublicKey is a key that signatures are verified with: RSA of any size, or ECDSA on P-256.
type PublicKey struct {
	rsa         *rsa.PublicKey
	ecdsa       *ecdsa.PublicKey
	fingerprint [sha256.Size]byte
}

// NewPublicKey takes an *rsa.PublicKey or an *ecdsa.PublicKey on P-256. The key must not be
// changed afterwards.
func NewPublicKey(key crypto.PublicKey) (*PublicKey, error) {
	k := &PublicKey{}
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N == nil || key.N.Sign() <= 0 || key.N.Bit(0) == 0 || key.E < 3 || key.E&1 == 0 {
			return nil, errors.New("signedurl: the RSA key is not usable")
		}
		k.rsa = key
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return nil, errors.New("signedurl: ECDSA keys must be on the curve P-256 (prime256v1)")
		}
		k.ecdsa = key
	default:
		return nil, fmt.Errorf("signedurl: keys must be RSA or ECDSA P-256, not %T", key)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("signedurl: encode public key: %w", err)
	}
	k.fingerprint = sha256.Sum256(der)
	return k, nil
}

// ParsePublicKey reads a PEM public key: "PUBLIC KEY" (SubjectPublicKeyInfo), the only form
// CloudFront takes, or "RSA PUBLIC KEY" (PKCS#1).
func ParsePublicKey(text []byte) (*PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("signedurl: no PEM block found")
	}
	var key crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, fmt.Errorf("signedurl: a PEM block %q is not a public key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("signedurl: parse public key: %w", err)
	}
	return NewPublicKey(key)
}

// Crypto returns the key as the standard library knows it.
func (k *PublicKey) Crypto() crypto.PublicKey {
	if k.rsa != nil {
		return k.rsa
	}
	return k.ecdsa
}

// Fingerprint is the SHA-256 of the key's SubjectPublicKeyInfo.
func (k *PublicKey) Fingerprint() [sha256.Size]byte { return k.fingerprint }

// verify reports whether signature is the key's over text.
func (k *PublicKey) verify(h Hash, text, signature []byte) bool {
	var buf [sha256.Size]byte
	digest, id := buf[:], crypto.SHA256
	if h == SHA256 {
		buf = sha256.Sum256(text)
	} else {
		sum := sha1.Sum(text)
		digest, id = buf[:copy(buf[:], sum[:])], crypto.SHA1
	}
	switch {
	case k.ecdsa != nil:
		return ecdsa.VerifyASN1(k.ecdsa, digest, signature)
	case k.rsa.N.BitLen() < 1024:
		return verifySmallRSA(k.rsa, h, digest, signature)
	}
	return rsa.VerifyPKCS1v15(k.rsa, id, digest, signature) == nil
}

// verifySmallRSA is RSASSA-PKCS1-v1_5 verification (RFC 8017, section 8.2.2) for keys under 1024
// bits, which crypto/rsa refuses unless the main program says otherwise. Such keys protect
// nothing from a determined attacker, but whether to trust one is up to whoever registers it.
func verifySmallRSA(key *rsa.PublicKey, h Hash, digest, signature []byte) bool {
	// DigestInfo without the digest (RFC 8017, section 9.2, note 1).
	info := "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"
	if h == SHA256 {
		info = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
	}
	size := key.Size()
	if len(signature) != size || size < len(info)+len(digest)+11 {
		return false
	}
	s := new(big.Int).SetBytes(signature)
	if s.Cmp(key.N) >= 0 {
		return false
	}
	got := s.Exp(s, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, size))
	want := make([]byte, 0, size)
	want = append(want, 0, 1)
	for len(want) < size-len(info)-len(digest)-1 {
		want = append(want, 0xff)
	}
	want = append(want, 0)
	want = append(want, info...)
	want = append(want, digest...)
	return string(got) == string(want)
}

// ParsePrivateKey reads a PEM private key: "RSA PRIVATE KEY" (PKCS#1), "PRIVATE KEY" (PKCS#8) or
// "EC PRIVATE KEY" (SEC 1). Encrypted keys, and keys other than RSA and ECDSA P-256, are refused.
func ParsePrivateKey(text []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(text)
	for block != nil && block.Type == "EC PARAMETERS" { // openssl ecparam writes it first
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("signedurl: no PEM block found")
	}
	if block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, errors.New("signedurl: the private key is encrypted; decrypt it first")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("signedurl: a PEM block %q is not an RSA or ECDSA private key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("signedurl: parse private key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("signedurl: a key of type %T cannot sign", key)
	}
	if _, err := NewPublicKey(signer.Public()); err != nil {
		return nil, err
	}
	return signer, nil
}

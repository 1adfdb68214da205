package signedurl

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"math/big"
)

// witness tells which texts a signature is for under a key. From an RSA signature it takes the
// digest out, so that it knows whether the key made it at all and compares digests from then
// on; for ECDSA it has to verify each text.
type witness struct {
	key       *PublicKey
	signature []byte
	algorithm crypto.Hash // of digest
	digest    []byte      // RSA: nil when the key did not make this signature
}

func newWitness(key *PublicKey, signature []byte) *witness {
	w := &witness{key: key, signature: signature}
	if key.rsa != nil {
		w.algorithm, w.digest = digestIn(key.rsa, signature)
	}
	return w
}

// certain reports whether the witness knows if the key made the signature.
func (w *witness) certain() bool { return w.key.rsa != nil }

// signed reports the hash under which the signature is the key's over text.
func (w *witness) signed(text []byte) (crypto.Hash, bool) {
	if w.key.ecdsa != nil {
		for _, h := range [...]crypto.Hash{crypto.SHA1, crypto.SHA256} {
			if ecdsa.VerifyASN1(w.key.ecdsa, sum(h, text), w.signature) {
				return h, true
			}
		}
		return 0, false
	}
	return w.algorithm, w.digest != nil && bytes.Equal(sum(w.algorithm, text), w.digest)
}

// pss reports whether the signature is RSASSA-PSS over text.
func (w *witness) pss(text []byte) bool {
	if w.key.rsa == nil || w.key.rsa.N.BitLen() < 1024 {
		return false
	}
	for _, h := range [...]crypto.Hash{crypto.SHA1, crypto.SHA256} {
		if rsa.VerifyPSS(w.key.rsa, h, sum(h, text), w.signature, nil) == nil {
			return true
		}
	}
	return false
}

// digestInfos are the DER prefixes of digests (RFC 8017, section 9.2, note 1).
var digestInfos = map[crypto.Hash]string{
	crypto.SHA1:   "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
	crypto.SHA256: "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
	crypto.SHA384: "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
	crypto.SHA512: "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
}

// digestIn takes the digest out of an RSASSA-PKCS1-v1_5 signature (RFC 8017, section 9.2); nil
// when the signature is not of this key.
func digestIn(key *rsa.PublicKey, signature []byte) (crypto.Hash, []byte) {
	s := new(big.Int).SetBytes(signature)
	if len(signature) != key.Size() || s.Cmp(key.N) >= 0 {
		return 0, nil
	}
	block := s.Exp(s, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	rest, ok := bytes.CutPrefix(block, []byte{0, 1})
	if !ok {
		return 0, nil
	}
	padded := bytes.TrimLeft(rest, "\xff")
	if len(rest)-len(padded) < 8 {
		return 0, nil
	}
	for h, prefix := range digestInfos {
		if digest, ok := bytes.CutPrefix(padded, []byte("\x00"+prefix)); ok && len(digest) == h.Size() {
			return h, digest
		}
	}
	return 0, nil
}

func sum(h crypto.Hash, text []byte) []byte {
	switch h {
	case crypto.SHA1:
		s := sha1.Sum(text)
		return s[:]
	case crypto.SHA256:
		s := sha256.Sum256(text)
		return s[:]
	case crypto.SHA384:
		s := sha512.Sum384(text)
		return s[:]
	}
	s := sha512.Sum512(text)
	return s[:]
}

// fromP1363 turns the two numbers of an ECDSA signature, written one behind the other, into
// ASN.1. It returns nil when the length is not that of P-256.
func fromP1363(signature []byte) []byte {
	if len(signature) != 64 {
		return nil
	}
	pair := struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])}
	der, err := asn1.Marshal(pair)
	if err != nil {
		return nil
	}
	return der
}

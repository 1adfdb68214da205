package signedurl_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"testing"

	"github.com/warmfront/warmfront/signedurl"
)

// withSignature asks for film with a canned policy and a raw signature over its text.
func withSignature(k kit, sign func(text []byte) ([]byte, error), more string) *signedurl.Question {
	k.t.Helper()
	raw, err := sign([]byte(cannedText(film, until)))
	if err != nil {
		k.t.Fatal(err)
	}
	return k.ask(film + "?Expires=" + until + "&Signature=" + encode(raw) + "&Key-Pair-Id=" + keyID + more)
}

func pssQuestion(k kit) *signedurl.Question {
	return withSignature(k, func(text []byte) ([]byte, error) {
		sum := sha256.Sum256(text)
		return k.private.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	}, "&Hash-Algorithm=SHA256")
}

func sha512Question(k kit) *signedurl.Question {
	return withSignature(k, func(text []byte) ([]byte, error) {
		sum := sha512.Sum512(text)
		return k.private.Sign(rand.Reader, sum[:], crypto.SHA512)
	}, "")
}

func rawECDSAQuestion(kit) *signedurl.Question {
	k := ecKit(&testing.T{})
	return withSignature(k, func(text []byte) ([]byte, error) {
		sum := sha1.Sum(text)
		r, s, err := ecdsa.Sign(rand.Reader, k.private.(*ecdsa.PrivateKey), sum[:])
		if err != nil {
			return nil, err
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), nil
	}, "")
}

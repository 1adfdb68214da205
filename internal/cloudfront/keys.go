package cloudfront

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// ValidatePublicKey judges the configuration of a public key. EncodedKey is kept verbatim,
// final newline included, as clients compare it with what they sent.
func ValidatePublicKey(c *PublicKeyConfig) error {
	if err := checkReference(c.CallerReference); err != nil {
		return err
	}
	if c.Name == "" || len(c.Name) > 128 {
		return invalid("The parameter Name must have 1 to 128 characters.")
	}
	if err := checkComment(deref(c.Comment)); err != nil {
		return err
	}
	if _, err := ParsePublicKey(c.EncodedKey); err != nil {
		return invalid("Your request contains an empty or invalid public key: %w.", err)
	}
	return nil
}

// ParsePublicKey reads the PEM text of a public key that CloudFront accepts for signed URLs:
// RSA of 2048 bits or ECDSA on P-256, as SubjectPublicKeyInfo ("BEGIN PUBLIC KEY"). The result
// is an *rsa.PublicKey or an *ecdsa.PublicKey.
func ParsePublicKey(text string) (any, error) {
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return nil, keyError("it is not PEM text")
	case strings.TrimSpace(string(rest)) != "":
		return nil, keyError("it has text after the key")
	case block.Type != "PUBLIC KEY":
		return nil, keyError("its PEM type is " + block.Type + ", not PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, keyError("it is not a SubjectPublicKeyInfo structure")
	}
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() == 2048 {
			return k, nil
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return k, nil
		}
	}
	return nil, keyError("it must be RSA of 2048 bits or ECDSA on P-256")
}

// keyError says what is wrong with a public key.
type keyError string

func (e keyError) Error() string { return string(e) }

// ValidateKeyGroup judges the configuration of a key group.
func ValidateKeyGroup(c *KeyGroupConfig, l Limits) error {
	if c.Name == "" || len(c.Name) > 128 {
		return invalid("The parameter Name must have 1 to 128 characters.")
	}
	if err := checkComment(deref(c.Comment)); err != nil {
		return err
	}
	if len(c.Items) == 0 {
		return invalid("The parameter Items must contain at least one public key.")
	}
	if hasDuplicates(c.Items) {
		return invalid("The parameter Items names a public key twice.")
	}
	return quota("TooManyPublicKeysInKeyGroup", len(c.Items), l.PublicKeysInGroup, "public keys in a key group")
}

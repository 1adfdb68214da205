// Package sealed encrypts the secrets kept in state: each under a data key of its own, which
// is wrapped by a key that stays on the nodes (envelope encryption, AES-256-GCM throughout).
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// Byte layout of a sealed secret, version 1:
//
//	offset  size  what
//	0       1     version, 1
//	1       8     id of the node key: first bytes of SHA-256("warmfront node key" || key)
//	9       12    nonce of the wrapped data key
//	21      48    data key (32), wrapped under the node key, with its tag (16)
//	69      12    nonce of the secret
//	81      n+16  secret, encrypted under the data key, with its tag
//
// Both encryptions authenticate the version, the key id and the name of the secret.
const (
	version    = 1
	idSize     = 8
	keySize    = 32
	nonceSize  = 12
	tagSize    = 16
	wrapOffset = 1 + idSize
	bodyOffset = wrapOffset + nonceSize + keySize + tagSize
	overhead   = bodyOffset + nonceSize + tagSize
)

// Errors of Open.
var (
	// ErrUnknownKey: the secret was sealed with a key this node does not have.
	ErrUnknownKey = errors.New("sealed with a key this node does not have")
	// ErrDamaged: not a sealed secret, changed since, or sealed for another name.
	ErrDamaged = errors.New("sealed secret is damaged or belongs to another name")
)

// Keyring seals with its first key and opens with any. It is immutable and safe for
// concurrent use.
type Keyring struct {
	first [idSize]byte
	keys  map[[idSize]byte]cipher.AEAD
	rand  io.Reader
}

// NewKeyring makes a keyring of 32-byte node keys; the first one seals. Nonces and data keys
// are read from random, crypto/rand when nil.
func NewKeyring(random io.Reader, keys ...[]byte) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, errors.New("a keyring needs a key")
	}
	if random == nil {
		random = rand.Reader
	}
	k := &Keyring{keys: make(map[[idSize]byte]cipher.AEAD, len(keys)), rand: random}
	for i, key := range keys {
		if len(key) != keySize {
			return nil, fmt.Errorf("node key has %d bytes, want %d", len(key), keySize)
		}
		aead, err := newAEAD(key)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(append([]byte("warmfront node key"), key...))
		id := [idSize]byte(sum[:idSize])
		k.keys[id] = aead
		if i == 0 {
			k.first = id
		}
	}
	return k, nil
}

// Seal encrypts secret so that only Open with the same name gives it back.
func (k *Keyring) Seal(secret []byte, name string) ([]byte, error) {
	var fresh [nonceSize + keySize + nonceSize]byte
	if _, err := io.ReadFull(k.rand, fresh[:]); err != nil {
		return nil, fmt.Errorf("seal %s: %w", name, err)
	}
	wrapNonce, dataKey, nonce := fresh[:nonceSize], fresh[nonceSize:nonceSize+keySize], fresh[nonceSize+keySize:]
	data, err := newAEAD(dataKey)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, overhead+len(secret))
	out = append(out, version)
	out = append(out, k.first[:]...)
	bound := binding(out, name)
	out = append(out, wrapNonce...)
	out = k.keys[k.first].Seal(out, wrapNonce, dataKey, bound)
	out = append(out, nonce...)
	return data.Seal(out, nonce, secret, bound), nil
}

// Open decrypts what Seal made for the same name; ErrUnknownKey or ErrDamaged otherwise.
func (k *Keyring) Open(sealed []byte, name string) ([]byte, error) {
	if len(sealed) < overhead || sealed[0] != version {
		return nil, fmt.Errorf("open %s: %w", name, ErrDamaged)
	}
	node, ok := k.keys[[idSize]byte(sealed[1:wrapOffset])]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", name, ErrUnknownKey)
	}
	bound := binding(sealed[:wrapOffset], name)
	wrapped := sealed[wrapOffset:bodyOffset]
	dataKey, err := node.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], bound)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, ErrDamaged)
	}
	data, err := newAEAD(dataKey)
	if err != nil {
		return nil, err
	}
	body := sealed[bodyOffset:]
	secret, err := data.Open(nil, body[:nonceSize], body[nonceSize:], bound)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, ErrDamaged)
	}
	return secret, nil
}

func binding(head []byte, name string) []byte {
	return append(append(make([]byte, 0, len(head)+len(name)), head...), name...)
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

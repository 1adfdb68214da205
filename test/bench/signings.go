package main

import (
	"time"

	"github.com/warmfront/warmfront/signedurl"

	"github.com/warmfront/warmfront/test/load"
)

// signing is a kind of signature.
type signing struct {
	name   string
	signer signedurl.Signer
}

// signings are the kinds that two keys can make.
func signings(rsa, ecdsa *signedurl.Signer) (list []signing) {
	for _, key := range []struct {
		name   string
		signer *signedurl.Signer
	}{{"RSA-2048", rsa}, {"ECDSA P-256", ecdsa}} {
		for _, hash := range []struct {
			name string
			hash signedurl.Hash
		}{{"SHA-1", signedurl.SHA1}, {"SHA-256", signedurl.SHA256}} {
			s := signing{key.name + ", " + hash.name, *key.signer}
			s.signer.Hash = hash.hash
			list = append(list, s)
		}
	}
	return list
}

// verificationsAlone are how many µs it takes this process to verify each target's signature, and
// nothing else.
func verificationsAlone(targets []load.Target, site *load.Site) (µs []float64) {
	key, err := signedurl.NewPublicKey(site.Signer.PrivateKey.Public())
	if err != nil {
		return nil
	}
	for _, t := range targets {
		request, err := signedurl.NewRequest(t.Scheme+"://"+t.Host+t.Path, "")
		if err != nil {
			continue
		}
		credentials, err := signedurl.Parse(&request)
		if err != nil {
			continue
		}
		m, err := credentials.Decode(nil)
		if err != nil {
			continue
		}
		began := time.Now()
		if m.VerifySignature(key) == nil {
			µs = append(µs, float64(time.Since(began).Nanoseconds())/1000)
		}
	}
	return µs
}

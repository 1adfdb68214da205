package main

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/signedurl"
)

// trustedKey is a public key from the command line; an empty id stands for any.
type trustedKey struct {
	id, file string
	key      *signedurl.PublicKey
}

// readKeys reads the keys given as FILE or ID=FILE. A file's name may hold the id, as CloudFront
// names them.
func readKeys(args []string) ([]trustedKey, error) {
	var keys []trustedKey
	for _, arg := range args {
		k := trustedKey{file: arg}
		if id, file, ok := strings.Cut(arg, "="); ok && !strings.ContainsAny(id, "/.") {
			k.id, k.file = id, file
		} else {
			name := arg[strings.LastIndexByte(arg, '/')+1:]
			k.id = keyIDFromName(strings.TrimPrefix(name, "rsa-"))
		}
		pem, err := os.ReadFile(k.file)
		if err != nil {
			return nil, fmt.Errorf("--public-key: %w", err)
		}
		if k.key, err = signedurl.ParsePublicKey(pem); err != nil {
			if strings.Contains(string(pem), "PRIVATE KEY") {
				err = fmt.Errorf("it is a private key; its public half is what `openssl pkey -pubout` prints")
			}
			return nil, fmt.Errorf("--public-key %s: %w", k.file, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// offline explains a request with the keys given.
func (f *explainFlags) offline(url string, at time.Time, viewer netip.Addr) (*edge.Explanation, error) {
	r, err := signedurl.NewRequest(url, f.cookie())
	if err != nil {
		return nil, err
	}
	keys, err := readKeys(f.keys)
	if err != nil {
		return nil, err
	}
	q := signedurl.Question{Request: r, Viewer: viewer, Now: at, Hosts: f.hosts, SetCookies: f.setCookies, SetFrom: f.origin}
	for _, k := range keys {
		id := k.id
		if id == "" {
			id = k.file
		}
		q.Known = append(q.Known, signedurl.KnownKey{ID: id, Key: k.key, Where: "in " + k.file})
	}
	// Keys without an id stand for any: the one that fits best is asked about.
	var best *signedurl.Report
	for i := range max(1, len(keys)) {
		if len(keys) > 0 {
			q.Keys = trustOne(keys, keys[i])
		}
		report := signedurl.Explain(&q)
		if best == nil || verified(report) && !verified(best) {
			best = report
		}
	}
	return &edge.Explanation{Verdict: best.Verdict, Report: best}, nil
}

// trustOne trusts the keys with ids under these, and anonymous under any other id.
func trustOne(keys []trustedKey, anonymous trustedKey) func(string) *signedurl.PublicKey {
	return func(id string) *signedurl.PublicKey {
		for _, k := range keys {
			if k.id == id {
				return k.key
			}
		}
		if anonymous.id == "" {
			return anonymous.key
		}
		return nil
	}
}

func verified(r *signedurl.Report) bool {
	for _, s := range r.Steps {
		if s.Name == signedurl.StepSignature {
			return s.Outcome == signedurl.OK
		}
	}
	return false
}

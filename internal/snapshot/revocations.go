package snapshot

import (
	"crypto/sha256"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

type digest = [sha256.Size]byte

// policyID names a policy: its text and the key it was signed with.
type policyID struct{ text, key digest }

// revocations are those of one revision, to be looked up by each request. They are immutable;
// the tables share what has not changed with those of the revision before. The zero value is
// none at all.
type revocations struct {
	records  table[string, *state.Revocation]
	policies table[policyID, *rules]
	expiries table[int64, int] // how many texts of policies expire then: most requests' do not
	keys     table[digest, *rules]
	paths    map[string]*paths // by distribution
	lastCut  int64             // revision of the newest one that cuts downloads off
}

// Signed is what an admitted request was signed with.
type Signed struct {
	Key *signedurl.PublicKey
	// Policy and AltPolicy are as in signedurl.Message.
	Policy, AltPolicy []byte
	Expires           time.Time
}

// Revocation is one that has been found.
type Revocation = state.Revocation

// RevocationReason is the reason with which a revocation refuses.
func RevocationReason(r *Revocation) signedurl.Reason {
	switch {
	case r.OfPolicy != nil:
		return signedurl.RevokedPolicy
	case r.OfKey != nil:
		return signedurl.RevokedKey
	}
	return signedurl.RevokedResource
}

// RevokedSignature returns a revocation that at now takes back what a request was signed with,
// nil when there is none. With cut, only those count that cut downloads off.
func (s *Snapshot) RevokedSignature(signed *Signed, now time.Time, cut bool) *Revocation {
	r := &s.revoked
	if r.policies.size == 0 && r.keys.size == 0 {
		return nil
	}
	expires := signed.Expires.Unix()
	if r.keys.size > 0 {
		if of, ok := r.keys.get(signed.Key.Fingerprint()); ok {
			if found := of.find(expires, now, cut); found != nil {
				return found
			}
		}
	}
	if n, _ := r.expiries.get(expires); n == 0 {
		return nil
	}
	for _, text := range [...][]byte{signed.Policy, signed.AltPolicy} {
		if text == nil {
			continue
		}
		if of, ok := r.policies.get(policyID{sha256.Sum256(text), signed.Key.Fingerprint()}); ok {
			if found := of.find(expires, now, cut); found != nil {
				return found
			}
		}
	}
	return nil
}

// RevokedPath returns a revocation that at now takes back a raw path of a distribution, nil when
// there is none. Any reading of the path counts, so that no spelling gets around it.
func (s *Snapshot) RevokedPath(d *Distribution, path string, now time.Time, cut bool) *Revocation {
	if len(s.revoked.paths) == 0 {
		return nil
	}
	tree := s.revoked.paths[d.ID]
	if tree == nil {
		return nil
	}
	if isPlain(path) {
		return tree.findReading(d, path, now, cut)
	}
	found, all := readings(path)
	for _, r := range found {
		if revocation := tree.findReading(d, r, now, cut); revocation != nil {
			return revocation
		}
	}
	if !all {
		return tree.any(now, cut) // it may mean anything
	}
	return nil
}

// LastCut is the revision of the newest revocation that cuts downloads off, 0 for none.
func (s *Snapshot) LastCut() int64 { return s.revoked.lastCut }

func (n *paths) findReading(d *Distribution, path string, now time.Time, cut bool) *Revocation {
	if r := n.find(path, now, cut); r != nil || path != "/" || d.DefaultRootObject == "" {
		return r
	}
	return n.find("/"+d.DefaultRootObject, now, cut)
}

// any returns any revocation in force.
func (n *paths) any(now time.Time, cut bool) *Revocation {
	for _, of := range [...]*rules{n.prefix, n.whole} {
		if r := of.find(0, now, cut); r != nil {
			return r
		}
	}
	for _, c := range n.children {
		if r := c.any(now, cut); r != nil {
			return r
		}
	}
	return nil
}

// revokedPath is a revocation's path in the form of readings: decoded once, and clean. The name
// that a prefix ends in stays as it is, or `/a/.*` would become `/a/*`.
func revokedPath(path string) (literal string, prefix bool) {
	path, prefix = strings.CutSuffix(path, "*")
	path = decodeOnce(path)
	if !prefix {
		return clean(path), false
	}
	border := strings.LastIndexByte(path, '/') + 1
	return clean(path[:border]) + path[border:], true
}

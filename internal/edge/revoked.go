package edge

import (
	"time"

	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/signedurl"
)

// unrevoked notes what a request may be admitted by, unless that has been taken back. It is asked
// each time, whether the signature is remembered or not.
func (x *exchange) unrevoked(m *signedurl.Message, key *signedurl.PublicKey, expires time.Time) error {
	x.signed = append(x.signed, snapshot.Signed{Key: key, Policy: m.Policy, AltPolicy: m.AltPolicy, Expires: expires})
	return revoked(x.snap.RevokedSignature(&x.signed[len(x.signed)-1], x.begin, false))
}

// unrevokedPath refuses a path that has been taken back.
func (x *exchange) unrevokedPath() error {
	return revoked(x.snap.RevokedPath(x.dist, x.path, x.begin, false))
}

func revoked(r *snapshot.Revocation) error {
	if r == nil {
		return nil
	}
	return &signedurl.Refusal{Reason: snapshot.RevocationReason(r)}
}

// cutBy returns a revocation that cuts x off under s, nil when there is none.
func cutBy(s *snapshot.Snapshot, d *snapshot.Distribution, path string, signed []snapshot.Signed, now time.Time) *snapshot.Revocation {
	for i := range signed {
		if r := s.RevokedSignature(&signed[i], now, true); r != nil {
			return r
		}
	}
	return s.RevokedPath(d, path, now, true)
}

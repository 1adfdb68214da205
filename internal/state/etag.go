package state

import (
	"encoding/base32"
	"encoding/binary"
)

// etagFactor is odd, so multiplying by it modulo 2^64 is a permutation; etagInverse undoes it.
const (
	etagFactor  uint64 = 0x9E3779B97F4A7C15
	etagInverse uint64 = 0xF1DE83E19937733D
)

var etagText = base32.StdEncoding.WithPadding(base32.NoPadding)

// ETag is the entity tag of a record with this mod revision: "E" and 13 characters A-Z and
// 2-7, as CloudFront's look, different for every revision.
func ETag(revision int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(revision)*etagFactor)
	return "E" + etagText.EncodeToString(b[:])
}

// ParseETag is the inverse of ETag; ok is false for what ETag cannot have made for a
// plausible revision.
func ParseETag(etag string) (revision int64, ok bool) {
	if len(etag) != 14 || etag[0] != 'E' {
		return 0, false
	}
	b, err := etagText.DecodeString(etag[1:])
	if err != nil || len(b) != 8 { // line breaks are skipped in decoding
		return 0, false
	}
	n := binary.BigEndian.Uint64(b) * etagInverse
	// 2^48 revisions last 9,000 years at 1,000 a second; random text rarely falls below.
	if n == 0 || n >= 1<<48 || ETag(int64(n)) != etag {
		return 0, false
	}
	return int64(n), true
}

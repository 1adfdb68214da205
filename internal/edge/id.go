package edge

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
)

// appendRequestID appends a request id as CloudFront's look: 56 characters of base64 ending "==".
// It names a request in answers and logs and is no secret.
func appendRequestID(b []byte) []byte {
	var raw [40]byte
	for i := 0; i < len(raw); i += 8 {
		binary.LittleEndian.PutUint64(raw[i:], rand.Uint64())
	}
	return base64.URLEncoding.AppendEncode(b, raw[:])
}

// newPseudonym is a random name for Via.
func newPseudonym() string {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:], rand.Uint64())
	binary.LittleEndian.PutUint64(raw[8:], rand.Uint64())
	return hex.EncodeToString(raw[:]) + ".cloudfront.net"
}

// altSvc advertises HTTP/3 (RFC 7838, RFC 9114 section 3.1.1).
func altSvc(port int) string { return `h3=":` + strconv.Itoa(port) + `"; ma=86400` }

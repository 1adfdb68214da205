package objects

import (
	"encoding/binary"
	"fmt"
	"sort"
)

// manifest is the part list of a multipart version: one byte giving the
// length S of the parts' checksums (0 if none are kept), then per part, in
// order: blob id (16 bytes), offset of the part's end in the object (8 bytes,
// big endian), part number (2 bytes), checksum (S bytes). Fixed-size entries
// let a range be found by binary search without decoding the rest.
type manifest []byte

const manifestFixed = 16 + 8 + 2

// manifestPart is one entry of a manifest.
type manifestPart struct {
	Blob       blobID // zero if the part is empty
	Start, End int64  // byte offsets in the object
	Number     int    // as uploaded
	Sum        []byte // raw checksum, may be empty
}

func newManifest(sumLen, parts int) manifest {
	m := make(manifest, 1, 1+parts*(manifestFixed+sumLen))
	m[0] = byte(sumLen)
	return m
}

// add appends a part; len(sum) must be the manifest's checksum length.
func (m manifest) add(blob blobID, end int64, number int, sum []byte) manifest {
	m = append(m, blob[:]...)
	m = binary.BigEndian.AppendUint64(m, uint64(end))
	m = binary.BigEndian.AppendUint16(m, uint16(number))
	return append(m, sum...)
}

func (m manifest) entry() int { return manifestFixed + int(m[0]) }

func (m manifest) len() int {
	if len(m) == 0 {
		return 0
	}
	return (len(m) - 1) / m.entry()
}

// part returns the i-th part, counted from 0.
func (m manifest) part(i int) manifestPart {
	e := m[1+i*m.entry():][:m.entry()]
	p := manifestPart{Blob: blobID(e[:16]), End: m.end(i), Number: int(binary.BigEndian.Uint16(e[24:])), Sum: e[manifestFixed:]}
	if i > 0 {
		p.Start = m.end(i - 1)
	}
	return p
}

func (m manifest) end(i int) int64 {
	return int64(binary.BigEndian.Uint64(m[1+i*m.entry()+16:]))
}

// check reports whether m is a well-formed list of n parts of size bytes.
func (m manifest) check(n int, size int64) error {
	if len(m) == 0 || (len(m)-1)%m.entry() != 0 || m.len() != n || n == 0 || m.end(n-1) != size {
		return fmt.Errorf("%w: manifest of %d parts", errCodec, n)
	}
	return nil
}

// extents returns the parts of blobs that make up length bytes of the object
// from off on.
func (m manifest) extents(off, length int64) []extent {
	first := sort.Search(m.len(), func(i int) bool { return m.end(i) > off })
	var out []extent
	for i := first; i < m.len() && length > 0; i++ {
		p := m.part(i)
		if p.End == p.Start {
			continue
		}
		n := min(length, p.End-off)
		out = append(out, extent{Blob: p.Blob, Offset: off - p.Start, Length: n, Size: p.End - p.Start})
		off, length = off+n, length-n
	}
	return out
}

// extent is a run of bytes within one blob.
type extent struct {
	Blob           blobID
	Offset, Length int64
	Size           int64 // of the whole blob
}

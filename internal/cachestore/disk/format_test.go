package disk

import (
	"testing"
	"testing/quick"
)

func TestHeaderRoundTrip(t *testing.T) {
	err := quick.Check(func(hash, cluster Hash, gen uint64, rev int64, length uint32, headLen uint16, crc1, crc2 uint32) bool {
		want := header{hash: hash, cluster: cluster, gen: gen, revision: rev, length: int64(length) << 6, headLen: uint32(headLen), headCRC: crc1, bodyCRC: crc2}
		want.parts = (&Head{Length: want.length}).parts()
		want.part = uint32(gen % uint64(want.parts+1))
		want.bodyLen = uint32(partBytes(want.length, want.parts, want.part))
		b := want.append(nil)
		got, err := parseHeader(b)
		return err == nil && got == want && len(b) == headerBytes
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// Any one bit of a header or record that is wrong is found out.
func TestEveryBitCounts(t *testing.T) {
	h := header{length: 5, bodyLen: 5, gen: 7}
	for i := range headerBytes * 8 {
		b := h.append(nil)
		b[i/8] ^= 1 << (i % 8)
		if _, err := parseHeader(b); err == nil {
			t.Fatalf("header bit %d is not covered", i)
		}
	}
	r := record{op: opPut, gen: 7}
	for i := range recordBytes * 8 {
		b := r.append(nil)
		b[i/8] ^= 1 << (i % 8)
		if _, ok := parseRecord(b); ok {
			t.Fatalf("record bit %d is not covered", i)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	h := header{length: 3 * PartBytes, parts: 3, part: 1, bodyLen: PartBytes}
	f.Add(h.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := parseHeader(b); err == nil && (h.size() < headerBytes || h.bodyLen > PartBytes) {
			t.Fatalf("%+v", h)
		}
	})
}

func FuzzParseHead(f *testing.F) {
	f.Add(appendHead(nil, &Head{Key: "k", Meta: []byte("meta")}))
	f.Fuzz(func(t *testing.T, b []byte) { parseHead(b) })
}

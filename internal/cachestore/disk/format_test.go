package disk

import (
	"encoding/hex"
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

// What earlier versions have written must stay readable, or version change.
func TestLayout(t *testing.T) {
	h := header{
		part: 2, hash: Hash{1, 2}, gen: 3, revision: 4, length: 2*PartBytes + 5, parts: 3,
		headLen: 6, bodyLen: PartBytes, headCRC: 7, bodyCRC: 8, cluster: Hash{9},
	}
	r := record{op: opPut, part: 1, size: 2, parts: 3, hash: Hash{4}, gen: 5, rev: 6, aux: 7}
	for _, c := range []struct{ got, want string }{
		{hex.EncodeToString(h.append(nil)), "57464348554e4b0a01000000020000000102000000000000000000000000000003000000000000000400000000000000050020000000000003000000060000000000100007000000080000000900000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006d6abfd8"},
		{hex.EncodeToString(r.append(nil)), "020000000100000002000000030000000400000000000000000000000000000005000000000000000600000000000000070000000000000000000000c39992c6"},
		{hex.EncodeToString(appendHead(nil, &Head{Key: "k", Meta: []byte("m")})), "016b6d"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

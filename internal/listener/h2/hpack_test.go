package h2

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/warmfront/warmfront/internal/edge"
)

// reference decodes blocks with x/net, one after the other, as one connection would.
func reference(blocks [][]byte) (list [][]entry, ok bool) {
	d := hpack.NewDecoder(defaultTable, nil)
	for _, b := range blocks {
		fields, err := d.DecodeFull(b)
		if err != nil {
			return list, false
		}
		var block []entry
		for _, f := range fields {
			block = append(block, entry{f.Name, f.Value})
		}
		list = append(list, block)
	}
	return list, true
}

func decodeAll(blocks [][]byte) (list [][]entry, ok bool) {
	d := decoder{limit: defaultTable}
	for _, b := range blocks {
		var block []entry
		_, err := d.decode(b, nil, func(name, value string) bool {
			block = append(block, entry{name, value})
			return true
		})
		if err != nil {
			return list, false
		}
		list = append(list, block)
	}
	return list, true
}

// FuzzDecoder compares with x/net what both take for two blocks of a connection.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff}, []byte{0x82, 0x86, 0x84, 0xbe, 0x58, 0x08, 'n', 'o', '-', 'c', 'a', 'c', 'h', 'e'})
	f.Add([]byte{0x20, 0x3f, 0xe1, 0x1f, 0x40, 1, 'a', 1, 'b', 0x10, 1, 'c', 0}, []byte{0xbe, 0xbf})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		got, ok := decodeAll([][]byte{a, b})
		want, valid := reference([][]byte{a, b})
		if ok && valid && !reflect.DeepEqual(got, want) {
			t.Errorf("%v, x/net has %v", got, want)
		}
	})
}

// TestDecoder decodes what x/net makes of requests, with table sizes changing, some values
// long and repeated.
func TestDecoder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	var buf bytes.Buffer
	e := hpack.NewEncoder(&buf)
	d := decoder{limit: defaultTable}
	for n := range 3000 {
		if n%89 == 0 {
			e.SetMaxDynamicTableSize(uint32(random.UintN(5000)))
		}
		buf.Reset()
		var got, want []entry
		for range random.UintN(15) {
			f := hpack.HeaderField{Name: []string{":path", ":method", "cookie", "accept", "x-a", "x-b"}[random.UintN(6)], Value: strings.Repeat(string(rune('A'+random.UintN(3))), int(random.UintN(4)*70)), Sensitive: random.UintN(5) == 0}
			e.WriteField(f)
			want = append(want, entry{f.Name, f.Value})
		}
		if _, err := d.decode(buf.Bytes(), nil, func(name, value string) bool { got = append(got, entry{name, value}); return true }); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%v became %v", want, got)
		}
	}
	if d.bytes > defaultTable {
		t.Errorf("the table has %d bytes", d.bytes)
	}
}

// TestValues compares with the rule, byte by byte, at every place of a long value.
func TestValues(t *testing.T) {
	t.Parallel()
	for at := range 21 {
		for c := range 256 {
			b := bytes.Repeat([]byte{'a'}, 21)
			b[at] = byte(c)
			want := c >= ' ' && c != 0x7f || c == '\t'
			if (at == 0 || at == 20) && (c == ' ' || c == '\t') {
				want = false
			}
			if validValue(string(b)) != want {
				t.Errorf("byte %#x at %d: %v", c, at, !want)
			}
		}
	}
}

func TestHuffman(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 2000 {
		b := make([]byte, n%300)
		for i := range b {
			b[i] = byte(random.UintN(256))
			if n%2 == 0 {
				b[i] = "abcdefghijklmnopqrstuvwxyz/?&=%0123456789-_~ABC"[random.UintN(47)]
			}
		}
		coded := hpack.AppendHuffmanString(nil, string(b))
		if got, ok := huffmanCode.decode(nil, coded); !ok || !bytes.Equal(got, b) {
			t.Fatalf("%q became %q, %v", b, got, ok)
		}
	}
	for name, tc := range map[string][]byte{"a byte of padding": {0xff}, "zeros as padding": {0b00011_000}, "EOS": {0xff, 0xff, 0xff, 0xff, 0xff}} {
		if got, ok := huffmanCode.decode(nil, tc); ok {
			t.Errorf("%s: decoded to %q", name, got)
		}
	}
}

func FuzzHuffman(f *testing.F) {
	f.Add([]byte{0xff, 0xff, 0xff})
	f.Add(hpack.AppendHuffmanString(nil, "/film?Signature=Ab-~_\x00\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var want bytes.Buffer
		_, err := hpack.HuffmanDecode(&want, b)
		got, ok := huffmanCode.decode(nil, b)
		if ok != (err == nil) || ok && !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%x became %q, %v; x/net has %q, %v", b, got, ok, want.Bytes(), err)
		}
	})
}

// TestEncoder has x/net decode what the encoder makes of responses, with table sizes changing.
func TestEncoder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	names := []string{"Server", "Via", "X-Cache", "ETag", "Content-Type", "X-Own", "Cache-Control", "Date", "Set-Cookie", "Alt-Svc"}
	e := newEncoder()
	var got []entry
	d := hpack.NewDecoder(defaultTable, func(f hpack.HeaderField) { got = append(got, entry{f.Name, f.Value}) })
	for n := range 3000 {
		if n%97 == 0 {
			size := uint32(random.UintN(6000))
			e.setPeerLimit(size)
			d.SetAllowedMaxDynamicTableSize(min(size, defaultTable))
		}
		status := []int{200, 206, 301, 304, 404, 503}[random.UintN(6)]
		want := []entry{{":status", []string{200: "200", 206: "206", 301: "301", 304: "304", 404: "404", 503: "503"}[status]}}
		b := e.begin(nil, status)
		for range random.UintN(12) {
			f := edge.Field{Name: names[random.UintN(uint(len(names)))], Value: strings.Repeat(string(rune('a'+random.UintN(6))), int(random.UintN(90)))}
			b = e.field(b, &f)
			want = append(want, entry{strings.ToLower(f.Name), f.Value})
		}
		b = e.length(b, int64(n))
		got = nil
		if _, err := d.Write(b); err != nil {
			t.Fatal(err)
		}
		d.Close()
		if len(got) != len(want)+1 {
			t.Fatalf("%d fields became %d", len(want)+1, len(got))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%v became %v", want[i], got[i])
			}
		}
	}
}

package h2

import (
	"bytes"
	"errors"
	"hash/maphash"
	"strings"
	"unsafe"

	"golang.org/x/net/http2/hpack"
)

// decoder reads header blocks (RFC 7541). Unlike x/net's it allocates only for fields that
// the peer wants kept, and keeps little for an idle connection.
type decoder struct {
	table []entry // oldest first
	bytes int
	limit int // the peer's choice, at most defaultTable
	again recent
}

// recent is a long string that a viewer has sent at least twice: a player asks for a film part
// by part, or for a playlist over and over, under one signed URL.
type recent struct {
	sum   uint64 // of the last long string
	coded []byte
	plain string
}

const longString = 64 // bytes, coded

var recentSeed = maphash.MakeSeed()

// forget lets go of what only makes decoding faster.
func (d *decoder) forget() { d.again = recent{} }

var (
	errBlock     = errors.New("invalid header block")
	errTableSize = errors.New("invalid size of the header table")
)

// static is RFC 7541's appendix A, as x/net's decoder knows it.
var static = func() (t [staticEntries + 1]entry) {
	d := hpack.NewDecoder(0, nil)
	for i := 1; i <= staticEntries; i++ {
		fields, err := d.DecodeFull([]byte{0x80 | byte(i)})
		if err != nil {
			panic(err)
		}
		t[i] = entry{fields[0].Name, fields[0].Value}
	}
	return t
}()

// decode hands the fields of a whole block to emit, until that wants no more, and appends the
// strings they are made of to arena, which must not be written to as long as they are used.
// The table is kept right in any case; an error is the connection's end.
func (d *decoder) decode(b, arena []byte, emit func(name, value string) bool) ([]byte, error) {
	wanted, first := true, true
	for len(b) > 0 {
		c := b[0]
		var e entry
		var err error
		switch {
		case c&0x80 != 0:
			e, b, err = d.indexed(b)
		case c&0xe0 == 0x20:
			if b, err = d.resize(b, first); err != nil {
				return arena, err
			}
			continue
		default:
			e, b, arena, err = d.literal(b, arena)
		}
		if err != nil {
			return arena, err
		}
		first = false
		if wanted {
			wanted = emit(e.name, e.value)
		}
	}
	return arena, nil
}

func (d *decoder) indexed(b []byte) (entry, []byte, error) {
	i, b, ok := readInt(b, 7)
	if !ok || i == 0 {
		return entry{}, b, errBlock
	}
	e, ok := d.at(i)
	if !ok {
		return e, b, errBlock
	}
	return e, b, nil
}

// literal reads a literal field, with a name of its own or a table's.
func (d *decoder) literal(b, arena []byte) (e entry, rest, grown []byte, err error) {
	keep, bits := b[0]&0x40 != 0, byte(4)
	if keep {
		bits = 6
	}
	i, b, ok := readInt(b, bits)
	if ok && i > 0 {
		e, ok = d.at(i)
	} else if ok {
		e.name, b, arena, ok = d.readString(b, arena)
	}
	if ok {
		e.value, b, arena, ok = d.readString(b, arena)
	}
	if !ok {
		return e, b, arena, errBlock
	}
	if keep {
		d.add(e)
	}
	return e, b, arena, nil
}

// resize takes a change of the table's size, which only a block's beginning may hold.
func (d *decoder) resize(b []byte, first bool) ([]byte, error) {
	n, b, ok := readInt(b, 5)
	if !ok || !first || n > defaultTable {
		return b, errTableSize
	}
	d.limit = int(n)
	d.evict(0)
	return b, nil
}

func (d *decoder) at(i uint64) (entry, bool) {
	if i <= staticEntries {
		return static[i], true
	}
	if i -= staticEntries; i > uint64(len(d.table)) {
		return entry{}, false
	}
	return d.table[len(d.table)-int(i)], true
}

func (d *decoder) add(e entry) {
	size := len(e.name) + len(e.value) + entryOverhead
	if size > d.limit {
		d.evict(d.limit) // and does not enter (RFC 7541, 4.4)
		return
	}
	d.evict(size)
	d.table = append(d.table, entry{strings.Clone(e.name), strings.Clone(e.value)})
	d.bytes += size
}

// evict removes the oldest entries until there is room for n bytes.
func (d *decoder) evict(n int) {
	gone := 0
	for ; gone < len(d.table) && d.bytes+n > d.limit; gone++ {
		d.bytes -= len(d.table[gone].name) + len(d.table[gone].value) + entryOverhead
	}
	if gone > 0 {
		kept := copy(d.table, d.table[gone:])
		clear(d.table[kept:])
		d.table = d.table[:kept]
	}
}

// readInt reads an integer with a prefix of so many bits (RFC 7541, 5.1). Those beyond 28
// bits have no use here.
func readInt(b []byte, bits byte) (uint64, []byte, bool) {
	if len(b) == 0 {
		return 0, b, false
	}
	limit := uint64(1)<<bits - 1
	n := uint64(b[0]) & limit
	if b = b[1:]; n < limit {
		return n, b, true
	}
	for shift := 0; len(b) > 0 && shift <= 28; shift += 7 {
		c := b[0]
		b = b[1:]
		n += uint64(c&0x7f) << shift
		if c&0x80 == 0 {
			return n, b, true
		}
	}
	return 0, b, false
}

// readString reads a string (RFC 7541, 5.2) into arena.
func (d *decoder) readString(b, arena []byte) (s string, rest, grown []byte, ok bool) {
	if len(b) == 0 {
		return "", b, arena, false
	}
	coded := b[0]&0x80 != 0
	n, b, ok := readInt(b, 7)
	if !ok || n > uint64(len(b)) {
		return "", b, arena, false
	}
	start := len(arena)
	switch {
	case !coded:
		arena = append(arena, b[:n]...)
	case n >= longString:
		if bytes.Equal(d.again.coded, b[:n]) {
			return d.again.plain, b[n:], arena, true
		}
		if arena, ok = huffmanCode.decode(arena, b[:n]); ok {
			d.remember(b[:n], arena[start:])
		}
	default:
		arena, ok = huffmanCode.decode(arena, b[:n])
	}
	made := arena[start:]
	return unsafe.String(unsafe.SliceData(made), len(made)), b[n:], arena, ok
}

// remember keeps a long string that has come twice in a row.
func (d *decoder) remember(coded, plain []byte) {
	sum := maphash.Bytes(recentSeed, coded)
	if sum == d.again.sum {
		d.again.coded, d.again.plain = append(d.again.coded[:0], coded...), string(plain)
	}
	d.again.sum = sum
}

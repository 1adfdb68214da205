package h2

import (
	"strconv"
	"strings"

	"github.com/warmfront/warmfront/internal/edge"
)

// encoder writes header blocks (RFC 7541). Unlike x/net's it allocates nothing, keeps a small
// table for fields that most responses share, and leaves the rest literal: entity tags, dates
// and ids would only push those out. Its table is the newest part of what the peer keeps.
type encoder struct {
	table  [tableEntries]entry // a ring, newest at next-1
	next   int
	count  int
	bytes  int
	limit  int  // of bytes; tableBytes, or less if the peer wants so
	update bool // a change of the peer's limit has to be confirmed
	peer   int  // that limit
}

type entry struct{ name, value string }

const (
	tableEntries  = 16
	tableBytes    = 1 << 10
	entryOverhead = 32
	staticEntries = 61
	defaultTable  = 4096
)

func newEncoder() encoder { return encoder{limit: tableBytes} }

// known is what the encoder knows of a field name.
type known struct {
	lower  string
	static byte // index in the static table; 0: none
	index  bool // worth a place in the table
}

// names are the fields of most responses, as the edge and as origins write them.
var names = map[string]known{
	"Accept-Ranges": {"accept-ranges", 18, true}, "Access-Control-Allow-Origin": {"access-control-allow-origin", 20, true},
	"Age": {"age", 21, false}, "Allow": {"allow", 22, false}, "Alt-Svc": {"alt-svc", 0, true}, "Cache-Control": {"cache-control", 24, true},
	"Content-Disposition": {"content-disposition", 25, false}, "Content-Encoding": {"content-encoding", 26, true},
	"Content-Language": {"content-language", 27, false}, "Content-Range": {"content-range", 30, false}, "Content-Type": {"content-type", 31, true},
	"Date": {"date", 33, false}, "ETag": {"etag", 34, false}, "Expires": {"expires", 36, false}, "Last-Modified": {"last-modified", 44, false},
	"Link": {"link", 45, false}, "Location": {"location", 46, false}, "Retry-After": {"retry-after", 53, false}, "Server": {"server", 54, true},
	"Set-Cookie": {"set-cookie", 55, false}, "Strict-Transport-Security": {"strict-transport-security", 56, true}, "Vary": {"vary", 59, true},
	"Via": {"via", 60, true}, "X-Amz-Cf-Id": {"x-amz-cf-id", 0, false}, "X-Amz-Cf-Pop": {"x-amz-cf-pop", 0, true}, "X-Cache": {"x-cache", 0, true},
	"X-Amz-Server-Side-Encryption": {"x-amz-server-side-encryption", 0, true},
}

// statuses with an index of their own in the static table.
var statuses = map[int]byte{200: 8, 204: 9, 206: 10, 304: 11, 400: 12, 404: 13, 500: 14}

// setPeerLimit takes the peer's SETTINGS_HEADER_TABLE_SIZE. The table begins anew, which is
// always right: the next block confirms a size of 0 and then the new one (RFC 7541, 4.2).
func (e *encoder) setPeerLimit(n uint32) {
	*e = encoder{update: true, peer: int(min(n, defaultTable))}
	e.limit = min(e.peer, tableBytes)
}

// begin starts a block with its status.
func (e *encoder) begin(b []byte, status int) []byte {
	if e.update {
		e.update = false
		b = append(b, 0x20)
		if e.peer > 0 {
			b = appendInt(b, 0x20, 5, uint64(e.peer))
		}
	}
	if i, ok := statuses[status]; ok {
		return append(b, 0x80|i)
	}
	var digits [8]byte
	return appendString(append(b, 0x08), strconv.AppendInt(digits[:0], int64(status), 10))
}

// length appends a Content-Length.
func (e *encoder) length(b []byte, n int64) []byte {
	var digits [20]byte
	return appendString(append(b, 0x0f, 28-15), strconv.AppendInt(digits[:0], n, 10))
}

// field appends a field, or nothing when no protocol allows its value.
func (e *encoder) field(b []byte, f *edge.Field) []byte {
	if strings.IndexByte(f.Value, '\n') >= 0 || strings.IndexByte(f.Value, '\r') >= 0 || strings.IndexByte(f.Value, 0) >= 0 {
		return b
	}
	k, ok := names[f.Name]
	if !ok {
		return appendString(appendLower(append(b, 0), f.Name), f.Value)
	}
	if !k.index {
		return appendString(appendName(b, 0, 4, &k), f.Value)
	}
	if at := e.find(k.lower, f.Value); at > 0 {
		return appendInt(b, 0x80, 7, uint64(staticEntries+at))
	}
	if len(k.lower)+len(f.Value)+entryOverhead > e.limit/4 {
		return appendString(appendName(b, 0, 4, &k), f.Value)
	}
	e.add(k.lower, f.Value)
	return appendString(appendName(b, 0x40, 6, &k), f.Value)
}

// find returns the place of a field in the table, 1 for the newest, or 0.
func (e *encoder) find(name, value string) int {
	for at := 1; at <= e.count; at++ {
		t := &e.table[(e.next-at)&(tableEntries-1)]
		if len(t.value) == len(value) && t.name == name && t.value == value {
			return at
		}
	}
	return 0
}

func (e *encoder) add(name, value string) {
	size := len(name) + len(value) + entryOverhead
	for e.count == tableEntries || e.bytes+size > e.limit {
		oldest := &e.table[(e.next-e.count)&(tableEntries-1)]
		e.bytes -= len(oldest.name) + len(oldest.value) + entryOverhead
		*oldest = entry{}
		e.count--
	}
	e.table[e.next&(tableEntries-1)] = entry{name, strings.Clone(value)}
	e.next++
	e.count++
	e.bytes += size
}

// appendName appends a literal's first byte or bytes with the name: pattern says how the peer
// treats it, bits how many of the first byte are the index.
func appendName(b []byte, pattern, bits byte, k *known) []byte {
	if k.static > 0 {
		return appendInt(b, pattern, bits, uint64(k.static))
	}
	return appendString(append(b, pattern), k.lower)
}

// appendInt appends an integer with a prefix of so many bits (RFC 7541, 5.1).
func appendInt(b []byte, pattern, bits byte, n uint64) []byte {
	limit := uint64(1)<<bits - 1
	if n < limit {
		return append(b, pattern|byte(n))
	}
	b = append(b, pattern|byte(limit))
	for n -= limit; n >= 0x80; n >>= 7 {
		b = append(b, 0x80|byte(n))
	}
	return append(b, byte(n))
}

// appendString appends a string as it is: Huffman coding costs more time than it saves bytes.
func appendString[S string | []byte](b []byte, s S) []byte {
	return append(appendInt(b, 0, 7, uint64(len(s))), s...)
}

// appendLower appends a name in lower case, which HTTP/2 requires.
func appendLower(b []byte, name string) []byte {
	b = appendInt(b, 0, 7, uint64(len(name)))
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		b = append(b, c)
	}
	return b
}

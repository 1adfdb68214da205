package disk

import (
	"encoding/binary"
	"hash/crc32"
)

// recordBytes is the size of every record of a journal and of a checkpoint.
const recordBytes = 64

// Kinds of records.
const (
	opBegin = iota + 1 // first of a file: format version in part, cluster in hash, sequence number in gen, revision, sweep time in aux
	opPut              // a file was written
	opDrop             // a file was removed; of an object's own file, with all others of that object
	opState            // revision, and in aux the time of the last sweep
	opEnd              // last of a checkpoint: number of records before it in aux
)

// record is one line of a journal or checkpoint, little endian:
//
//	0 op   1 zero   4 part u32   8 size u32   12 parts u32   16 hash [16]   32 gen u64   40 revision i64
//	48 aux i64   56 zero   60 CRC-32C u32 of bytes 0..59
type record struct {
	op    byte
	part  uint32
	size  uint32
	parts uint32
	hash  Hash
	gen   uint64
	rev   int64
	aux   int64
}

// append appends the encoded record.
func (r *record) append(b []byte) []byte {
	start := len(b)
	b = append(b, r.op, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, r.part)
	b = binary.LittleEndian.AppendUint32(b, r.size)
	b = binary.LittleEndian.AppendUint32(b, r.parts)
	b = append(b, r.hash[:]...)
	b = binary.LittleEndian.AppendUint64(b, r.gen)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.rev))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.aux))
	b = append(b, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// parseRecord decodes a record; ok is false for a damaged one.
func parseRecord(b []byte) (r record, ok bool) {
	le := binary.LittleEndian
	if len(b) < recordBytes || crc32.Checksum(b[:recordBytes-4], castagnoli) != le.Uint32(b[recordBytes-4:]) {
		return r, false
	}
	r = record{
		op: b[0], part: le.Uint32(b[4:]), size: le.Uint32(b[8:]), parts: le.Uint32(b[12:]), hash: Hash(b[16:32]),
		gen: le.Uint64(b[32:]), rev: int64(le.Uint64(b[40:])), aux: int64(le.Uint64(b[48:])),
	}
	return r, r.op >= opBegin && r.op <= opEnd
}

// entry is what a put record says.
func (r *record) entry() entry {
	return entry{hash: r.hash, gen: r.gen, rev: r.rev, part: r.part, size: r.size, parts: r.parts}
}

// record is the put record of an entry.
func (e *entry) record(op byte) record {
	return record{op: op, part: e.part, size: e.size, parts: e.parts, hash: e.hash, gen: e.gen, rev: e.rev}
}

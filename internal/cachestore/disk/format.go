package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Head is what is kept of an object besides its bytes. It must not change once handed over.
type Head struct {
	Key      string
	Meta     []byte // the caller's
	Revision int64  // invalidation revision applied before the origin was asked
	Length   int64  // of the whole body; -1 while it is not known, but more than PartBytes
}

// parts is in how many files beside its own the body is; 0 when it is in its own.
func (h *Head) parts() uint32 {
	n := h.fileLength()
	if n <= PartBytes {
		return 0
	}
	return uint32((n + PartBytes - 1) / PartBytes)
}

// fileLength is the length as files have it.
func (h *Head) fileLength() int64 {
	if h.Length < 0 {
		return unknownLength
	}
	return h.Length
}

// partBytes is how much of the body the file of a part holds.
func partBytes(length int64, parts, part uint32) int64 {
	switch {
	case parts == 0:
		return length
	case part == 0:
		return 0
	}
	return min(length-int64(part-1)*PartBytes, PartBytes)
}

const (
	headerBytes  = 128
	maxHeadBytes = 1 << 20 // of key and meta
	maxLength    = int64(math.MaxInt32) * PartBytes

	// unknownLength and unknownParts stand in the files of a body whose end has not come yet. Its
	// own file is written anew then; those of its parts stay as they are.
	unknownLength = maxLength
	unknownParts  = uint32(math.MaxInt32)

	version = 1
)

var magic = [8]byte{'W', 'F', 'C', 'H', 'U', 'N', 'K', '\n'}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errBad says that a file is not what the index says, or damaged.
var errBad = errors.New("damaged")

// header is the fixed beginning of every file, little endian:
//
//	0 magic   8 version u16   10 zero   12 part u32   16 hash [16]   32 gen u64   40 revision i64
//	48 length i64   56 parts u32   60 head bytes u32   64 body bytes u32   68 head CRC u32
//	72 body CRC u32   76 cluster [16]   92 zero   124 CRC u32 of bytes 0..123
//
// Key and meta follow (the head block: uvarint length of the key, key, meta), then the body.
// All checksums are CRC-32C.
type header struct {
	part             uint32 // 0: the object's own file; else the number of the part, from 1
	hash             Hash   // of the key
	gen              uint64 // of the object: the same in all its files
	revision         int64
	length           int64
	parts            uint32
	headLen, bodyLen uint32
	headCRC, bodyCRC uint32
	cluster          Hash // of the cluster id
}

// size is the length of the whole file.
func (h *header) size() int64 { return headerBytes + int64(h.headLen) + int64(h.bodyLen) }

// append appends the encoded header.
func (h *header) append(b []byte) []byte {
	start := len(b)
	b = append(b, magic[:]...)
	b = binary.LittleEndian.AppendUint16(b, version)
	b = append(b, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, h.part)
	b = append(b, h.hash[:]...)
	b = binary.LittleEndian.AppendUint64(b, h.gen)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.revision))
	b = binary.LittleEndian.AppendUint64(b, uint64(h.length))
	for _, x := range [...]uint32{h.parts, h.headLen, h.bodyLen, h.headCRC, h.bodyCRC} {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	b = append(b, h.cluster[:]...)
	b = append(b, make([]byte, start+headerBytes-4-len(b))...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// parseHeader decodes and checks a header; the error is errBad.
func parseHeader(b []byte) (h header, err error) {
	if len(b) < headerBytes || [8]byte(b[:8]) != magic {
		return h, fmt.Errorf("%w: no header", errBad)
	}
	b = b[:headerBytes]
	le := binary.LittleEndian
	if crc32.Checksum(b[:headerBytes-4], castagnoli) != le.Uint32(b[headerBytes-4:]) {
		return h, fmt.Errorf("%w: header checksum", errBad)
	}
	if v := le.Uint16(b[8:]); v != version {
		return h, fmt.Errorf("%w: format version %d", errBad, v)
	}
	h = header{
		part: le.Uint32(b[12:]), hash: Hash(b[16:32]), gen: le.Uint64(b[32:]), revision: int64(le.Uint64(b[40:])),
		length: int64(le.Uint64(b[48:])), parts: le.Uint32(b[56:]), headLen: le.Uint32(b[60:]), bodyLen: le.Uint32(b[64:]),
		headCRC: le.Uint32(b[68:]), bodyCRC: le.Uint32(b[72:]), cluster: Hash(b[76:92]),
	}
	want := Head{Length: h.length}
	if h.length < 0 || h.length > maxLength || h.headLen > maxHeadBytes || h.parts != want.parts() || h.part > h.parts ||
		int64(h.bodyLen) != partBytes(h.length, h.parts, h.part) {
		return h, fmt.Errorf("%w: header values", errBad)
	}
	return h, nil
}

// appendHead appends the head block.
func appendHead(b []byte, h *Head) []byte {
	b = binary.AppendUvarint(b, uint64(len(h.Key)))
	b = append(b, h.Key...)
	return append(b, h.Meta...)
}

// parseHead decodes a head block. The result does not alias b.
func parseHead(b []byte) (key string, meta []byte, err error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return "", nil, fmt.Errorf("%w: head", errBad)
	}
	b = b[used:]
	return string(b[:n]), append([]byte(nil), b[n:]...), nil
}

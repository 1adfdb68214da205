package objects

import (
	"bytes"
	"encoding/binary"
)

// Index keys of a bucket's versions and uploads are an object key followed by
// a suffix. The object key is any byte string, so it is escaped to stay both
// ordered and self-delimiting: 0x00 becomes 0x00 0xFF and the key ends with
// 0x00 0x01. Byte order of the escaped form is byte order of the keys.
const (
	keyEscape = 0x00
	keyZero   = 0xFF // after keyEscape: a literal zero byte
	keyEnd    = 0x01 // after keyEscape: the key ends here
	keyPast   = 0x02 // after keyEscape: sorts after every suffix of the key
)

// appendEscaped appends key without its terminator; the result is a prefix of
// the index keys of exactly the object keys that begin with key.
func appendEscaped(dst []byte, key string) []byte {
	for i := 0; i < len(key); i++ {
		dst = append(dst, key[i])
		if key[i] == keyEscape {
			dst = append(dst, keyZero)
		}
	}
	return dst
}

// indexKey returns the index key of an object key and a suffix.
func indexKey(key string, suffix []byte) []byte {
	b := make([]byte, 0, len(key)+2+len(suffix))
	b = append(appendEscaped(b, key), keyEscape, keyEnd)
	return append(b, suffix...)
}

// pastKey returns an index key that sorts after every entry of key and before
// those of any later key.
func pastKey(key string) []byte {
	return append(appendEscaped(make([]byte, 0, len(key)+2), key), keyEscape, keyPast)
}

// pastPrefix returns the smallest index key that sorts after every object key
// with the given non-empty prefix, or nil if there is none.
func pastPrefix(prefix string) []byte {
	b := appendEscaped(nil, prefix)
	for len(b) > 0 && b[len(b)-1] == 0xFF {
		b = b[:len(b)-1]
	}
	if len(b) == 0 {
		return nil
	}
	b[len(b)-1]++
	return b
}

// splitKey takes an index key apart. ok is false for bytes that indexKey did
// not make. suffix aliases b.
func splitKey(b []byte) (key string, suffix []byte, ok bool) {
	end := bytes.Index(b, []byte{keyEscape, keyEnd})
	if end < 0 {
		return "", nil, false
	}
	body := b[:end]
	if bytes.IndexByte(body, keyEscape) < 0 {
		return string(body), b[end+2:], true
	}
	out := make([]byte, 0, end)
	for i := 0; i < len(body); i++ {
		out = append(out, body[i])
		if body[i] == keyEscape {
			i++
			if i == len(body) || body[i] != keyZero {
				return "", nil, false
			}
		}
	}
	return string(out), b[end+2:], true
}

// Version suffixes are the complement of the sequence number, so that the
// newest version of a key comes first.
func versionSuffix(seq uint64) []byte {
	return binary.BigEndian.AppendUint64(nil, ^seq)
}

func suffixSeq(suffix []byte) (seq uint64, ok bool) {
	if len(suffix) != 8 {
		return 0, false
	}
	return ^binary.BigEndian.Uint64(suffix), true
}

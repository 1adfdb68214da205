package objects

import (
	"encoding/binary"
	"errors"
)

// errCodec reports index bytes that are not a sequence of fields.
var errCodec = errors.New("malformed index record")

// fields is a record under construction: a sequence of (tag, length, bytes),
// tag and length as unsigned varints. Absent, empty and zero are the same, so
// a field can be added later without changing old records.
type fields []byte

func (f *fields) bytes(tag uint64, v []byte) {
	if len(v) == 0 {
		return
	}
	*f = binary.AppendUvarint(*f, tag)
	*f = binary.AppendUvarint(*f, uint64(len(v)))
	*f = append(*f, v...)
}

func (f *fields) str(tag uint64, v string) { f.bytes(tag, []byte(v)) }

func (f *fields) num(tag, v uint64) {
	if v != 0 {
		f.bytes(tag, binary.AppendUvarint(nil, v))
	}
}

// pair writes a name and a value under one tag, as used for repeated fields.
func (f *fields) pair(tag uint64, name, value string) {
	b := binary.AppendUvarint(nil, uint64(len(name)))
	b = append(b, name...)
	f.bytes(tag, append(b, value...))
}

// eachField calls visit for every field of b in order. v aliases b.
func eachField(b []byte, visit func(tag uint64, v []byte) error) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return errCodec
		}
		b = b[n:]
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return errCodec
		}
		b = b[n:]
		if err := visit(tag, b[:size]); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

func decodeNum(v []byte) (uint64, error) {
	x, n := binary.Uvarint(v)
	if n <= 0 || n != len(v) {
		return 0, errCodec
	}
	return x, nil
}

func decodePair(v []byte) (name, value string, err error) {
	size, n := binary.Uvarint(v)
	if n <= 0 || size > uint64(len(v)-n) {
		return "", "", errCodec
	}
	v = v[n:]
	return string(v[:size]), string(v[size:]), nil
}

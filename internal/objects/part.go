package objects

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// part is one uploaded part.
type part struct {
	Number   int // part of the index key
	Size     int64
	MD5      []byte
	Modified time.Time
	Blob     blobID // zero if the part is empty
	Sum      string // base64, in the upload's algorithm, if it has one
	CRC64    string // base64, kept for uploads without an algorithm
}

const (
	partSize     = 1
	partMD5      = 2
	partModified = 3
	partBlob     = 4
	partSum      = 5
	partCRC64    = 6
)

func (p *part) etag() string { return hex.EncodeToString(p.MD5) }

func partKey(upload []byte, number int) []byte {
	return binary.BigEndian.AppendUint16(bytes.Clone(upload), uint16(number))
}

func (p *part) encode() []byte {
	var f fields
	f.num(partSize, uint64(p.Size))
	f.bytes(partMD5, p.MD5)
	f.num(partModified, uint64(p.Modified.UnixMilli()))
	if !p.Blob.zero() {
		f.bytes(partBlob, p.Blob[:])
	}
	f.str(partSum, p.Sum)
	f.str(partCRC64, p.CRC64)
	return f
}

func decodePart(raw []byte) (*part, error) {
	p := new(part)
	err := eachField(raw, func(tag uint64, b []byte) (err error) {
		switch tag {
		case partSize:
			var n uint64
			n, err = decodeNum(b)
			p.Size = int64(n)
		case partMD5:
			p.MD5 = bytes.Clone(b)
		case partModified:
			p.Modified, err = decodeTime(b)
		case partBlob:
			if len(b) != len(p.Blob) {
				return errCodec
			}
			p.Blob = blobID(b)
		case partSum:
			p.Sum = string(b)
		case partCRC64:
			p.CRC64 = string(b)
		}
		return err
	})
	return p, err
}

// part returns an uploaded part, or nil.
func (in *incarnation) part(upload []byte, number int) (*part, error) {
	raw := in.table(partsTable).Get(partKey(upload, number))
	if raw == nil {
		return nil, nil
	}
	p, err := decodePart(raw)
	if err != nil {
		return nil, fmt.Errorf("part %d of %x in %q: %w", number, upload, in.name, err)
	}
	p.Number = number
	return p, nil
}

// dropParts removes the parts of an upload, or of all uploads for an empty id.
func (in *incarnation) dropParts(upload []byte) error {
	t := in.table(partsTable)
	var keys [][]byte
	c := t.Cursor()
	for k, raw := c.Seek(upload); k != nil && bytes.HasPrefix(k, upload); k, raw = c.Next() {
		p, err := decodePart(raw)
		if err != nil {
			return fmt.Errorf("part %x in %q: %w", k, in.name, err)
		}
		if !p.Blob.zero() {
			if err := referBlob(in.tx, p.Blob, -1); err != nil {
				return err
			}
		}
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys { // not while the cursor walks
		if err := t.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

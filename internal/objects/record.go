package objects

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Field tags of a version record. They are on disk: never reuse one.
const (
	versionID            = 1
	versionDeleteMarker  = 2
	versionSize          = 3
	versionETag          = 4
	versionModified      = 5 // milliseconds since 1970
	versionBlob          = 6
	versionParts         = 7
	versionUploadID      = 8
	versionSumAlgorithm  = 9
	versionSumType       = 10
	versionSumValue      = 11
	versionContentType   = 16
	versionEncoding      = 17
	versionDisposition   = 18
	versionLanguage      = 19
	versionCacheControl  = 20
	versionExpires       = 21
	versionRedirect      = 22
	versionMetadataEntry = 32 // repeated: name, value
	versionTagEntry      = 33 // repeated: key, value
)

// encode writes everything but Seq, which is in the index key. Equal versions
// have equal encodings.
func (v *version) encode() []byte {
	var f fields
	f.str(versionID, v.ID)
	if v.DeleteMarker {
		f.num(versionDeleteMarker, 1)
	}
	f.num(versionSize, uint64(v.Size))
	f.str(versionETag, v.ETag)
	f.num(versionModified, uint64(v.Modified.UnixMilli()))
	if !v.Blob.zero() {
		f.bytes(versionBlob, v.Blob[:])
	}
	f.num(versionParts, uint64(v.Parts))
	f.str(versionUploadID, v.UploadID)
	v.Checksum.encode(&f)
	v.Headers.encode(&f)
	encodeMap(&f, versionMetadataEntry, v.Metadata)
	encodeMap(&f, versionTagEntry, v.Tags)
	return f
}

func (c checksum) encode(f *fields) {
	f.str(versionSumAlgorithm, string(c.Algorithm))
	f.str(versionSumType, string(c.Type))
	f.str(versionSumValue, c.Value)
}

func (h *headers) encode(f *fields) {
	f.str(versionContentType, h.ContentType)
	f.str(versionEncoding, h.ContentEncoding)
	f.str(versionDisposition, h.ContentDisposition)
	f.str(versionLanguage, h.ContentLanguage)
	f.str(versionCacheControl, h.CacheControl)
	f.str(versionExpires, h.Expires)
	f.str(versionRedirect, h.WebsiteRedirect)
}

func encodeMap(f *fields, tag uint64, m map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		f.pair(tag, name, m[name])
	}
}

func (in *incarnation) decodeVersion(key string, suffix, raw []byte) (*version, error) {
	v, err := decodeVersion(raw)
	if err != nil {
		return nil, fmt.Errorf("version of %q in %q: %w", key, in.name, err)
	}
	var ok bool
	if v.Seq, ok = suffixSeq(suffix); !ok {
		return nil, fmt.Errorf("version of %q in %q: %w", key, in.name, errCodec)
	}
	return v, nil
}

// decodeVersion reads a record written by encode. Unknown fields are skipped.
func decodeVersion(raw []byte) (*version, error) {
	v := &version{Modified: time.UnixMilli(0).UTC()} // zero fields are not written
	err := eachField(raw, v.setField)
	return v, err
}

func (v *version) setField(tag uint64, b []byte) error {
	var n uint64
	var err error
	switch tag {
	case versionID:
		v.ID = string(b)
	case versionDeleteMarker:
		v.DeleteMarker = true
	case versionSize:
		n, err = decodeNum(b)
		v.Size = int64(n)
	case versionETag:
		v.ETag = string(b)
	case versionModified:
		v.Modified, err = decodeTime(b)
	case versionBlob:
		if len(b) != len(v.Blob) {
			return errCodec
		}
		v.Blob = blobID(b)
	case versionParts:
		n, err = decodeNum(b)
		v.Parts = int(n)
	case versionUploadID:
		v.UploadID = string(b)
	case versionMetadataEntry:
		err = decodeEntry(&v.Metadata, b)
	case versionTagEntry:
		err = decodeEntry(&v.Tags, b)
	default:
		v.Checksum.setField(tag, b)
		v.Headers.setField(tag, b)
	}
	return err
}

func (c *checksum) setField(tag uint64, b []byte) {
	switch tag {
	case versionSumAlgorithm:
		c.Algorithm = types.ChecksumAlgorithm(b)
	case versionSumType:
		c.Type = types.ChecksumType(b)
	case versionSumValue:
		c.Value = string(b)
	}
}

func (h *headers) setField(tag uint64, b []byte) {
	switch tag {
	case versionContentType:
		h.ContentType = string(b)
	case versionEncoding:
		h.ContentEncoding = string(b)
	case versionDisposition:
		h.ContentDisposition = string(b)
	case versionLanguage:
		h.ContentLanguage = string(b)
	case versionCacheControl:
		h.CacheControl = string(b)
	case versionExpires:
		h.Expires = string(b)
	case versionRedirect:
		h.WebsiteRedirect = string(b)
	}
}

func decodeEntry(m *map[string]string, b []byte) error {
	name, value, err := decodePair(b)
	if err != nil {
		return err
	}
	if *m == nil {
		*m = make(map[string]string)
	}
	(*m)[name] = value
	return nil
}

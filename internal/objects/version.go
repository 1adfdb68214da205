package objects

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// nullVersion is the id S3 shows for versions written while versioning was
// not enabled. The index stores it as an empty id.
const nullVersion = "null"

// version is one version of an object, or a delete marker.
type version struct {
	Seq          uint64 // position among all versions of the bucket; part of the index key
	ID           string // empty: the null version
	DeleteMarker bool
	Size         int64  // bytes
	ETag         string // without quotes
	Modified     time.Time
	Blob         blobID // of a version of one blob; zero if it has parts or no bytes
	Parts        int    // number of parts if made by a multipart upload; they are in the manifest
	UploadID     string // of the multipart upload that made it
	Checksum     checksum
	Headers      headers
	Metadata     map[string]string
	Tags         map[string]string
}

// checksum is a flexible checksum as S3 shows it: Value is base64, with "-N"
// appended if Type is COMPOSITE over N parts.
type checksum struct {
	Algorithm types.ChecksumAlgorithm
	Type      types.ChecksumType
	Value     string
}

// headers are the system metadata kept with an object.
type headers struct {
	ContentType        string
	ContentEncoding    string
	ContentDisposition string
	ContentLanguage    string
	CacheControl       string
	Expires            string
	WebsiteRedirect    string
}

// shownID is the version id as clients see it.
func (v *version) shownID() string {
	if v.ID == "" {
		return nullVersion
	}
	return v.ID
}

// quotedETag is the ETag as clients see it.
func (v *version) quotedETag() string { return `"` + v.ETag + `"` }

// newVersionID makes the id of the version with a sequence number: the number
// (so that the id finds the index entry) and random bytes, in hex.
func newVersionID(seq uint64) string {
	b := binary.BigEndian.AppendUint64(nil, seq)
	b = append(b, make([]byte, 8)...)
	_, _ = rand.Read(b[8:]) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// parseVersionID reads the sequence number in a version id.
func parseVersionID(id string) (seq uint64, ok bool) {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != 16 {
		return 0, false
	}
	return binary.BigEndian.Uint64(b), true
}

// latest returns the newest version of key, which may be a delete marker, or
// nil if there is none.
func (in *incarnation) latest(key string) (*version, error) {
	prefix := indexKey(key, nil)
	k, raw := in.table(versionsTable).Cursor().Seek(prefix)
	if k == nil || !bytes.HasPrefix(k, prefix) {
		return nil, nil
	}
	return in.decodeVersion(key, k[len(prefix):], raw)
}

// find returns the version of key with an id as clients write it, or nil.
func (in *incarnation) find(key, id string) (*version, error) {
	if id == nullVersion {
		return in.null(key)
	}
	seq, ok := parseVersionID(id)
	if !ok {
		return nil, nil
	}
	suffix := versionSuffix(seq)
	raw := in.table(versionsTable).Get(indexKey(key, suffix))
	if raw == nil {
		return nil, nil
	}
	v, err := in.decodeVersion(key, suffix, raw)
	if err != nil || v.ID != id {
		return nil, err
	}
	return v, nil
}

// null returns the null version of key, or nil. It looks at the versions of
// the key one by one; there is at most one null version among them.
func (in *incarnation) null(key string) (*version, error) {
	prefix := indexKey(key, nil)
	c := in.table(versionsTable).Cursor()
	for k, raw := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, raw = c.Next() {
		v, err := in.decodeVersion(key, k[len(prefix):], raw)
		if err != nil || v.ID == "" {
			return v, err
		}
	}
	return nil, nil
}

// insert makes v the newest version of key, as the bucket's versioning state
// wants it: a version of its own if Enabled, else in place of the null
// version. It sets v.Seq and v.ID. man is the manifest of a version of parts.
func (in *incarnation) insert(key string, v *version, man manifest) error {
	t := in.table(versionsTable)
	seq, err := t.NextSequence()
	if err != nil {
		return err
	}
	v.Seq, v.ID = seq, ""
	if in.versioning() == types.BucketVersioningStatusEnabled {
		v.ID = newVersionID(seq)
	} else if old, err := in.null(key); err != nil {
		return err
	} else if old != nil {
		if err := in.remove(key, old); err != nil {
			return err
		}
	}
	if err := in.refer(v, man, +1); err != nil {
		return err
	}
	if v.Parts > 0 {
		if err := in.table(manifestsTable).Put(incarnationKey(seq), man); err != nil {
			return err
		}
	}
	return t.Put(indexKey(key, versionSuffix(seq)), v.encode())
}

// update rewrites the record of an existing version.
func (in *incarnation) update(key string, v *version) error {
	return in.table(versionsTable).Put(indexKey(key, versionSuffix(v.Seq)), v.encode())
}

// remove deletes a version for good.
func (in *incarnation) remove(key string, v *version) error {
	if err := in.refer(v, in.manifest(v), -1); err != nil {
		return err
	}
	if v.Parts > 0 {
		if err := in.table(manifestsTable).Delete(incarnationKey(v.Seq)); err != nil {
			return err
		}
	}
	return in.table(versionsTable).Delete(indexKey(key, versionSuffix(v.Seq)))
}

// refer adds delta references to every blob of a version.
func (in *incarnation) refer(v *version, man manifest, delta int) error {
	if !v.Blob.zero() {
		return referBlob(in.tx, v.Blob, delta)
	}
	for i := range man.len() {
		if id := man.part(i).Blob; !id.zero() {
			if err := referBlob(in.tx, id, delta); err != nil {
				return err
			}
		}
	}
	return nil
}

// manifest returns the part list of a version, empty if it has no parts. It
// aliases the transaction's memory.
func (in *incarnation) manifest(v *version) manifest {
	if v.Parts == 0 {
		return nil
	}
	return manifest(in.table(manifestsTable).Get(incarnationKey(v.Seq)))
}

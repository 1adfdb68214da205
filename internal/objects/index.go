package objects

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/versity/versitygw/s3err"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// formatVersion is the version of the layout in docs/formats/objects.md.
const formatVersion = "1"

const indexName = "index.db"

// Top-level index buckets.
var (
	metaBucket    = []byte("meta")    // "format" → format version
	bucketsBucket = []byte("buckets") // bucket name → bucketRecord
	dataBucket    = []byte("data")    // incarnation → its tables below
	blobsBucket   = []byte("blobs")   // blob id → number of references, uvarint
	garbageBucket = []byte("garbage") // blob id of a blob to remove → nothing
)

// Tables of one bucket incarnation.
var (
	documentsTable = []byte("documents") // kind → raw bytes
	versionsTable  = []byte("versions")  // key, ^sequence → version
	manifestsTable = []byte("manifests") // sequence → manifest
	uploadsTable   = []byte("uploads")   // key, upload id → upload
	partsTable     = []byte("parts")     // upload id, part number → part
)

var formatKey = []byte("format")

// openIndex opens or creates the index in dir and takes its lock.
func openIndex(dir string, fsys files) (*bbolt.DB, error) {
	path := filepath.Join(dir, indexName)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      time.Millisecond, // one attempt: a held lock is an answer, not something to wait for
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
		OpenFile: func(name string, flag int, perm fs.FileMode) (*os.File, error) {
			return fsys.OpenIndex(name, flag, perm)
		},
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s", ErrLocked, dir)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	case err != nil:
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	if err := prepareIndex(db, path); err != nil {
		db.Close()
		return nil, err
	}
	if err := fsys.SyncDir(dir); err != nil {
		db.Close()
		return nil, fmt.Errorf("sync %s: %w", dir, err)
	}
	return db, nil
}

// prepareIndex checks the format of an existing index and fills a new one.
func prepareIndex(db *bbolt.DB, path string) error {
	var found []byte
	err := db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(metaBucket); b != nil {
			found = bytes.Clone(b.Get(formatKey))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read index %s: %w", path, err)
	}
	if string(found) == formatVersion {
		return nil
	}
	if found != nil {
		return fmt.Errorf("%w: %s has format %q, this program reads %q", ErrFormat, path, found, formatVersion)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{metaBucket, bucketsBucket, dataBucket, blobsBucket, garbageBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return tx.Bucket(metaBucket).Put(formatKey, []byte(formatVersion))
	})
	if err != nil {
		return fmt.Errorf("create index %s: %w", path, err)
	}
	return nil
}

// incarnation is one life of a bucket within a transaction: a bucket deleted
// and made again has another incarnation and none of the old one's tables.
type incarnation struct {
	id     uint64
	name   string
	record bucketRecord
	tx     *bbolt.Tx
	tables *bbolt.Bucket
}

// openBucket finds the current incarnation of a bucket, or NoSuchBucket.
func openBucket(tx *bbolt.Tx, name string) (*incarnation, error) {
	raw := tx.Bucket(bucketsBucket).Get([]byte(name))
	if raw == nil {
		return nil, s3err.GetBucketErr(s3err.ErrNoSuchBucket, name)
	}
	rec, err := decodeBucketRecord(raw)
	if err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	tables := tx.Bucket(dataBucket).Bucket(incarnationKey(rec.Incarnation))
	if tables == nil {
		return nil, fmt.Errorf("bucket %q: %w: no tables for incarnation %d", name, ErrDamaged, rec.Incarnation)
	}
	return &incarnation{id: rec.Incarnation, name: name, record: rec, tx: tx, tables: tables}, nil
}

// reopenBucket is openBucket for a write whose bucket was looked up earlier:
// if the bucket was deleted since, even if made again, it is gone.
func reopenBucket(tx *bbolt.Tx, name string, id uint64) (*incarnation, error) {
	in, err := openBucket(tx, name)
	if err != nil {
		return nil, err
	}
	if in.id != id {
		return nil, s3err.GetBucketErr(s3err.ErrNoSuchBucket, name)
	}
	return in, nil
}

func (in *incarnation) table(name []byte) *bbolt.Bucket { return in.tables.Bucket(name) }

func incarnationKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// bucketRecord is what the index knows of a bucket besides its documents.
type bucketRecord struct {
	Incarnation uint64
	Created     time.Time
	Region      string
	Owner       string
}

const (
	bucketIncarnation = 1
	bucketCreated     = 2 // milliseconds since 1970
	bucketRegion      = 3
	bucketOwner       = 4
)

func (r bucketRecord) encode() []byte {
	var f fields
	f.num(bucketIncarnation, r.Incarnation)
	f.num(bucketCreated, uint64(r.Created.UnixMilli()))
	f.str(bucketRegion, r.Region)
	f.str(bucketOwner, r.Owner)
	return f
}

func decodeBucketRecord(b []byte) (bucketRecord, error) {
	var r bucketRecord
	err := eachField(b, func(tag uint64, v []byte) (err error) {
		switch tag {
		case bucketIncarnation:
			r.Incarnation, err = decodeNum(v)
		case bucketCreated:
			r.Created, err = decodeTime(v)
		case bucketRegion:
			r.Region = string(v)
		case bucketOwner:
			r.Owner = string(v)
		}
		return err
	})
	return r, err
}

func decodeTime(v []byte) (time.Time, error) {
	ms, err := decodeNum(v)
	return time.UnixMilli(int64(ms)).UTC(), err
}

package objects

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"go.etcd.io/bbolt"
)

// BucketInfo describes a bucket.
type BucketInfo struct {
	Name    string
	Region  string // the location constraint it was created with
	Owner   string // access key of the owning account
	Created time.Time
	// Incarnation differs between a bucket and one of the same name made
	// after it was deleted.
	Incarnation uint64
}

// Bucket describes one bucket, or fails with the front's NoSuchBucket.
func (s *Store) Bucket(_ context.Context, name string) (BucketInfo, error) {
	var info BucketInfo
	err := s.view(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, name)
		if err == nil {
			info = in.info()
		}
		return err
	})
	return info, err
}

func (in *incarnation) info() BucketInfo {
	return BucketInfo{
		Name:        in.name,
		Region:      in.record.Region,
		Owner:       in.record.Owner,
		Created:     in.record.Created,
		Incarnation: in.id,
	}
}

// CreateBucket makes a bucket. acl is the front's JSON access control list,
// which names the owner. The region is the input's location constraint, else
// the context value "region" (where the front keeps the request's), else the
// store's. Making one's own bucket again succeeds in us-east-1 and is
// BucketAlreadyOwnedByYou elsewhere, as in S3.
func (s *Store) CreateBucket(ctx context.Context, input *s3.CreateBucketInput, acl []byte) error {
	name := backend.GetStringFromPtr(input.Bucket)
	if name == "" || len(name) > 255 {
		return s3err.GetBucketErr(s3err.ErrInvalidBucketName, name)
	}
	if input.ObjectLockEnabledForBucket != nil && *input.ObjectLockEnabledForBucket {
		return s3err.GetNotImplementedErr("x-amz-bucket-object-lock-enabled", "")
	}
	parsed, err := auth.ParseACL(acl)
	if err != nil {
		return err
	}
	docs := map[Kind][]byte{ACL: acl, OwnershipControls: []byte(input.ObjectOwnership)}
	region, _ := ctx.Value("region").(string)
	if conf := input.CreateBucketConfiguration; conf != nil {
		if conf.LocationConstraint != "" {
			region = string(conf.LocationConstraint)
		}
		tags, err := backend.ParseCreateBucketTags(conf.Tags)
		if err != nil {
			return err
		}
		if docs[Tagging], err = encodeTags(tags); err != nil {
			return err
		}
	}
	if region == "" {
		region = s.region
	}
	rec := bucketRecord{Created: s.clock(), Region: region, Owner: parsed.Owner}
	return s.changes.do(func(tx *bbolt.Tx) error { return createBucket(tx, name, rec, docs) })
}

func createBucket(tx *bbolt.Tx, name string, rec bucketRecord, docs map[Kind][]byte) error {
	buckets := tx.Bucket(bucketsBucket)
	if old := buckets.Get([]byte(name)); old != nil {
		return existingBucket(old, name, rec)
	}
	var err error
	if rec.Incarnation, err = buckets.NextSequence(); err != nil {
		return err
	}
	tables, err := tx.Bucket(dataBucket).CreateBucket(incarnationKey(rec.Incarnation))
	if err != nil {
		return err
	}
	for _, table := range [][]byte{documentsTable, versionsTable, manifestsTable, uploadsTable, partsTable} {
		if _, err := tables.CreateBucket(table); err != nil {
			return err
		}
	}
	for kind, doc := range docs {
		if len(doc) == 0 {
			continue
		}
		if err := tables.Bucket(documentsTable).Put([]byte(kind), doc); err != nil {
			return err
		}
	}
	return buckets.Put([]byte(name), rec.encode())
}

func existingBucket(old []byte, name string, wanted bucketRecord) error {
	rec, err := decodeBucketRecord(old)
	switch {
	case err != nil:
		return fmt.Errorf("bucket %q: %w", name, err)
	case rec.Owner != wanted.Owner:
		return s3err.GetBucketErr(s3err.ErrBucketAlreadyExists, name)
	case rec.Region == DefaultRegion && wanted.Region == DefaultRegion:
		return nil
	}
	return s3err.GetBucketErr(s3err.ErrBucketAlreadyOwnedByYou, name)
}

// HeadBucket fails with NoSuchBucket or reports the bucket's region.
func (s *Store) HeadBucket(ctx context.Context, input *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
	info, err := s.Bucket(ctx, backend.GetStringFromPtr(input.Bucket))
	if err != nil {
		return nil, err
	}
	return &s3.HeadBucketOutput{BucketRegion: &info.Region}, nil
}

// DeleteBucket removes a bucket without objects, its documents and its
// multipart uploads in progress, which S3 does not count as content.
func (s *Store) DeleteBucket(_ context.Context, name string) error {
	defer s.garbageMade()
	return s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, name)
		if err != nil {
			return err
		}
		if k, _ := in.table(versionsTable).Cursor().First(); k != nil {
			if in.versioning() != "" {
				return s3err.GetBucketErr(s3err.ErrVersionedBucketNotEmpty, name)
			}
			return s3err.GetBucketErr(s3err.ErrBucketNotEmpty, name)
		}
		if err := in.dropParts(nil); err != nil {
			return err
		}
		if err := tx.Bucket(dataBucket).DeleteBucket(incarnationKey(in.id)); err != nil {
			return err
		}
		return tx.Bucket(bucketsBucket).Delete([]byte(name))
	})
}

// ChangeBucketOwner gives a bucket to another account and resets its access
// control list to that owner.
func (s *Store) ChangeBucketOwner(_ context.Context, bucket, owner string) error {
	acl, err := json.Marshal(auth.ACL{Owner: owner})
	if err != nil {
		return err
	}
	return s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		in.record.Owner = owner
		if err := in.table(documentsTable).Put([]byte(ACL), acl); err != nil {
			return err
		}
		return tx.Bucket(bucketsBucket).Put([]byte(bucket), in.record.encode())
	})
}

// versioning is the bucket's versioning state, empty if never set.
func (in *incarnation) versioning() types.BucketVersioningStatus {
	return types.BucketVersioningStatus(in.table(documentsTable).Get([]byte(Versioning)))
}

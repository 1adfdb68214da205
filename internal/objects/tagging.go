package objects

import (
	"context"

	"github.com/versity/versitygw/s3err"
	"go.etcd.io/bbolt"
)

// GetObjectTagging returns an object's tags, none being no error.
func (s *Store) GetObjectTagging(_ context.Context, bucket, object, versionID string) (map[string]string, error) {
	if err := checkKey(&object); err != nil {
		return nil, err
	}
	tags := map[string]string{}
	err := s.view(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		v, err := in.lookup(object, versionID)
		if err == nil && v.Tags != nil {
			tags = v.Tags
		}
		return err
	})
	return tags, err
}

// PutObjectTagging replaces the tags of an object or version.
func (s *Store) PutObjectTagging(_ context.Context, bucket, object, versionID string, tags map[string]string) error {
	if err := checkKey(&object); err != nil {
		return err
	}
	if len(tags) > maxObjectTags {
		return s3err.GetAPIError(s3err.ErrObjectTaggingLimited)
	}
	return s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		v, err := in.lookup(object, versionID)
		if err != nil {
			return err
		}
		v.Tags = tags
		return in.update(object, v)
	})
}

// DeleteObjectTagging removes the tags of an object or version.
func (s *Store) DeleteObjectTagging(ctx context.Context, bucket, object, versionID string) error {
	return s.PutObjectTagging(ctx, bucket, object, versionID, nil)
}

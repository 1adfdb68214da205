package objects

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/s3err"
	"go.etcd.io/bbolt"
)

// Features the store does not have answer as an S3 bucket on which they were
// never configured; configuring them is refused by BackendUnsupported.

// exists fails with NoSuchBucket if there is no such bucket.
func (s *Store) exists(bucket string) error {
	return s.view(func(tx *bbolt.Tx) error {
		_, err := openBucket(tx, bucket)
		return err
	})
}

// existsBut fails with NoSuchBucket, else with the given error.
func (s *Store) existsBut(bucket string, code s3err.ErrorCode) error {
	if err := s.exists(bucket); err != nil {
		return err
	}
	return s3err.GetAPIError(code)
}

// GetBucketWebsite answers NoSuchWebsiteConfiguration.
func (s *Store) GetBucketWebsite(_ context.Context, bucket string) ([]byte, error) {
	return nil, s.existsBut(bucket, s3err.ErrNoSuchWebsiteConfiguration)
}

// DeleteBucketWebsite succeeds: there is none to delete.
func (s *Store) DeleteBucketWebsite(_ context.Context, bucket string) error {
	return s.exists(bucket)
}

// GetObjectLockConfiguration answers ObjectLockConfigurationNotFoundError.
func (s *Store) GetObjectLockConfiguration(_ context.Context, bucket string) ([]byte, error) {
	return nil, s.existsBut(bucket, s3err.ErrObjectLockConfigurationNotFound)
}

// PutObjectRetention answers that the bucket has no object lock.
func (s *Store) PutObjectRetention(_ context.Context, bucket, _, _ string, _ []byte) error {
	return s.existsBut(bucket, s3err.ErrMissingObjectLockConfiguration)
}

// GetObjectRetention answers that the bucket has no object lock.
func (s *Store) GetObjectRetention(_ context.Context, bucket, _, _ string) ([]byte, error) {
	return nil, s.existsBut(bucket, s3err.ErrMissingObjectLockConfiguration)
}

// PutObjectLegalHold answers that the bucket has no object lock.
func (s *Store) PutObjectLegalHold(_ context.Context, bucket, _, _ string, _ bool) error {
	return s.existsBut(bucket, s3err.ErrMissingObjectLockConfiguration)
}

// GetObjectLegalHold answers that the bucket has no object lock.
func (s *Store) GetObjectLegalHold(_ context.Context, bucket, _, _ string) (*bool, error) {
	return nil, s.existsBut(bucket, s3err.ErrMissingObjectLockConfiguration)
}

// RestoreObject answers InvalidObjectState: nothing here is archived.
func (s *Store) RestoreObject(_ context.Context, input *s3.RestoreObjectInput) error {
	return s.existsBut(*input.Bucket, s3err.ErrInvalidObjectState)
}

package objects

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// Kind names a document of a bucket. Any non-empty string is a kind; those
// below are the ones the store itself reads or writes.
type Kind string

const (
	ACL               Kind = "acl"               // the front's JSON access control list
	Policy            Kind = "policy"            // as it was put
	CORS              Kind = "cors"              // XML, as it was put
	Tagging           Kind = "tagging"           // JSON object of strings
	Versioning        Kind = "versioning"        // Enabled or Suspended
	OwnershipControls Kind = "ownershipControls" // the one rule's value
	PublicAccessBlock Kind = "publicAccessBlock" // not used by the store itself
)

// maxDocument bounds a document, well above S3's own limits (20 KB policies,
// 64 KB CORS).
const maxDocument = 1 << 20

// Document returns a bucket's document of a kind. It fails with ErrNoDocument
// if there is none and with the front's NoSuchBucket. Documents belong to the
// bucket's incarnation: a bucket deleted and made again has none of them.
func (s *Store) Document(_ context.Context, bucket string, kind Kind) ([]byte, error) {
	var doc []byte
	err := s.view(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		raw := in.table(documentsTable).Get([]byte(kind))
		if raw == nil {
			return fmt.Errorf("%w: %s of %q", ErrNoDocument, kind, bucket)
		}
		doc = bytes.Clone(raw)
		return nil
	})
	return doc, err
}

// PutDocument stores a document, replacing an earlier one of its kind. It
// returns once that is durable.
func (s *Store) PutDocument(_ context.Context, bucket string, kind Kind, doc []byte) error {
	if kind == "" || len(doc) == 0 || len(doc) > maxDocument {
		return fmt.Errorf("document %q of %d bytes: kind and content must not be empty nor the content exceed %d bytes", kind, len(doc), maxDocument)
	}
	return s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		return in.table(documentsTable).Put([]byte(kind), doc)
	})
}

// DeleteDocument removes a document; having none is not an error.
func (s *Store) DeleteDocument(_ context.Context, bucket string, kind Kind) error {
	return s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		return in.table(documentsTable).Delete([]byte(kind))
	})
}

// documentOr is Document with the S3 error for a missing one.
func (s *Store) documentOr(ctx context.Context, bucket string, kind Kind, missing s3err.ErrorCode) ([]byte, error) {
	doc, err := s.Document(ctx, bucket, kind)
	if errors.Is(err, ErrNoDocument) {
		return nil, s3err.GetAPIError(missing)
	}
	return doc, err
}

// GetBucketAcl returns the front's JSON access control list.
func (s *Store) GetBucketAcl(ctx context.Context, input *s3.GetBucketAclInput) ([]byte, error) {
	doc, err := s.Document(ctx, backend.GetStringFromPtr(input.Bucket), ACL)
	if errors.Is(err, ErrNoDocument) {
		return []byte{}, nil
	}
	return doc, err
}

// PutBucketAcl stores the front's JSON access control list.
func (s *Store) PutBucketAcl(ctx context.Context, bucket string, data []byte) error {
	return s.PutDocument(ctx, bucket, ACL, data)
}

// PutBucketPolicy stores a policy byte for byte.
func (s *Store) PutBucketPolicy(ctx context.Context, bucket string, policy []byte) error {
	return s.PutDocument(ctx, bucket, Policy, policy)
}

// GetBucketPolicy returns the policy as it was put, or NoSuchBucketPolicy.
func (s *Store) GetBucketPolicy(ctx context.Context, bucket string) ([]byte, error) {
	return s.documentOr(ctx, bucket, Policy, s3err.ErrNoSuchBucketPolicy)
}

// DeleteBucketPolicy removes the policy.
func (s *Store) DeleteBucketPolicy(ctx context.Context, bucket string) error {
	return s.DeleteDocument(ctx, bucket, Policy)
}

// PutBucketCors stores a CORS configuration byte for byte.
func (s *Store) PutBucketCors(ctx context.Context, bucket string, cors []byte) error {
	return s.PutDocument(ctx, bucket, CORS, cors)
}

// GetBucketCors returns the configuration, or NoSuchCORSConfiguration.
func (s *Store) GetBucketCors(ctx context.Context, bucket string) ([]byte, error) {
	return s.documentOr(ctx, bucket, CORS, s3err.ErrNoSuchCORSConfiguration)
}

// DeleteBucketCors removes the CORS configuration.
func (s *Store) DeleteBucketCors(ctx context.Context, bucket string) error {
	return s.DeleteDocument(ctx, bucket, CORS)
}

// PutBucketOwnershipControls sets the object ownership rule.
func (s *Store) PutBucketOwnershipControls(ctx context.Context, bucket string, ownership types.ObjectOwnership) error {
	return s.PutDocument(ctx, bucket, OwnershipControls, []byte(ownership))
}

// GetBucketOwnershipControls returns the object ownership rule, or
// OwnershipControlsNotFoundError.
func (s *Store) GetBucketOwnershipControls(ctx context.Context, bucket string) (types.ObjectOwnership, error) {
	doc, err := s.documentOr(ctx, bucket, OwnershipControls, s3err.ErrOwnershipControlsNotFound)
	return types.ObjectOwnership(doc), err
}

// DeleteBucketOwnershipControls removes the object ownership rule.
func (s *Store) DeleteBucketOwnershipControls(ctx context.Context, bucket string) error {
	return s.DeleteDocument(ctx, bucket, OwnershipControls)
}

// PutBucketVersioning enables or suspends versioning.
func (s *Store) PutBucketVersioning(ctx context.Context, bucket string, status types.BucketVersioningStatus) error {
	return s.PutDocument(ctx, bucket, Versioning, []byte(status))
}

// GetBucketVersioning returns the versioning state; Status is nil if it was
// never set.
func (s *Store) GetBucketVersioning(ctx context.Context, bucket string) (s3response.GetBucketVersioningOutput, error) {
	doc, err := s.Document(ctx, bucket, Versioning)
	if errors.Is(err, ErrNoDocument) {
		return s3response.GetBucketVersioningOutput{}, nil
	}
	if err != nil {
		return s3response.GetBucketVersioningOutput{}, err
	}
	status := types.BucketVersioningStatus(doc)
	return s3response.GetBucketVersioningOutput{Status: &status}, nil
}

// PutBucketTagging replaces the bucket's tags.
func (s *Store) PutBucketTagging(ctx context.Context, bucket string, tags map[string]string) error {
	if len(tags) == 0 {
		return s.DeleteDocument(ctx, bucket, Tagging)
	}
	doc, err := encodeTags(tags)
	if err != nil {
		return err
	}
	return s.PutDocument(ctx, bucket, Tagging, doc)
}

// GetBucketTagging returns the bucket's tags, or NoSuchTagSet.
func (s *Store) GetBucketTagging(ctx context.Context, bucket string) (map[string]string, error) {
	doc, err := s.documentOr(ctx, bucket, Tagging, s3err.ErrBucketTaggingNotFound)
	if err != nil {
		return nil, err
	}
	var tags map[string]string
	if err := json.Unmarshal(doc, &tags); err != nil {
		return nil, fmt.Errorf("tags of %q: %w", bucket, err)
	}
	return tags, nil
}

// DeleteBucketTagging removes the bucket's tags.
func (s *Store) DeleteBucketTagging(ctx context.Context, bucket string) error {
	return s.DeleteDocument(ctx, bucket, Tagging)
}

func encodeTags(tags map[string]string) ([]byte, error) {
	if len(tags) == 0 {
		return nil, nil
	}
	return json.Marshal(tags)
}

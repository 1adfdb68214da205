package objects

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"go.etcd.io/bbolt"
)

// GetObjectAcl answers what every object here has: full control for the
// bucket's owner and nobody else.
func (s *Store) GetObjectAcl(_ context.Context, input *s3.GetObjectAclInput) (*s3.GetObjectAclOutput, error) {
	if err := checkKey(input.Key); err != nil {
		return nil, err
	}
	var owner string
	err := s.view(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, backend.GetStringFromPtr(input.Bucket))
		if err != nil {
			return err
		}
		owner = in.record.Owner
		_, err = in.lookup(*input.Key, backend.GetStringFromPtr(input.VersionId))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &s3.GetObjectAclOutput{
		Owner: &types.Owner{ID: &owner},
		Grants: []types.Grant{{
			Grantee:    &types.Grantee{ID: &owner, Type: types.TypeCanonicalUser},
			Permission: types.PermissionFullControl,
		}},
	}, nil
}

// PutObjectAcl is refused: objects have no access control lists of their own.
func (s *Store) PutObjectAcl(_ context.Context, input *s3.PutObjectAclInput) error {
	return s.existsBut(backend.GetStringFromPtr(input.Bucket), s3err.ErrAclNotSupported)
}

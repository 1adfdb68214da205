package objects

import (
	"context"
	"fmt"
	"strings"

	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// ListBuckets lists buckets by name: the owner's, or all for an admin.
func (s *Store) ListBuckets(_ context.Context, input s3response.ListBucketsInput) (s3response.ListAllMyBucketsResult, error) {
	res := s3response.ListAllMyBucketsResult{
		Owner:  s3response.CanonicalUser{ID: input.Owner},
		Prefix: input.Prefix,
	}
	err := s.eachBucket(input.Prefix, input.ContinuationToken, func(info BucketInfo) bool {
		if !input.IsAdmin && info.Owner != input.Owner {
			return true
		}
		list := &res.Buckets.Bucket
		if input.MaxBuckets > 0 && len(*list) == int(input.MaxBuckets) {
			res.ContinuationToken = (*list)[len(*list)-1].Name
			return false
		}
		*list = append(*list, s3response.ListAllMyBucketsEntry{
			Name:         info.Name,
			BucketRegion: info.Region,
			CreationDate: info.Created,
		})
		return true
	})
	return res, err
}

// ListBucketsAndOwners lists every bucket with its owner.
func (s *Store) ListBucketsAndOwners(context.Context) ([]s3response.Bucket, error) {
	var out []s3response.Bucket
	err := s.eachBucket("", "", func(info BucketInfo) bool {
		out = append(out, s3response.Bucket{Name: info.Name, Owner: info.Owner})
		return true
	})
	return out, err
}

// eachBucket visits buckets with a prefix whose names sort after a name, until
// visit returns false.
func (s *Store) eachBucket(prefix, after string, visit func(BucketInfo) bool) error {
	return s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketsBucket).Cursor()
		for k, raw := c.Seek([]byte(max(prefix, after))); k != nil && strings.HasPrefix(string(k), prefix); k, raw = c.Next() {
			if string(k) == after {
				continue
			}
			rec, err := decodeBucketRecord(raw)
			if err != nil {
				return fmt.Errorf("bucket %q: %w", k, err)
			}
			in := incarnation{id: rec.Incarnation, name: string(k), record: rec}
			if !visit(in.info()) {
				return nil
			}
		}
		return nil
	})
}

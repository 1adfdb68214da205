package objects

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
	"go.etcd.io/bbolt"
)

// maxDeletes is S3's limit of keys per DeleteObjects.
const maxDeletes = 1000

// deletion is one object to delete and what came of it.
type deletion struct {
	key, id  string
	ifMatch  *string
	modified *time.Time
	size     *int64

	markerID string // of the delete marker made or removed, if any
	marker   bool
}

// DeleteObject deletes an object, or a version for good. With versioning and
// no version id it makes a delete marker, even for a key that does not exist.
func (s *Store) DeleteObject(_ context.Context, input *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	if err := checkKey(input.Key); err != nil {
		return nil, err
	}
	d := deletion{
		key: *input.Key, id: backend.GetStringFromPtr(input.VersionId),
		ifMatch: input.IfMatch, modified: input.IfMatchLastModifiedTime, size: input.IfMatchSize,
	}
	err := s.delete(backend.GetStringFromPtr(input.Bucket), &d)
	if err != nil {
		return nil, err
	}
	out := new(s3.DeleteObjectOutput)
	if d.marker {
		out.DeleteMarker = ptr(true)
	}
	if d.id != "" {
		out.VersionId = ptr(d.id)
	} else if d.marker {
		out.VersionId = ptr(d.markerID)
	}
	return out, nil
}

func (s *Store) delete(bucket string, d *deletion) error {
	if d.id != "" {
		if err := checkVersionID(d.id); err != nil {
			return err
		}
	}
	defer s.garbageMade()
	return s.changes.do(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		return in.delete(d, s.clock())
	})
}

// delete carries out one deletion in the bucket's versioning state.
func (in *incarnation) delete(d *deletion, now time.Time) error {
	d.marker, d.markerID = false, ""
	current, err := in.latest(d.key)
	if err != nil {
		return err
	}
	if err := d.check(current); err != nil {
		return err
	}
	switch {
	case d.id != "":
		v, err := in.find(d.key, d.id)
		if err != nil || v == nil {
			return err // deleting what is not there succeeds
		}
		d.marker, d.markerID = v.DeleteMarker, v.shownID()
		return in.remove(d.key, v)
	case in.versioning() != "":
		v := &version{DeleteMarker: true, Modified: now}
		if err := in.insert(d.key, v, nil); err != nil {
			return err
		}
		d.marker, d.markerID = true, v.shownID()
		return nil
	case current != nil:
		return in.remove(d.key, current)
	}
	return nil
}

// check evaluates the conditions of a delete on the newest version.
func (d *deletion) check(current *version) error {
	if d.ifMatch == nil && d.modified == nil && d.size == nil {
		return nil
	}
	switch {
	case current == nil && d.ifMatch != nil:
		return s3err.GetAPIError(s3err.ErrNoSuchKey)
	case current == nil:
		return nil
	case d.ifMatch != nil && (current.DeleteMarker || !matchETag(*d.ifMatch, current.ETag)):
		return s3err.GetPreconditionFailedErr(s3err.ConditionIfMatch)
	case d.modified != nil && d.modified.Unix() != current.Modified.Unix():
		return s3err.GetPreconditionFailedErr(s3err.ConditionIfMatchLastModTime)
	case d.size != nil && *d.size != current.Size:
		return s3err.GetPreconditionFailedErr(s3err.ConditionIfMatchSize)
	}
	return nil
}

// DeleteObjects deletes up to 1000 objects in one index transaction; each
// succeeds or fails by itself.
func (s *Store) DeleteObjects(_ context.Context, input *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	var res s3response.DeleteResult
	if input.Delete == nil || len(input.Delete.Objects) > maxDeletes {
		return res, s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	objects := input.Delete.Objects
	defer s.garbageMade()
	err := s.changes.do(func(tx *bbolt.Tx) error {
		res = s3response.DeleteResult{}
		in, err := openBucket(tx, backend.GetStringFromPtr(input.Bucket))
		if err != nil {
			return err
		}
		now := s.clock()
		for i := range objects {
			if err := in.deleteOne(&objects[i], now, &res); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return s3response.DeleteResult{}, err
	}
	return res, nil
}

// deleteOne records a refusal in res; an error means the index failed.
func (in *incarnation) deleteOne(o *types.ObjectIdentifier, now time.Time, res *s3response.DeleteResult) error {
	d := deletion{
		id:      backend.GetStringFromPtr(o.VersionId),
		ifMatch: o.ETag, modified: o.LastModifiedTime, size: o.Size,
	}
	err := checkKey(o.Key)
	if err == nil && d.id != "" {
		err = checkVersionID(d.id)
	}
	if err == nil {
		d.key = *o.Key
		err = in.delete(&d, now) // refuses before it changes anything
	}
	if err != nil {
		if _, refused := err.(s3err.S3Error); !refused { //nolint:errorlint // the front's errors are not wrapped
			return err
		}
		res.Error = append(res.Error, s3err.ObjectDeleteError(o.Key, o.VersionId, err))
		return nil
	}
	deleted := types.DeletedObject{Key: o.Key, VersionId: optional(d.id)}
	if d.marker {
		deleted.DeleteMarker, deleted.DeleteMarkerVersionId = ptr(true), ptr(d.markerID)
	}
	res.Deleted = append(res.Deleted, deleted)
	return nil
}

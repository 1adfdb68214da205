package s3store

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3response"

	"github.com/warmfront/warmfront/internal/objects"
)

// guard is the store as the controllers see it. It makes the decisions that
// need to know what a request body names and what exists.
type guard struct {
	*objects.Store
	front *Front
}

// hide keeps from a caller without s3:ListBucket whether an object exists: a
// missing one is then AccessDenied like a forbidden one.
func (g *guard) hide(ctx context.Context, bucket *string, err error) error {
	if err == nil {
		return nil
	}
	switch code(err) {
	case "NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "NotFound":
	default:
		return err
	}
	c := callOf(ctx)
	if c == nil {
		return err
	}
	if denied := c.allowed(permission{action: "s3:ListBucket", bucket: backend.GetStringFromPtr(bucket)}); denied != nil {
		return denied
	}
	return err
}

// GetObject implements backend.Backend.
func (g *guard) GetObject(ctx context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	out, err := g.Store.GetObject(ctx, in)
	if hidden := g.hide(ctx, in.Bucket, err); hidden != err { //nolint:errorlint // the very value: nothing was hidden
		return nil, hidden
	}
	return out, err
}

// HeadObject implements backend.Backend.
func (g *guard) HeadObject(ctx context.Context, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	out, err := g.Store.HeadObject(ctx, in)
	if hidden := g.hide(ctx, in.Bucket, err); hidden != err { //nolint:errorlint // the very value: nothing was hidden
		return nil, hidden
	}
	return out, err
}

// GetObjectAttributes implements backend.Backend.
func (g *guard) GetObjectAttributes(ctx context.Context, in *s3.GetObjectAttributesInput) (s3response.GetObjectAttributesResponse, error) {
	out, err := g.Store.GetObjectAttributes(ctx, in)
	if hidden := g.hide(ctx, in.Bucket, err); hidden != err { //nolint:errorlint // the very value: nothing was hidden
		return s3response.GetObjectAttributesResponse{}, hidden
	}
	return out, err
}

// GetObjectTagging implements backend.Backend.
func (g *guard) GetObjectTagging(ctx context.Context, bucket, key, version string) (map[string]string, error) {
	tags, err := g.Store.GetObjectTagging(ctx, bucket, key, version)
	return tags, g.hide(ctx, &bucket, err)
}

// PutObjectTagging implements backend.Backend.
func (g *guard) PutObjectTagging(ctx context.Context, bucket, key, version string, tags map[string]string) error {
	return g.hide(ctx, &bucket, g.Store.PutObjectTagging(ctx, bucket, key, version, tags))
}

// DeleteObjectTagging implements backend.Backend.
func (g *guard) DeleteObjectTagging(ctx context.Context, bucket, key, version string) error {
	return g.hide(ctx, &bucket, g.Store.DeleteObjectTagging(ctx, bucket, key, version))
}

// CopyObject implements backend.Backend.
func (g *guard) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	// authorize has checked the expected owners' headers; an owner's name here would be another one.
	in.ExpectedBucketOwner, in.ExpectedSourceBucketOwner = nil, nil
	in.CopySource = copySource(ctx, in.CopySource)
	out, err := g.Store.CopyObject(ctx, in)
	return out, g.hideSource(ctx, in.CopySource, err)
}

// UploadPartCopy implements backend.Backend.
func (g *guard) UploadPartCopy(ctx context.Context, in *s3.UploadPartCopyInput) (s3response.CopyPartResult, error) {
	in.ExpectedBucketOwner, in.ExpectedSourceBucketOwner = nil, nil
	in.CopySource = copySource(ctx, in.CopySource)
	out, err := g.Store.UploadPartCopy(ctx, in)
	return out, g.hideSource(ctx, in.CopySource, err)
}

// copySource returns the source as the client sent it.
func copySource(ctx context.Context, shown *string) *string {
	if c := callOf(ctx); c != nil && c.copySource != "" {
		return &c.copySource
	}
	return shown
}

func (g *guard) hideSource(ctx context.Context, source *string, err error) error {
	bucket, _, _, parseErr := backend.ParseCopySource(backend.GetStringFromPtr(source))
	if parseErr != nil {
		return err
	}
	return g.hide(ctx, &bucket, err)
}

// DeleteObjects implements backend.Backend: each key is authorised by itself,
// and a refused one is reported without failing the others.
func (g *guard) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	c := callOf(ctx)
	if c == nil || c.identity.Kind == Root || in.Delete == nil {
		return g.Store.DeleteObjects(ctx, in)
	}
	var refused []types.Error
	var granted []types.ObjectIdentifier
	for _, o := range in.Delete.Objects {
		p := permission{action: "s3:DeleteObject", bucket: *in.Bucket, key: backend.GetStringFromPtr(o.Key)}
		if v := backend.GetStringFromPtr(o.VersionId); v != "" {
			p.action, p.version = "s3:DeleteObjectVersion", v
		}
		err := c.allowed(p)
		switch {
		case err == nil:
			granted = append(granted, o)
		case code(err) != "AccessDenied":
			return s3response.DeleteResult{}, err
		default:
			denied, ok := errors.AsType[*failure](err)
			if !ok {
				denied = errAccessDenied()
			}
			refused = append(refused, types.Error{Key: o.Key, VersionId: o.VersionId, Code: &denied.code, Message: &denied.message})
		}
	}
	var result s3response.DeleteResult
	if len(granted) > 0 {
		var err error
		result, err = g.Store.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: in.Bucket, Delete: &types.Delete{Objects: granted}})
		if err != nil {
			return result, err
		}
	}
	result.Error = append(result.Error, refused...)
	return result, nil
}

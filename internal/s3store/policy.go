package s3store

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/versity/versitygw/s3api/controllers"

	"github.com/warmfront/warmfront/internal/objects"
	"github.com/warmfront/warmfront/internal/s3store/bucketpolicy"
)

func (c *call) errNoPolicy() *failure {
	return fail(http.StatusNotFound, "NoSuchBucketPolicy", "The bucket policy does not exist", field{"BucketName", c.target.bucket})
}

// policyDocument returns the policy exactly as it was put.
func (c *call) policyDocument() ([]byte, error) {
	raw, err := c.front.store.Document(c.RequestCtx(), c.target.bucket, objects.Policy)
	if errors.Is(err, objects.ErrNoDocument) {
		return nil, c.errNoPolicy()
	}
	return raw, err
}

func (c *call) getPolicy() (*controllers.Response, error) {
	raw, err := c.policyDocument()
	if err != nil {
		return nil, err
	}
	c.Response().Header.SetContentType("application/json")
	return &controllers.Response{Data: raw}, nil
}

// putPolicy replaces the policy after checking it, and, under BlockPublicPolicy,
// that it grants nothing to the public.
func (c *call) putPolicy() (*controllers.Response, error) {
	if err := c.bucketExists(); err != nil {
		return nil, err
	}
	raw := c.BodyRaw()
	policy, err := bucketpolicy.Parse(raw)
	if err == nil {
		err = policy.Validate(c.target.bucket, knownPrincipals{c.front.ids, c.front.owner})
	}
	if refused, ok := errors.AsType[*bucketpolicy.Error](err); ok {
		return nil, fail(http.StatusBadRequest, "MalformedPolicy", refused.Message)
	}
	if err != nil {
		return nil, err
	}
	block, _, err := c.front.publicAccessBlock(c.RequestCtx(), c.target.bucket)
	if err != nil {
		return nil, err
	}
	if block.BlockPublicPolicy && policy.Public() {
		return nil, errAccessDenied()
	}
	return noContent(), c.front.store.PutDocument(c.RequestCtx(), c.target.bucket, objects.Policy, raw)
}

func (c *call) deletePolicy() (*controllers.Response, error) {
	return noContent(), c.front.store.DeleteDocument(c.RequestCtx(), c.target.bucket, objects.Policy)
}

func (c *call) getPolicyStatus() (*controllers.Response, error) {
	raw, err := c.policyDocument()
	if err != nil {
		return nil, err
	}
	policy, err := bucketpolicy.Parse(raw)
	if err != nil {
		return nil, err
	}
	return xmlResponse(c, "<PolicyStatus "+s3Namespace+"><IsPublic>"+strconv.FormatBool(policy.Public())+"</IsPublic></PolicyStatus>"), nil
}

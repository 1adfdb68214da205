package s3store

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/controllers"
)

// grantHeaders are the headers that carry access control list grants.
var grantHeaders = []string{"X-Amz-Grant-Full-Control", "X-Amz-Grant-Read", "X-Amz-Grant-Read-Acp", "X-Amz-Grant-Write", "X-Amz-Grant-Write-Acp"}

func errACLsOff() *failure {
	return fail(http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs")
}

// getACL shows what every bucket and object here has: one owner, in full
// control. Access is granted by bucket policy only.
func (c *call) getACL() (*controllers.Response, error) {
	if err := c.subjectExists(); err != nil {
		return nil, err
	}
	owner := "<ID>" + c.front.owner + "</ID>"
	return xmlResponse(c, `<AccessControlPolicy `+s3Namespace+`><Owner>`+owner+`</Owner><AccessControlList><Grant>`+
		`<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">`+owner+`</Grantee>`+
		`<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`), nil
}

// putACL accepts the lists that change nothing and refuses all others.
func (c *call) putACL() (*controllers.Response, error) {
	if err := c.subjectExists(); err != nil {
		return nil, err
	}
	ownership, err := c.ownership()
	if err != nil {
		return nil, err
	}
	if ownership == types.ObjectOwnershipBucketOwnerEnforced {
		return nil, errACLsOff()
	}
	if len(c.BodyRaw()) > 0 {
		return nil, errNotImplemented("access control lists with grants; use a bucket policy")
	}
	return nil, c.refuseSharedACL(ownership, errACLsOff())
}

// checkACLHeaders judges the access control list headers of a new object.
func (c *call) checkACLHeaders() error {
	if !c.bringsACL() {
		return nil
	}
	ownership, err := c.ownership()
	if err != nil {
		return err
	}
	return c.refuseSharedACL(ownership, errACLsOff())
}

func (c *call) bringsACL() bool {
	for _, name := range append([]string{"X-Amz-Acl"}, grantHeaders...) {
		if c.Get(name) != "" {
			return true
		}
	}
	return false
}

// refuseSharedACL refuses headers that would share something with anybody but
// the owner; with ACLs disabled the refusal is off.
func (c *call) refuseSharedACL(ownership types.ObjectOwnership, off *failure) error {
	if !c.bringsACL() {
		return nil
	}
	switch c.Get("X-Amz-Acl") {
	case "private", "bucket-owner-full-control", "bucket-owner-read":
		return nil // the owner is in full control of everything here
	}
	if ownership == types.ObjectOwnershipBucketOwnerEnforced {
		return off
	}
	return errNotImplemented("access control lists with grants; use a bucket policy")
}

func (c *call) ownership() (types.ObjectOwnership, error) {
	ownership, err := c.front.store.GetBucketOwnershipControls(c.RequestCtx(), c.target.bucket)
	if code(err) == "OwnershipControlsNotFoundError" {
		return types.ObjectOwnershipObjectWriter, nil // S3's meaning of a removed rule
	}
	return ownership, err
}

// subjectExists fails unless the bucket, or the object, is there.
func (c *call) subjectExists() error {
	if c.target.key == "" {
		return c.bucketExists()
	}
	version := c.Query("versionId")
	backend := guard{Store: c.front.store, front: c.front}
	_, err := backend.HeadObject(c.RequestCtx(), &s3.HeadObjectInput{Bucket: &c.target.bucket, Key: &c.target.key, VersionId: &version})
	return err
}

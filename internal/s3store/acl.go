package s3store

import (
	"encoding/xml"
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

// putACL accepts the lists that change nothing and refuses all others. With
// ACLs disabled S3 takes only the owner's full control.
func (c *call) putACL() (*controllers.Response, error) {
	if err := c.subjectExists(); err != nil {
		return nil, err
	}
	ownership, err := c.ownership()
	if err != nil {
		return nil, err
	}
	if body := c.BodyRaw(); len(body) > 0 {
		same, err := c.ownerOnly(body)
		if err != nil || same {
			return nil, err
		}
		if ownership == types.ObjectOwnershipBucketOwnerEnforced {
			return nil, errACLsOff()
		}
		return nil, errNotImplemented("access control lists with grants; use a bucket policy")
	}
	if ownership == types.ObjectOwnershipBucketOwnerEnforced && c.Get("X-Amz-Acl") != string(types.ObjectCannedACLBucketOwnerFullControl) {
		return nil, errACLsOff()
	}
	return nil, c.refuseSharedACL(ownership, errACLsOff())
}

// ownerOnly reports whether an AccessControlPolicy gives full control to the
// owner and nothing to anybody else.
func (c *call) ownerOnly(body []byte) (bool, error) {
	var list struct {
		XMLName xml.Name `xml:"AccessControlPolicy"`
		Grants  []struct {
			ID         string `xml:"Grantee>ID"`
			Permission string
		} `xml:"AccessControlList>Grant"`
	}
	if err := xml.Unmarshal(body, &list); err != nil {
		return false, fail(http.StatusBadRequest, "MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	for _, g := range list.Grants {
		if g.ID != c.front.owner || g.Permission != string(types.PermissionFullControl) {
			return false, nil
		}
	}
	return len(list.Grants) > 0, nil
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

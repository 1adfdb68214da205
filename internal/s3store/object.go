package s3store

import (
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3response"
)

// maxDeletes is how many keys one multi-object delete may name.
const maxDeletes = 1000

func (c *call) putObject() (*controllers.Response, error) {
	if c.has("partNumber") {
		// Without an upload this would replace the object by what is meant to be a part of it.
		return nil, errInvalidArgument("This operation does not accept a query-string.", "partNumber", c.Query("partNumber"))
	}
	if err := c.checkObjectHeaders(); err != nil {
		return nil, err
	}
	return c.front.ctl.PutObject(c)
}

func (c *call) copyObject() (*controllers.Response, error) {
	if err := c.checkObjectHeaders(); err != nil {
		return nil, err
	}
	c.takeCopySource()
	return c.front.ctl.CopyObject(c)
}

func (c *call) uploadPartCopy() (*controllers.Response, error) {
	c.takeCopySource()
	return c.front.ctl.UploadPartCopy(c)
}

// completeMultipartUpload tells where the object is now.
func (c *call) completeMultipartUpload() (*controllers.Response, error) {
	resp, err := c.front.ctl.CompleteMultipartUpload(c)
	if result, ok := resp.Data.(s3response.CompleteMultipartUploadResult); ok && err == nil {
		location := c.Scheme() + "://" + string(c.Request().Header.Host()) + c.basePath
		if !c.target.virtual {
			location += "/" + c.target.bucket
		}
		location += "/" + escapeKey(c.target.key)
		result.Location = &location
		resp.Data = result
	}
	return resp, err
}

// takeCopySource puts the copy source, which authorize has read, out of the
// controller's sight: it refuses keys that would not do as file names. The
// guard gives it to the store.
func (c *call) takeCopySource() {
	const header = "X-Amz-Copy-Source"
	c.copySource = c.Get(header)
	c.Request().Header.Set(header, c.target.bucket+"/source")
}

func (c *call) createMultipartUpload() (*controllers.Response, error) {
	if err := c.checkObjectHeaders(); err != nil {
		return nil, err
	}
	return c.front.ctl.CreateMultipartUpload(c)
}

// checkObjectHeaders refuses headers that ask for something this store would
// not do: silence would pass for consent.
func (c *call) checkObjectHeaders() error {
	if err := c.checkACLHeaders(); err != nil {
		return err
	}
	for _, name := range []string{
		"x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
		"x-amz-server-side-encryption-customer-algorithm", "x-amz-copy-source-server-side-encryption-customer-algorithm",
		"x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold", "x-amz-write-offset-bytes",
	} {
		if value := c.Get(name); value != "" {
			return fail(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented",
				field{"Header", name})
		}
	}
	if class := c.Get("X-Amz-Storage-Class"); class != "" && class != string(types.StorageClassStandard) {
		return fail(http.StatusBadRequest, "InvalidStorageClass", "The storage class you specified is not valid", field{"StorageClassRequested", class})
	}
	return nil
}

// deleteObjects deletes many keys. The guard authorises each.
func (c *call) deleteObjects() (*controllers.Response, error) {
	if err := c.bucketExists(); err != nil {
		return nil, err
	}
	var request struct {
		Quiet  bool
		Object []struct{ Key string }
	}
	if err := xml.Unmarshal(c.BodyRaw(), &request); err != nil || len(request.Object) == 0 || len(request.Object) > maxDeletes {
		return nil, errMalformedXML()
	}
	resp, err := c.front.ctl.DeleteObjects(c)
	if result, ok := resp.Data.(s3response.DeleteResult); ok && request.Quiet {
		result.Deleted = nil
		resp.Data = result
	}
	return resp, err
}

// describeUnmodified puts on a 304 what RFC 9110 section 15.4.5 wants there.
func (c *call) describeUnmodified() {
	version := c.Query("versionId")
	out, err := c.front.store.HeadObject(c.RequestCtx(), &s3.HeadObjectInput{Bucket: &c.target.bucket, Key: &c.target.key, VersionId: &version})
	if err != nil {
		return
	}
	h := &c.Response().Header
	if out.LastModified != nil {
		h.Set("Last-Modified", httpTime(*out.LastModified))
	}
	for name, value := range map[string]*string{
		"ETag": out.ETag, "Cache-Control": out.CacheControl, "Expires": out.ExpiresString, "x-amz-version-id": out.VersionId,
	} {
		if v := backend.GetStringFromPtr(value); v != "" {
			h.Set(name, v)
		}
	}
}

// preflight answers a CORS preflight from the bucket's rules.
func (c *call) preflight() (*controllers.Response, error) {
	if c.target.bucket == "" {
		return nil, fail(http.StatusBadRequest, "BadRequest", "Insufficient information. Origin request header needed.")
	}
	resp, err := c.front.ctl.CORSOptions(c)
	if code(err) == "BadRequest" && strings.Contains(err.Error(), "Origin") {
		return nil, fail(http.StatusBadRequest, "BadRequest", "Insufficient information. Origin request header needed.")
	}
	return resp, err
}

package s3store

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// failure is an error in S3's own words (Amazon S3 API Reference, "Error responses").
type failure struct {
	status  int
	code    string
	message string
	fields  []field // further elements of the answer, in order
}

type field struct{ name, value string }

// Error implements error.
func (f *failure) Error() string { return f.code + ": " + f.message }

// body renders the failure as S3 does.
func (f *failure) body(requestID, hostID string) []byte {
	var b strings.Builder
	b.WriteString(xml.Header + "<Error>")
	fields := append([]field{{"Code", f.code}, {"Message", f.message}}, f.fields...)
	for _, x := range append(fields, field{"RequestId", requestID}, field{"HostId", hostID}) {
		b.WriteString("<" + x.name + ">")
		_ = xml.EscapeText(&b, []byte(x.value)) // a strings.Builder does not fail
		b.WriteString("</" + x.name + ">")
	}
	b.WriteString("</Error>")
	return []byte(b.String())
}

func fail(status int, code, message string, fields ...field) *failure {
	return &failure{status, code, message, fields}
}

func errAccessDenied() *failure { return fail(http.StatusForbidden, "AccessDenied", "Access Denied") }

// errReadOnly names what the caller's role does not allow; S3's own text tells the identity, too.
func errReadOnly(id *Identity, action string) *failure {
	return fail(http.StatusForbidden, "AccessDenied", fmt.Sprintf("User: %s is not authorized to perform: %s because the access key %s is read-only", id.ARN, action, id.AccessKeyID))
}

func errInvalidURI() *failure {
	return fail(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI.")
}

func errKeyTooLong(size int) *failure {
	return fail(http.StatusBadRequest, "KeyTooLongError", "Your key is too long",
		field{"Size", fmt.Sprint(size)}, field{"MaxSizeAllowed", fmt.Sprint(MaxKeyBytes)})
}

func errInvalidBucketName(name string) *failure {
	return fail(http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid.", field{"BucketName", name})
}

func errNotImplemented(what string) *failure {
	return fail(http.StatusNotImplemented, "NotImplemented", "This store does not implement "+what+".")
}

func errInvalidArgument(message, name, value string) *failure {
	return fail(http.StatusBadRequest, "InvalidArgument", message, field{"ArgumentName", name}, field{"ArgumentValue", value})
}

func errMalformedXML() *failure {
	return fail(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

// code returns the S3 error code err stands for, or "".
func code(err error) string {
	if own, ok := errors.AsType[*failure](err); ok {
		return own.code
	}
	if theirs, ok := errors.AsType[s3err.S3Error](err); ok {
		return theirs.BaseError().Code
	}
	return ""
}

// refuse answers the request with an error. What is not an S3 error becomes
// InternalError, its text kept for the log.
func (c *call) refuse(err error, resp *controllers.Response) {
	if resp != nil {
		controllers.SetResponseHeaders(c, resp.Headers)
	}
	requestID, hostID := utils.EnsureRequestIDs(c)
	c.Response().ResetBody()
	c.setBucketRegion(code(err))
	status, body := c.render(err, requestID, hostID)
	c.Status(status)
	if status == http.StatusNotModified {
		c.describeUnmodified()
		return
	}
	c.Response().Header.SetContentType("application/xml")
	if c.Method() != http.MethodHead {
		c.Response().SetBody(body)
	}
}

func (c *call) render(err error, requestID, hostID string) (status int, body []byte) {
	own, ok := errors.AsType[*failure](err)
	if !ok {
		theirs, isS3 := errors.AsType[s3err.S3Error](err)
		if isS3 {
			if notAllowed, is := errors.AsType[s3err.MethodNotAllowedError](err); is && len(notAllowed.AllowedMethods) > 0 {
				c.Response().Header.Set("Allow", notAllowed.AllowedMethodsString())
			}
			if own = c.reword(theirs.BaseError()); own == nil {
				return theirs.StatusCode(), theirs.XMLBody(requestID, hostID)
			}
		} else {
			c.front.o.Log.Error("s3 request failed", "operation", c.operationName(), "bucket", c.target.bucket, "request", requestID, "error", err)
			own = fail(http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
		}
	}
	return own.status, own.body(requestID, hostID)
}

// reword puts some of versitygw's errors into S3's exact form; nil leaves them.
func (c *call) reword(e s3err.APIError) *failure {
	switch e.Code {
	case "AccessDenied":
		if e.Description == "Access Denied." {
			return errAccessDenied()
		}
	case "NoSuchKey":
		return fail(e.HTTPStatusCode, e.Code, e.Description, field{"Key", c.target.key})
	case "NoSuchBucket", "NoSuchBucketPolicy", "NoSuchCORSConfiguration", "NoSuchTagSet", "NoSuchWebsiteConfiguration",
		"OwnershipControlsNotFoundError", "ObjectLockConfigurationNotFoundError":
		return fail(e.HTTPStatusCode, e.Code, strings.TrimSuffix(e.Description, "."), field{"BucketName", c.target.bucket})
	}
	return nil
}

// setBucketRegion adds the header by which SDKs find a bucket's region.
func (c *call) setBucketRegion(code string) {
	if c.target.bucket == "" || code == "NoSuchBucket" {
		return
	}
	if info, err := c.front.store.Bucket(c.RequestCtx(), c.target.bucket); err == nil {
		c.Response().Header.Set("x-amz-bucket-region", info.Region)
	}
}

// httpTime is the form of dates in HTTP headers.
func httpTime(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

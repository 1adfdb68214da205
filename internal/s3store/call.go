package s3store

import (
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/s3api/utils"

	"github.com/warmfront/warmfront/internal/sigv4"
)

// call is one request on its way through the front. It is the context the
// controllers see, too: they ask it for the bucket and the path.
type call struct {
	*fiber.DefaultCtx
	front    *Front
	now      time.Time
	basePath string
	target   target
	op       *operation
	auth     *sigv4.Auth // nil for an anonymous request
	identity Identity    // zero for an anonymous request
	buckets  map[string]bucketRules
	// copySource is the x-amz-copy-source header of a copy.
	copySource string
}

// callKey is the request value under which the store's guard finds its call.
type callKey struct{}

func (c *call) begin(rc *fasthttp.RequestCtx, basePath string) {
	*c = call{DefaultCtx: c.DefaultCtx, front: c.front, now: c.front.o.Now(), basePath: basePath}
	rc.SetUserValue(callKey{}, c)
	// The controllers write header names as S3 does; normalising some of them would repeat those.
	rc.Response.Header.DisableNormalizing()
	utils.EnsureRequestIDs(c)
	c.setControllerContext()
}

func (c *call) release() {
	c.RequestCtx().RemoveUserValue(callKey{})
	c.front.app.ReleaseCtx(c)
}

// Params returns the bucket, the one route parameter the controllers read.
func (c *call) Params(key string, defaultValue ...string) string {
	if key == "bucket" && c.target.bucket != "" {
		return c.target.bucket
	}
	if len(defaultValue) > 0 {
		return defaultValue[0]
	}
	return ""
}

// locate finds the target and shows the controllers a path of bucket and
// decoded key, and the query exactly as it was signed.
func (c *call) locate() (err error) {
	h := &c.Request().Header
	c.target, err = locate(string(h.Host()), string(h.RequestURI()), c.basePath, c.front.hosts)
	if err != nil {
		return err
	}
	path := "/" + c.target.bucket
	if c.target.key != "" {
		path += "/" + c.target.key
	}
	c.Path(path)
	c.Request().URI().SetQueryString(c.target.query)
	return nil
}

// has reports whether the query names a parameter, with or without a value.
func (c *call) has(parameter string) bool {
	return c.Request().URI().QueryArgs().Has(parameter)
}

func (c *call) operationName() string {
	if c.op == nil {
		return ""
	}
	return c.op.name
}

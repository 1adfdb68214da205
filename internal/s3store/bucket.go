package s3store

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3response"

	"github.com/warmfront/warmfront/internal/objects"
)

// reservedBucket reports whether a name is taken by the address the API shares
// with the console, the health checks and our own endpoints.
func reservedBucket(name string) bool {
	switch name {
	case "console", "healthz", "readyz", "metrics":
		return true
	}
	return strings.HasPrefix(name, "_")
}

// regionName is what a location constraint looks like; EU is eu-west-1's old name.
var regionName = regexp.MustCompile(`^(EU|[a-z]{2}(-[a-z]+)+-[0-9]+)$`)

// createBucket makes a bucket in any region: the region is a name it keeps.
func (c *call) createBucket() (*controllers.Response, error) {
	name := c.target.bucket
	if reservedBucket(name) {
		return nil, errInvalidBucketName(name)
	}
	region, tags, err := c.bucketConfiguration()
	if err != nil {
		return nil, err
	}
	ownership := types.ObjectOwnership(c.Get("X-Amz-Object-Ownership", string(types.ObjectOwnershipBucketOwnerEnforced)))
	if !utils.IsValidOwnership(ownership) {
		return nil, errInvalidArgument("Invalid x-amz-object-ownership header: "+string(ownership), "x-amz-object-ownership", string(ownership))
	}
	if strings.EqualFold(c.Get("X-Amz-Bucket-Object-Lock-Enabled"), "true") {
		return nil, errNotImplemented("object lock")
	}
	if err := c.refuseSharedACL(ownership, fail(http.StatusBadRequest, "InvalidBucketAclWithObjectOwnership",
		"Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")); err != nil {
		return nil, err
	}
	acl, err := json.Marshal(auth.ACL{Owner: c.front.owner})
	if err != nil {
		return nil, err
	}
	err = c.front.store.CreateBucket(c.RequestCtx(), &s3.CreateBucketInput{
		Bucket: &name, ObjectOwnership: ownership,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region), Tags: tags},
	}, acl)
	if err != nil {
		return nil, err
	}
	location, arn := "/"+name, auth.ResourceArnPrefix+name
	return &controllers.Response{Headers: map[string]*string{"Location": &location, "x-amz-bucket-arn": &arn}}, nil
}

func (c *call) bucketConfiguration() (region string, tags []types.Tag, err error) {
	region = c.front.o.DefaultRegion
	body := c.BodyRaw()
	if len(body) == 0 {
		return region, nil, nil
	}
	var conf s3response.CreateBucketConfiguration
	if err := xml.Unmarshal(body, &conf); err != nil {
		return "", nil, errMalformedXML()
	}
	if conf.LocationConstraint != nil && *conf.LocationConstraint != "" {
		region = *conf.LocationConstraint
		if !regionName.MatchString(region) || region == objects.DefaultRegion {
			return "", nil, fail(http.StatusBadRequest, "InvalidLocationConstraint", "The specified location-constraint is not valid",
				field{"LocationConstraint", region})
		}
		if region == "EU" {
			region = "eu-west-1"
		}
	}
	return region, conf.TagSet, nil
}

func (c *call) headBucket() (*controllers.Response, error) {
	info, err := c.front.store.Bucket(c.RequestCtx(), c.target.bucket)
	if err != nil {
		return nil, err
	}
	no := "false"
	return &controllers.Response{Headers: map[string]*string{"x-amz-bucket-region": &info.Region, "x-amz-access-point-alias": &no}}, nil
}

// getBucketLocation answers with the region, which for us-east-1 is empty.
func (c *call) getBucketLocation() (*controllers.Response, error) {
	info, err := c.front.store.Bucket(c.RequestCtx(), c.target.bucket)
	if err != nil {
		return nil, err
	}
	var location s3response.LocationConstraint
	if info.Region != objects.DefaultRegion {
		location.Value = &info.Region
	}
	return &controllers.Response{Data: location}, nil
}

// listBuckets lists the account's buckets; bucket-region narrows each page.
func (c *call) listBuckets() (*controllers.Response, error) {
	limit, err := utils.ParseMaxLimiter(c.Query("max-buckets"), utils.LimiterTypeMaxBuckets)
	if err != nil {
		return nil, err
	}
	result, err := c.front.store.ListBuckets(c.RequestCtx(), s3response.ListBucketsInput{
		Owner: c.front.owner, IsAdmin: true, MaxBuckets: limit,
		ContinuationToken: c.Query("continuation-token"), Prefix: c.Query("prefix"),
	})
	if err != nil {
		return nil, err
	}
	if region := c.Query("bucket-region"); region != "" {
		kept := result.Buckets.Bucket[:0]
		for _, b := range result.Buckets.Bucket {
			if b.BucketRegion == region {
				kept = append(kept, b)
			}
		}
		result.Buckets.Bucket = kept
	}
	return &controllers.Response{Data: result}, nil
}

// xmlResponse is a ready XML document without its declaration.
func xmlResponse(c *call, document string) *controllers.Response {
	c.Response().Header.SetContentType("application/xml")
	return &controllers.Response{Data: []byte(xml.Header + document)}
}

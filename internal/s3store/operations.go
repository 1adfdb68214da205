package s3store

import (
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/s3api/controllers"
)

// controller is one of versitygw's controllers as an operation's performer.
func controller(run func(controllers.S3ApiController, fiber.Ctx) (*controllers.Response, error)) func(*call) (*controllers.Response, error) {
	return func(c *call) (*controllers.Response, error) { return run(c.front.ctl, c) }
}

// preflight is a CORS preflight request. Browsers send it unsigned, so it is
// open to all; the bucket's CORS rules decide.
var preflight = operation{name: "CORSPreflight", method: http.MethodOptions, perform: (*call).preflight}

// objectOperations are those on one object.
func objectOperations() []operation {
	const get, head, put, post, del = http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete
	return []operation{
		{
			name: "GetObject", method: get, level: objectLevel, action: "s3:GetObject", versionAction: "s3:GetObjectVersion",
			perform: controller(controllers.S3ApiController.GetObject),
		},
		{
			name: "HeadObject", method: head, level: objectLevel, action: "s3:GetObject", versionAction: "s3:GetObjectVersion",
			perform: controller(controllers.S3ApiController.HeadObject),
		},
		{
			name: "PutObject", method: put, level: objectLevel, action: "s3:PutObject", further: storePermissions, body: content,
			perform: (*call).putObject,
		},
		{
			name: "CopyObject", method: put, level: objectLevel, copies: true, action: "s3:PutObject", further: copyPermissions,
			perform: (*call).copyObject,
		},
		{
			name: "DeleteObject", method: del, level: objectLevel, action: "s3:DeleteObject", versionAction: "s3:DeleteObjectVersion",
			perform: controller(controllers.S3ApiController.DeleteObject),
		},
		{
			name: "GetObjectAttributes", method: get, level: objectLevel, subresource: "attributes", action: "s3:GetObject",
			versionAction: "s3:GetObjectVersion", further: attributePermissions, perform: controller(controllers.S3ApiController.GetObjectAttributes),
		},
		{
			name: "GetObjectTagging", method: get, level: objectLevel, subresource: "tagging", action: "s3:GetObjectTagging",
			versionAction: "s3:GetObjectVersionTagging", perform: controller(controllers.S3ApiController.GetObjectTagging),
		},
		{
			name: "PutObjectTagging", method: put, level: objectLevel, subresource: "tagging", action: "s3:PutObjectTagging",
			versionAction: "s3:PutObjectVersionTagging", body: checkedDocument, perform: controller(controllers.S3ApiController.PutObjectTagging),
		},
		{
			name: "DeleteObjectTagging", method: del, level: objectLevel, subresource: "tagging", action: "s3:DeleteObjectTagging",
			versionAction: "s3:DeleteObjectVersionTagging", perform: controller(controllers.S3ApiController.DeleteObjectTagging),
		},
		{
			name: "GetObjectAcl", method: get, level: objectLevel, subresource: "acl", action: "s3:GetObjectAcl",
			versionAction: "s3:GetObjectVersionAcl", perform: (*call).getACL,
		},
		{
			name: "PutObjectAcl", method: put, level: objectLevel, subresource: "acl", action: "s3:PutObjectAcl",
			versionAction: "s3:PutObjectVersionAcl", body: document, perform: (*call).putACL,
		},

		{
			name: "CreateMultipartUpload", method: post, level: objectLevel, subresource: "uploads", action: "s3:PutObject",
			further: storePermissions, perform: (*call).createMultipartUpload,
		},
		{
			name: "UploadPart", method: put, level: objectLevel, subresource: "uploadId", action: "s3:PutObject", body: content,
			perform: controller(controllers.S3ApiController.UploadPart),
		},
		{
			name: "UploadPartCopy", method: put, level: objectLevel, subresource: "uploadId", copies: true, action: "s3:PutObject",
			further: copyPermissions, perform: (*call).uploadPartCopy,
		},
		{
			name: "CompleteMultipartUpload", method: post, level: objectLevel, subresource: "uploadId", action: "s3:PutObject",
			body: document, perform: (*call).completeMultipartUpload,
		},
		{
			name: "AbortMultipartUpload", method: del, level: objectLevel, subresource: "uploadId", action: "s3:AbortMultipartUpload",
			perform: controller(controllers.S3ApiController.AbortMultipartUpload),
		},
		{
			name: "ListParts", method: get, level: objectLevel, subresource: "uploadId", action: "s3:ListMultipartUploadParts",
			perform: controller(controllers.S3ApiController.ListParts),
		},
	}
}

// bucketOperations are those on buckets and their contents.
func bucketOperations() []operation {
	const get, head, put, post, del = http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete
	return []operation{
		{name: "ListBuckets", method: get, level: service, action: "s3:ListAllMyBuckets", perform: (*call).listBuckets},
		{name: "CreateBucket", method: put, level: bucketLevel, action: "s3:CreateBucket", body: document, perform: (*call).createBucket},
		{name: "HeadBucket", method: head, level: bucketLevel, action: "s3:ListBucket", perform: (*call).headBucket},
		{
			name: "DeleteBucket", method: del, level: bucketLevel, action: "s3:DeleteBucket",
			perform: controller(controllers.S3ApiController.DeleteBucket),
		},
		{name: "ListObjects", method: get, level: bucketLevel, action: "s3:ListBucket", perform: (*call).listObjects},
		{
			name: "ListObjectVersions", method: get, level: bucketLevel, subresource: "versions", action: "s3:ListBucketVersions",
			perform: controller(controllers.S3ApiController.ListObjectVersions),
		},
		{
			name: "ListMultipartUploads", method: get, level: bucketLevel, subresource: "uploads", action: "s3:ListBucketMultipartUploads",
			perform: controller(controllers.S3ApiController.ListMultipartUploads),
		},
		{
			name: "DeleteObjects", method: post, level: bucketLevel, subresource: "delete", further: signedOnly,
			body: checkedDocument, perform: (*call).deleteObjects,
		},
		{
			name: "GetBucketLocation", method: get, level: bucketLevel, subresource: "location", action: "s3:GetBucketLocation",
			perform: (*call).getBucketLocation,
		},
	}
}

// configurationOperations are those on a bucket's documents.
func configurationOperations() []operation {
	const get, put, del = http.MethodGet, http.MethodPut, http.MethodDelete
	return []operation{
		{name: "GetBucketPolicy", method: get, level: bucketLevel, subresource: "policy", action: "s3:GetBucketPolicy", perform: (*call).getPolicy},
		{
			name: "PutBucketPolicy", method: put, level: bucketLevel, subresource: "policy", action: "s3:PutBucketPolicy", body: document,
			perform: (*call).putPolicy,
		},
		{
			name: "DeleteBucketPolicy", method: del, level: bucketLevel, subresource: "policy", action: "s3:DeleteBucketPolicy",
			perform: (*call).deletePolicy,
		},
		{
			name: "GetBucketPolicyStatus", method: get, level: bucketLevel, subresource: "policyStatus", action: "s3:GetBucketPolicyStatus",
			perform: (*call).getPolicyStatus,
		},
		{
			name: "GetPublicAccessBlock", method: get, level: bucketLevel, subresource: "publicAccessBlock", action: "s3:GetBucketPublicAccessBlock",
			perform: (*call).getPublicAccessBlock,
		},
		{
			name: "PutPublicAccessBlock", method: put, level: bucketLevel, subresource: "publicAccessBlock", action: "s3:PutBucketPublicAccessBlock",
			body: document, perform: (*call).putPublicAccessBlock,
		},
		{
			name: "DeletePublicAccessBlock", method: del, level: bucketLevel, subresource: "publicAccessBlock", action: "s3:PutBucketPublicAccessBlock",
			perform: (*call).deletePublicAccessBlock,
		},
		{
			name: "GetBucketCors", method: get, level: bucketLevel, subresource: "cors", action: "s3:GetBucketCORS",
			perform: controller(controllers.S3ApiController.GetBucketCors),
		},
		{
			name: "PutBucketCors", method: put, level: bucketLevel, subresource: "cors", action: "s3:PutBucketCORS", body: checkedDocument,
			perform: controller(controllers.S3ApiController.PutBucketCors),
		},
		{
			name: "DeleteBucketCors", method: del, level: bucketLevel, subresource: "cors", action: "s3:PutBucketCORS",
			perform: controller(controllers.S3ApiController.DeleteBucketCors),
		},
		{
			name: "GetBucketTagging", method: get, level: bucketLevel, subresource: "tagging", action: "s3:GetBucketTagging",
			perform: controller(controllers.S3ApiController.GetBucketTagging),
		},
		{
			name: "PutBucketTagging", method: put, level: bucketLevel, subresource: "tagging", action: "s3:PutBucketTagging", body: checkedDocument,
			perform: controller(controllers.S3ApiController.PutBucketTagging),
		},
		{
			name: "DeleteBucketTagging", method: del, level: bucketLevel, subresource: "tagging", action: "s3:PutBucketTagging",
			perform: controller(controllers.S3ApiController.DeleteBucketTagging),
		},
		{
			name: "GetBucketVersioning", method: get, level: bucketLevel, subresource: "versioning", action: "s3:GetBucketVersioning",
			perform: controller(controllers.S3ApiController.GetBucketVersioning),
		},
		{
			name: "PutBucketVersioning", method: put, level: bucketLevel, subresource: "versioning", action: "s3:PutBucketVersioning", body: document,
			perform: controller(controllers.S3ApiController.PutBucketVersioning),
		},
		{name: "GetBucketAcl", method: get, level: bucketLevel, subresource: "acl", action: "s3:GetBucketAcl", perform: (*call).getACL},
		{name: "PutBucketAcl", method: put, level: bucketLevel, subresource: "acl", action: "s3:PutBucketAcl", body: document, perform: (*call).putACL},
		{
			name: "GetBucketOwnershipControls", method: get, level: bucketLevel, subresource: "ownershipControls",
			action: "s3:GetBucketOwnershipControls", perform: controller(controllers.S3ApiController.GetBucketOwnershipControls),
		},
		{
			name: "PutBucketOwnershipControls", method: put, level: bucketLevel, subresource: "ownershipControls",
			action: "s3:PutBucketOwnershipControls", body: document, perform: controller(controllers.S3ApiController.PutBucketOwnershipControls),
		},
		{
			name: "DeleteBucketOwnershipControls", method: del, level: bucketLevel, subresource: "ownershipControls",
			action: "s3:PutBucketOwnershipControls", perform: controller(controllers.S3ApiController.DeleteBucketOwnershipControls),
		},
	}
}

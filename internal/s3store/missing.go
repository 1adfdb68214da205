package s3store

import (
	"net/http"

	"github.com/versity/versitygw/s3api/controllers"
)

// unset is the answer to reading a configuration this store cannot have.
type unset struct {
	code, message string // a 404
	xml           string // or the document S3 shows for a bucket without it
}

// feature is a bucket feature S3 has and this store does not.
type feature struct {
	subresource string
	name        string // the operations' noun
	read        string // action to read it
	write       string // action to write it
	get         unset
	deletable   bool
}

const s3Namespace = `xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`

// features read as never configured, which is true, so that tools that survey a
// bucket go on; configuring one is refused.
var features = []feature{
	{
		"lifecycle", "BucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration",
		unset{code: "NoSuchLifecycleConfiguration", message: "The lifecycle configuration does not exist"},
		true,
	},
	{
		"replication", "BucketReplication", "s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration",
		unset{code: "ReplicationConfigurationNotFoundError", message: "The replication configuration was not found"},
		true,
	},
	{
		"encryption", "BucketEncryption", "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration",
		unset{code: "ServerSideEncryptionConfigurationNotFoundError", message: "The server side encryption configuration was not found"},
		true,
	},
	{
		"website", "BucketWebsite", "s3:GetBucketWebsite", "s3:PutBucketWebsite",
		unset{code: "NoSuchWebsiteConfiguration", message: "The specified bucket does not have a website configuration"},
		true,
	},
	{
		"object-lock", "ObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration",
		unset{code: "ObjectLockConfigurationNotFoundError", message: "Object Lock configuration does not exist for this bucket"},
		false,
	},
	{
		"logging", "BucketLogging", "s3:GetBucketLogging", "s3:PutBucketLogging",
		unset{xml: `<BucketLoggingStatus ` + s3Namespace + `/>`},
		false,
	},
	{
		"notification", "BucketNotificationConfiguration", "s3:GetBucketNotification", "s3:PutBucketNotification",
		unset{xml: `<NotificationConfiguration ` + s3Namespace + `/>`},
		false,
	},
	{
		"requestPayment", "BucketRequestPayment", "s3:GetBucketRequestPayment", "s3:PutBucketRequestPayment",
		unset{xml: `<RequestPaymentConfiguration ` + s3Namespace + `><Payer>BucketOwner</Payer></RequestPaymentConfiguration>`},
		false,
	},
	{
		"accelerate", "BucketAccelerateConfiguration", "s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration",
		unset{xml: `<AccelerateConfiguration ` + s3Namespace + `/>`},
		false,
	},
	{
		"analytics", "BucketAnalyticsConfiguration", "s3:GetAnalyticsConfiguration", "s3:PutAnalyticsConfiguration",
		unset{xml: emptyList("BucketAnalyticsConfiguration")},
		true,
	},
	{
		"intelligent-tiering", "BucketIntelligentTieringConfiguration", "s3:GetIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration",
		unset{xml: emptyList("BucketIntelligentTieringConfigurations")},
		true,
	},
	{
		"inventory", "BucketInventoryConfiguration", "s3:GetInventoryConfiguration", "s3:PutInventoryConfiguration",
		unset{xml: emptyList("InventoryConfigurations")},
		true,
	},
	{
		"metrics", "BucketMetricsConfiguration", "s3:GetMetricsConfiguration", "s3:PutMetricsConfiguration",
		unset{xml: emptyList("MetricsConfigurations")},
		true,
	},
}

func emptyList(noun string) string {
	return `<List` + noun + `Result ` + s3Namespace + `><IsTruncated>false</IsTruncated></List` + noun + `Result>`
}

// unimplementedOperations answers truthfully for what S3 has and this store has not.
func unimplementedOperations() []operation {
	var ops []operation
	for _, x := range features {
		ops = append(ops,
			operation{name: "Get" + x.name, method: http.MethodGet, level: bucketLevel, subresource: x.subresource, action: x.read, perform: x.get.answer(x.name)},
			operation{name: "Put" + x.name, method: http.MethodPut, level: bucketLevel, subresource: x.subresource, action: x.write, perform: unimplemented("Put" + x.name)})
		if x.deletable {
			ops = append(ops, operation{
				name: "Delete" + x.name, method: http.MethodDelete, level: bucketLevel, subresource: x.subresource,
				action: x.write, perform: (*call).nothingToDelete,
			})
		}
	}
	refused := []operation{
		{name: "PostObject", method: http.MethodPost, level: bucketLevel, action: "s3:PutObject"},
		{name: "CreateSession", method: http.MethodGet, level: bucketLevel, subresource: "session", action: "s3:CreateSession"},
		{name: "CreateBucketMetadataConfiguration", method: http.MethodPost, level: bucketLevel, subresource: "metadataConfiguration", action: "s3:CreateBucketMetadataTableConfiguration"},
		{name: "GetBucketMetadataConfiguration", method: http.MethodGet, level: bucketLevel, subresource: "metadataConfiguration", action: "s3:GetBucketMetadataTableConfiguration"},
		{name: "CreateBucketMetadataTableConfiguration", method: http.MethodPost, level: bucketLevel, subresource: "metadataTable", action: "s3:CreateBucketMetadataTableConfiguration"},
		{name: "GetBucketMetadataTableConfiguration", method: http.MethodGet, level: bucketLevel, subresource: "metadataTable", action: "s3:GetBucketMetadataTableConfiguration"},
		{name: "GetObjectRetention", method: http.MethodGet, level: objectLevel, subresource: "retention", action: "s3:GetObjectRetention"},
		{name: "PutObjectRetention", method: http.MethodPut, level: objectLevel, subresource: "retention", action: "s3:PutObjectRetention"},
		{name: "GetObjectLegalHold", method: http.MethodGet, level: objectLevel, subresource: "legal-hold", action: "s3:GetObjectLegalHold"},
		{name: "PutObjectLegalHold", method: http.MethodPut, level: objectLevel, subresource: "legal-hold", action: "s3:PutObjectLegalHold"},
		{name: "GetObjectTorrent", method: http.MethodGet, level: objectLevel, subresource: "torrent", action: "s3:GetObjectTorrent"},
		{name: "RestoreObject", method: http.MethodPost, level: objectLevel, subresource: "restore", action: "s3:RestoreObject"},
		{name: "SelectObjectContent", method: http.MethodPost, level: objectLevel, subresource: "select", action: "s3:GetObject"},
		{name: "RenameObject", method: http.MethodPut, level: objectLevel, subresource: "renameObject", action: "s3:PutObject"},
	}
	for _, op := range refused {
		op.perform = unimplemented(op.name)
		ops = append(ops, op)
	}
	return ops
}

func unimplemented(name string) func(*call) (*controllers.Response, error) {
	return func(c *call) (*controllers.Response, error) {
		if err := c.bucketExists(); err != nil {
			return nil, err
		}
		return nil, errNotImplemented(name)
	}
}

// answer returns a performer that shows the feature as not configured.
func (u unset) answer(name string) func(*call) (*controllers.Response, error) {
	return func(c *call) (*controllers.Response, error) {
		if err := c.bucketExists(); err != nil {
			return nil, err
		}
		if u.code != "" {
			return nil, fail(http.StatusNotFound, u.code, u.message, field{"BucketName", c.target.bucket})
		}
		if c.has("id") {
			return nil, fail(http.StatusNotFound, "NoSuchConfiguration", "The specified configuration does not exist.", field{"BucketName", c.target.bucket})
		}
		return xmlResponse(c, u.xml), nil
	}
}

func (c *call) nothingToDelete() (*controllers.Response, error) {
	return noContent(), c.bucketExists()
}

package s3store

import "github.com/versity/versitygw/backend"

// permission is one thing a caller must be allowed to do. An empty key means
// the bucket, an empty bucket the service.
type permission struct {
	action  string
	bucket  string
	key     string
	version string
}

// storePermissions are those of headers that come with a new object.
func storePermissions(c *call) ([]permission, error) {
	var out []permission
	if c.Get("X-Amz-Tagging") != "" {
		out = append(out, permission{action: "s3:PutObjectTagging", bucket: c.target.bucket, key: c.target.key})
	}
	return out, nil
}

// attributePermissions: GetObjectAttributes needs its own action beside reading.
func attributePermissions(c *call) ([]permission, error) {
	p := permission{action: "s3:GetObjectAttributes", bucket: c.target.bucket, key: c.target.key}
	if c.has("versionId") {
		p.action, p.version = "s3:GetObjectVersionAttributes", c.Query("versionId")
	}
	return []permission{p}, nil
}

// copyPermissions are those to read a copy's source. The header is read by the
// same parser as the store reads it by.
func copyPermissions(c *call) ([]permission, error) {
	header := c.Get("X-Amz-Copy-Source")
	bucket, key, version, err := backend.ParseCopySource(header)
	if err != nil {
		return nil, err
	}
	if bucket == "" || key == "" {
		return nil, errInvalidArgument("Invalid copy source object key", "x-amz-copy-source", header)
	}
	if owner := c.Get("X-Amz-Source-Expected-Bucket-Owner"); owner != "" && owner != c.front.o.AccountID {
		return nil, errAccessDenied()
	}
	p := permission{action: "s3:GetObject", bucket: bucket, key: key}
	if version != "" {
		p.action, p.version = "s3:GetObjectVersion", version
	}
	more, err := storePermissions(c)
	return append(more, p), err
}

// signedOnly refuses anonymous callers an operation that otherwise decides per key.
func signedOnly(c *call) ([]permission, error) {
	if c.identity.Kind == 0 {
		return nil, errAccessDenied()
	}
	return nil, nil
}

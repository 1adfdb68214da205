package s3store

import (
	"net/http"
	"strings"

	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3api/utils"
)

// level is what kind of thing a request names.
type level uint8

const (
	service level = iota
	bucketLevel
	objectLevel
)

// bodyKind is what an operation does with its request body.
type bodyKind uint8

const (
	noBody          bodyKind = iota // none is expected
	document                        // read whole, verified, then parsed
	checkedDocument                 // likewise, and S3 wants a checksum with it
	content                         // object data, streamed
)

// operation is one S3 operation: how it is recognised, what it needs, what it does.
type operation struct {
	name        string // as in the S3 API Reference
	method      string
	level       level
	subresource string // the query parameter that selects it; "" for none
	copies      bool   // selected by the x-amz-copy-source header
	// action is what the caller must be allowed on the bucket or object.
	// Empty means the operation decides by further, or per key, or is open.
	action string
	// versionAction replaces action when the query names a version.
	versionAction string
	// further lists permissions beyond action.
	further func(*call) ([]permission, error)
	body    bodyKind
	perform func(*call) (*controllers.Response, error)
}

// subresources are the query parameters that select an operation. Two of them
// in one request are refused, so that no request can be authorised as one
// operation and performed as another.
var subresources = strings.Fields(`accelerate acl analytics attributes cors delete encryption intelligent-tiering
	inventory legal-hold lifecycle location logging metadataConfiguration metadataTable metrics notification
	object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication requestPayment
	restore retention select session tagging torrent uploadId uploads versioning versions website`)

type operationKey struct {
	method      string
	level       level
	subresource string
	copies      bool
}

// operationTable finds operations; it is never written after New.
type operationTable map[operationKey]*operation

func newOperationTable() operationTable {
	table := operationTable{}
	for _, group := range [][]operation{objectOperations(), bucketOperations(), configurationOperations(), unimplementedOperations()} {
		for i := range group {
			op := &group[i]
			key := operationKey{op.method, op.level, op.subresource, op.copies}
			if table[key] != nil {
				panic("s3store: two operations for " + op.method + " " + op.subresource)
			}
			table[key] = op
		}
	}
	return table
}

// route finds the operation a request asks for.
func (c *call) route() error {
	key := operationKey{method: c.Method()}
	switch {
	case c.target.key != "":
		key.level = objectLevel
	case c.target.bucket != "":
		key.level = bucketLevel
	}
	if key.level != service && !utils.IsValidBucketName(c.target.bucket) {
		return errInvalidBucketName(c.target.bucket)
	}
	if key.method == http.MethodOptions {
		c.op = &preflight
		return nil
	}
	var err error
	if key.subresource, err = c.subresource(); err != nil {
		return err
	}
	key.copies = key.method == http.MethodPut && key.level == objectLevel && c.Get("X-Amz-Copy-Source") != ""
	if c.op = c.front.table[key]; c.op == nil && key.copies {
		return errInvalidArgument("You can only specify a copy source header for copy requests.", "x-amz-copy-source", c.Get("X-Amz-Copy-Source"))
	}
	if c.op == nil {
		return fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.",
			field{"Method", key.method}, field{"ResourceType", c.resourceType(key.subresource)})
	}
	return nil
}

func (c *call) subresource() (string, error) {
	var found []string
	for _, s := range subresources {
		if c.has(s) {
			found = append(found, s)
		}
	}
	if len(found) > 1 {
		return "", errInvalidArgument("Conflicting query string parameters: "+strings.Join(found, ", "), "ResourceType", found[0])
	}
	if len(found) == 0 {
		return "", nil
	}
	return found[0], nil
}

func (c *call) resourceType(subresource string) string {
	if subresource != "" {
		return strings.ToUpper(subresource)
	}
	switch {
	case c.target.key != "":
		return "OBJECT"
	case c.target.bucket != "":
		return "BUCKET"
	default:
		return "SERVICE"
	}
}
